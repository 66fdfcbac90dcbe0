"""The staff always has an owner who can sign in: nobody else can make one in the console."""

from __future__ import annotations

import threading

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client

from accounts.models import User
from executor_one.kit.staff import OWNER, SUPPORT, role_of
from tests.console.conftest import PASSWORD, prove_twice

OUT = [
    {"staff_role": "support"}, {"staff_role": "operator"}, {"staff_role": ""}, {"is_staff": None}, {"is_active": None},
]  # fmt: skip


def another(email="other@staff.example.com", **fields):
    return User.objects.create_user(email, PASSWORD, **{"is_staff": True, "staff_role": OWNER, **fields})


def edit(client, user, **changed):
    """Post the person's form as it is, with these changed; None leaves a box unticked."""
    now = {"name": user.name, "staff_role": user.staff_role, "is_active": "on", "is_staff": "on", **changed}
    body = {name: value for name, value in now.items() if value is not None}
    return client.post(f"/admin/accounts/user/{user.pk}/change/", body)


@pytest.mark.parametrize("changed", OUT, ids=str)
def test_the_last_owner_stays_one(db, owner, changed):
    another(is_active=False)
    another("third@staff.example.com", is_staff=False)
    another("fourth@staff.example.com", staff_role=SUPPORT)
    answer = edit(owner, owner.user, **changed)
    assert answer.status_code == 200
    assert [*answer.context["adminform"].form.errors] == [*changed]
    assert "the last owner" in answer.content.decode()
    assert role_of(User.objects.get(pk=owner.user.pk)) == OWNER


@pytest.mark.parametrize("changed", OUT, ids=str)
@pytest.mark.parametrize("other", [{}, {"is_superuser": True, "staff_role": ""}], ids=["owner", "superuser"])
def test_one_of_several_may_go(db, owner, changed, other):
    another(**other)
    assert edit(owner, owner.user, **changed).status_code == 302
    assert role_of(User.objects.get(pk=owner.user.pk)) != OWNER


def test_the_last_owner_may_be_renamed_and_others_changed(db, owner):
    assert edit(owner, owner.user, name="A new name").status_code == 302
    person = another(staff_role=SUPPORT)
    assert edit(owner, person, is_staff=None, staff_role="").status_code == 302


def test_nobody_is_deleted_here(db, owner):
    assert owner.post(f"/admin/accounts/user/{owner.user.pk}/delete/", {"post": "yes"}).status_code == 403
    assert not admin.site._registry[User].deeds


def signed_in(user):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    prove_twice(client, user)
    return client


def test_two_who_remove_each_other_at_once_do_not_both_succeed(committed):
    first, second = another("first@staff.example.com"), another()
    start, answers = threading.Barrier(2), []

    def remove(client, user):
        start.wait()
        answers.append(edit(client, user, staff_role=SUPPORT).status_code)
        connection.close()

    pairs = [(signed_in(first), second), (signed_in(second), first)]
    threads = [threading.Thread(target=remove, args=pair) for pair in pairs]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    left = [user.pk for user in User.objects.all() if role_of(user) == OWNER]
    assert (len(left), 302 in answers) == (1, True), answers
