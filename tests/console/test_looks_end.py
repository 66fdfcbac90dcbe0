"""However a look of staff ends, it is told: by leaving, their role, the person's password, its time, or nothing."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts import tasks
from accounts.models import Look, User
from events.models import Event
from executor_one.kit.tenancy import account_scope
from goals.models import Pulse
from goals.tasks import pulse
from tests.console.test_looking import look_as


@pytest.fixture
def customer(db, make_member):
    return make_member("customer@example.com", "pro")


@pytest.fixture
def looking(customer, operator):
    """An operator who looks as the customer."""
    assert look_as(operator, "customer@example.com")["Location"] == "/dashboard"
    return operator


def ends(customer):
    with account_scope(customer.account):
        return [(row.actor, row.data["how"]) for row in Event.objects.filter(type="staff.left").order_by("id")]


def over(looking, how="over"):
    return [(f"staff:{looking.user.pk}", how)]


def person():
    return User.objects.get(email="customer@example.com")


def change_password():
    user = person()
    user.set_password("another-long-one-1")
    user.save()


BY_ITSELF = {
    "the password is another": change_password,
    "the person is switched off": lambda: User.objects.filter(email="customer@example.com").update(is_active=False),
    "the staff are switched off": lambda: User.objects.filter(email__startswith="operator@").update(is_active=False),
    "the staff have no such role": lambda: User.objects.filter(email__startswith="operator@").update(
        staff_role="support"
    ),
    "its time is over": lambda: Look.objects.update(until=timezone.now() - timedelta(seconds=1)),
    "its session is gone": lambda: Session.objects.all().delete(),
    "its session has run out": lambda: Session.objects.update(expire_date=timezone.now()),
}


@pytest.mark.parametrize("what", BY_ITSELF)
def test_what_ends_it_is_told_by_the_sweep_and_nothing_is_left(customer, looking, what):
    tasks.end_looks()
    assert ends(customer) == []
    key = looking.session.session_key
    BY_ITSELF[what]()
    tasks.end_looks()
    tasks.end_looks()
    assert ends(customer) == over(looking)
    assert not Look.objects.open().exists()
    assert not Session.objects.filter(session_key=key).exists()  # sockets and streams hold on to it
    assert looking.get("/dashboard").status_code == 302
    assert ends(customer) == over(looking)


@pytest.mark.parametrize("what", [what for what in BY_ITSELF if "session" not in what])
def test_it_is_told_at_once_when_they_go_on_before_that(customer, looking, what):
    BY_ITSELF[what]()
    assert looking.get("/dashboard").status_code == 302
    assert ends(customer) == over(looking)
    assert looking.get("/api/goals").status_code == 401


def test_a_closed_browser_is_found_by_the_clock_within_a_minute(customer, looking, run_jobs):
    Session.objects.all().delete()
    before = timezone.now() - timedelta(seconds=61)
    Pulse.objects.update_or_create(pk=1, defaults={"tick_count": 1, "pulsed_at": before})
    pulse()
    run_jobs()
    assert ends(customer) == over(looking)


def test_a_look_lasts_as_long_as_the_installation_says(customer, operator, settings):
    settings.STAFF_LOOK_MINUTES = 5
    look_as(operator, "customer@example.com")
    session = Session.objects.get(session_key=operator.session.session_key)
    look = Look.objects.get()
    assert abs(session.expire_date - look.until) < timedelta(seconds=2)
    assert timedelta(minutes=4) < look.until - timezone.now() <= timedelta(minutes=5)
    operator.get("/dashboard")
    operator.post("/admin/leave")
    left = import_module(django_settings.SESSION_ENGINE).SessionStore(operator.session.session_key)
    assert left.get_expiry_age() > 3600  # their own session is as long as any


def test_leaving_works_when_the_person_was_switched_off_meanwhile(customer, looking):
    User.objects.filter(email="customer@example.com").update(is_active=False)
    answer = looking.post("/admin/leave")
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    assert ends(customer) == over(looking, "left")
    assert looking.session["_auth_user_id"] == str(looking.user.pk)


@pytest.mark.parametrize("what", ["the password is another", "the staff are switched off"])
def test_leaving_works_otherwise_too_and_lets_nobody_in_who_may_not(customer, looking, what):
    BY_ITSELF[what]()
    assert looking.post("/admin/leave").status_code == 302
    assert ends(customer) == over(looking, "left")
    assert ("_auth_user_id" in looking.session) == ("staff" not in what)


def test_who_does_not_look_leaves_nothing(customer, operator, client):
    assert operator.post("/admin/leave").status_code == 403
    assert client.post("/admin/leave").status_code == 403


def test_signing_out_as_the_person_is_the_end_of_the_look_and_not_of_their_session(customer, operator, settings):
    settings.STAFF_MAY_ACT_AS = True
    look_as(operator, "customer@example.com")
    operator.post("/logout")
    assert ends(customer) == over(operator, "left")
    with account_scope(customer.account):
        assert not Event.objects.filter(type="session.ended").exists()


def test_an_owner_s_edit_ends_the_looks_that_it_forbids(customer, looking, owner, run_jobs):
    owner.post(
        f"/admin/accounts/user/{looking.user.pk}/change/",
        {"is_active": "on", "is_staff": "on", "staff_role": "support"},
    )
    run_jobs()
    assert ends(customer) == over(looking)


def test_every_account_of_the_person_is_told_of_both_ends(customer, operator, make_member):
    from accounts.models import Membership

    other = make_member("other@example.com")
    with account_scope(other.account):
        Membership.objects.create(account=other.account, user=person(), role="viewer")
    look_as(operator, "customer@example.com")
    operator.post("/admin/leave")
    for member in (customer, other):
        with account_scope(member.account):
            told = Event.objects.filter(type__startswith="staff.").order_by("id")
            assert [row.type for row in told] == ["staff.looked_in", "staff.left"]


def test_the_session_s_key_is_on_no_screen(customer, looking, owner):
    look = Look.objects.get()
    for address in ("/admin/accounts/look/", f"/admin/accounts/look/{look.pk}/change/"):
        page = owner.get(address)
        assert page.status_code == 200
        assert look.session_key not in page.content.decode()
    assert b"Looking" in owner.get("/admin/accounts/look/").content
