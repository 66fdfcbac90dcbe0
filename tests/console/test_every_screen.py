"""Every address of /admin with every role: who gets in, who may do what, and that nothing secret is on any of them."""

from __future__ import annotations

import re
from html import unescape
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import vault
from accounts.models import Account, ApiKey, Invitation, Membership, OneTimeToken, SessionToken, User
from billing.models import Credit, CreditEntry, Metric, StripeEvent, UsageCounter, UsageNotice
from events.models import Event
from executor_one.kit import tenancy
from executor_one.kit.screens import StaffAdmin
from executor_one.kit.staff import OPERATOR, ROLES, SUPPORT
from goals.models import Attempt, Goal, Task
from memory.models import Correction, Memory, TaskTree
from runners.models import Runner
from tests.console.conftest import PASSWORD

# Tables that staff have no screen for: indexes of others, and what packages keep for themselves.
NO_SCREEN = {
    "auth.Permission", "auth.Group", "contenttypes.ContentType", "sessions.Session", "account.EmailAddress",
    "account.EmailConfirmation", "mfa.Authenticator", "usersessions.UserSession", "django_q.Task", "django_q.Success",
    "django_q.Schedule", "kit.RateBucket", "kit.KeptAnswer", "memory.MemoryTag", "memory.MemoryVector",
    "memory.CodeBlock", "memory.MemoryWord", "billing.HistoricalPlan", "billing.HistoricalPackage",
    "accounts.ApiRequest",  # its paths hold the customers' words
    "webhooks.WebhookLane",  # what couriers lease of an endpoint
}  # fmt: skip
SECRET = "hunter2-is-secret"
WORDS = f"psql postgres://admin:{SECRET}@db/x"


def screens():
    return sorted(admin.site._registry, key=lambda model: model._meta.label)


def name_of(model):
    return f"{model._meta.app_label}_{model._meta.model_name}"


def fill(member, count=1):
    """Rows of every kind, with a secret wherever a customer could have put one."""
    now = timezone.now()
    with tenancy.account_scope(member.account):
        user = User.objects.exclude(is_staff=True).order_by("created_at").first()
        for n in range(count):
            fill_work(member.account, user, now)
            fill_knowledge(member.account)
            fill_doors(member.account, user, now, n)
        Credit.objects.get_or_create(account=member.account, llm_calls=5)
        UsageCounter.objects.get_or_create(account=member.account, metric=Metric.GOALS, month=now.date().replace(day=1))
    Runner.objects.create(id=uuid4(), host="h", pid=1, slots=1, sandbox="on", started_at=now, seen_at=now)
    return member


def fill_work(account, user, now):
    goal = Goal.objects.create(
        account=account, description=WORDS, semantic_path=[WORDS], state=Goal.State.FAILED, finished_at=now,
        error_code="exit_code", error=f"{WORDS} failed", created_by=f"user:{user.pk}",
    )  # fmt: skip
    task = Task.objects.create(
        account=account, goal=goal, position=0, name=WORDS, actuator="shell", params={"command": WORDS},
        timeout_ms=1000, state=Task.State.FAILED, error=WORDS, finished_at=now,
    )  # fmt: skip
    Attempt.objects.create(
        account=account, task=task, number=1, outcome=Attempt.Outcome.FAILED, stdout=SECRET, stderr=SECRET,
        error=WORDS, params={"command": WORDS}, finished_at=now,
    )  # fmt: skip


def fill_knowledge(account):
    Memory.objects.create(account=account, key=f"k{uuid4()}", value=f'"{SECRET}"', rank=1)
    Correction.objects.create(
        account=account,
        signature=f"{SECRET}{uuid4()}",
        fix={"value": SECRET},
        fix_digest=uuid4().hex,
        source="customer",
        reason=WORDS,
    )
    TaskTree.objects.create(
        account=account,
        shape=uuid4().hex,
        description=WORDS,
        tree={"x": SECRET},
        planner="keyword",
        learned_from=uuid4(),
    )


def fill_doors(account, user, now, n):
    digests = (SECRET + uuid4().hex for _ in range(4))
    ApiKey.objects.create(account=account, name=f"k{n}", prefix="exo_abc", digest=next(digests), role="viewer")
    SessionToken.objects.create(account=account, user=user, digest=next(digests), expires_at=now)
    Invitation.objects.create(
        account=account, email="i@example.com", role="viewer", digest=next(digests), expires_at=now
    )
    vault.put(f"k{n}", "bearer", SECRET, ["api.example.com"], actor=f"user:{user.pk}")
    OneTimeToken.objects.create(digest=next(digests), user=user, email=user.email, purpose="verify", expires_at=now)
    month = now.date().replace(month=1 + n % 12, day=1)
    UsageNotice.objects.create(account=account, limit="goals", allowed=10, percent=80, month=month)
    CreditEntry.objects.create(account=account, kind="given", amount=5, balance=5, note="as agreed")
    StripeEvent.objects.create(
        pk=f"evt_{uuid4().hex}",
        account=account,
        type="invoice.paid",
        state="failed",
        note="no",
        payload={},
        created_at=now,
    )


@pytest.fixture
def filled(db, make_member):
    return fill(make_member("customer@example.com"))


def one_of(model):
    if model is OneTimeToken:  # its primary key is a digest, so its rows have no page
        return None
    with tenancy.all_accounts(reason="a test looks"):
        return model._base_manager.order_by("pk").first() if model is not Account else Account.objects.first()


def test_every_model_has_a_considered_screen():
    ours = {model._meta.label for model in apps.get_models()} - NO_SCREEN
    assert {model._meta.label for model in screens()} == ours
    for model, screen in admin.site._registry.items():
        assert isinstance(screen, StaffAdmin), model
        assert screen.__doc__, model
        assert list(screen.list_display) != ["__str__"], model


@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_every_list_and_row(filled, make_staff, role):
    client = make_staff(role)
    assert client.get("/admin/").status_code == 200
    for model in screens():
        address = reverse(f"admin:{name_of(model)}_changelist")
        assert client.get(address).status_code == 200, address
        row = one_of(model)
        if row is not None:
            change = client.get(reverse(f"admin:{name_of(model)}_change", args=[quote(row.pk)]))
            assert change.status_code == 200, (model, row.pk)


def test_no_secret_of_a_tenant_is_on_any_screen(filled, owner):
    seen = [client_page(owner, "/admin/")]
    for model in screens():
        seen.append(client_page(owner, reverse(f"admin:{name_of(model)}_changelist")))
        if (row := one_of(model)) is not None:
            seen.append(client_page(owner, reverse(f"admin:{name_of(model)}_change", args=[quote(row.pk)])))
            seen.append(client_page(owner, reverse(f"admin:{name_of(model)}_history", args=[quote(row.pk)])))
    told = [address for address, text in seen if SECRET in text]
    assert not told


def client_page(client, address):
    return address, client.get(address).content.decode()


@pytest.mark.parametrize("role", [SUPPORT, OPERATOR])
def test_who_may_not_edit_gets_403_for_every_post(filled, make_staff, role):
    client = make_staff(role)
    for model in screens():
        row = one_of(model)
        assert client.post(reverse(f"admin:{name_of(model)}_add"), {}).status_code == 403, model
        if row is not None:
            for what in ("change", "delete"):
                answer = client.post(reverse(f"admin:{name_of(model)}_{what}", args=[quote(row.pk)]), {"post": "yes"})
                assert answer.status_code == 403, (model, what)


def test_an_owner_of_the_staff_edits_plans_and_staff_and_nothing_else(filled, owner):
    editable = {model._meta.label for model in screens() if admin.site._registry[model].edited_by}
    assert editable == {"billing.Plan", "billing.Package", "billing.OperatingCost", "accounts.User"}
    for model in screens():
        row = one_of(model)
        if row is not None and model._meta.label not in editable:
            answer = owner.post(reverse(f"admin:{name_of(model)}_change", args=[quote(row.pk)]), {})
            assert answer.status_code == 403, model
            answer = owner.post(reverse(f"admin:{name_of(model)}_delete", args=[quote(row.pk)]), {"post": "yes"})
            assert answer.status_code == 403, model


@pytest.mark.parametrize("role", ROLES)
def test_each_deed_is_for_the_roles_that_may(filled, make_staff, role):
    """Support sees no button and may post to none; a GET does nothing whoever asks."""
    client = make_staff(role)
    for model in screens():
        screen, row = admin.site._registry[model], one_of(model)
        if row is None:
            continue
        with tenancy.all_accounts(reason="a test looks"):
            deeds = screen.get_deeds()
        for name, deed in deeds.items():
            address = reverse(f"admin:{name_of(model)}_do", args=[quote(row.pk), name])
            assert client.get(address).status_code == 404, address
            if ROLES.index(role) < ROLES.index(deed.needs):
                assert client.post(address).status_code == 403, address


HIDDEN = [
    ("accounts_user", "password__startswith", "argon2"),
    ("accounts_apikey", "digest__isnull", "False"),
    ("accounts_apikey", "digest__startswith", SECRET),
    ("accounts_credential", "sealed__contains", SECRET),
    ("accounts_datakey", "wrapped__contains", SECRET),
    ("memory_memory", "value__contains", SECRET),
    ("goals_goal", "semantic_path__icontains", SECRET),
    ("goals_goal", "description__contains", SECRET),
    ("goals_goal", "account__email__startswith", "c"),
    ("goals_task", "params__icontains", SECRET),
    ("goals_task", "name__contains", SECRET),
    ("goals_attempt", "stdout__contains", SECRET),
    ("billing_stripeevent", "payload__icontains", SECRET),
    ("accounts_account", "workspace__startswith", "w"),
]


@pytest.mark.parametrize(("model", "lookup", "value"), HIDDEN)
def test_nothing_hidden_can_be_asked_for_in_the_address(filled, support, model, lookup, value):
    """A list that filters by a field tells what the field begins with, shown or not."""
    answer = support.get(reverse(f"admin:{model}_changelist"), {lookup: value})
    assert answer.status_code == 400, lookup


@pytest.mark.parametrize(
    "address",
    [
        "goals/goal/?state__exact=%00", "goals/goal/?error_code=%00", "goals/goal/?q=%00", "goals/task/?%00=1",
        "accounts/account/%00/change/", "accounts/account/?q=a%00b", "billing/plan/%00/history/", "x%00",
        "goals/goal/%00/do/cancel/", "accounts/account/?_facets=%00",
    ],
)  # fmt: skip
def test_a_nul_is_refused_everywhere(filled, owner, address):
    assert owner.get(f"/admin/{address}").status_code == 400
    assert owner.post(f"/admin/{address}", {"words": "a"}).status_code == 400


def test_a_nul_in_a_form_is_refused_too(filled, operator):
    answer = operator.post(f"/admin/accounts/account/{quote(filled.id)}/do/suspend/", {"words": "a\0b"})
    assert answer.status_code == 400
    with tenancy.account_scope(filled.account):
        assert Account.objects.get().suspended_at is None


def test_the_landing_page_s_links_work(filled, owner):
    links = re.findall(r'href="(/admin/[^"]+)"', owner.get("/admin/").content.decode())
    assert len(links) > 30
    for link in {unescape(one) for one in links if "logout" not in one and "password" not in one}:
        assert owner.get(link).status_code == 200, link


def test_a_ticked_row_that_is_none_is_told(filled, operator):
    body = {"action": "retry", "_selected_action": ["x"]}
    answer = operator.post(reverse("admin:goals_goal_changelist"), body, follow=True)
    assert b"There is no such row" in answer.content


def test_strangers_and_customers_do_not_come_in(filled, client):
    for model in screens():
        address = reverse(f"admin:{name_of(model)}_changelist")
        assert client.get(address).status_code == 302
    user = User.objects.get(email="customer@example.com")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get("/admin/", follow=True)
    assert answer.status_code == 403
    assert b"This is for staff" in answer.content


@pytest.mark.parametrize("role", ROLES)
def test_a_password_alone_does_not_open_the_console(filled, make_staff, role, settings):
    client = make_staff(role, twice=False)
    answer = client.get("/admin/", follow=True)
    assert answer.status_code == 403
    assert b"A second factor first" in answer.content
    settings.STAFF_MFA = False
    assert client.get("/admin/").status_code == 200


def test_staff_that_is_switched_off_is_out(filled, owner):
    User.objects.filter(pk=owner.user.pk).update(is_active=False)
    assert owner.get("/admin/").status_code == 302


@pytest.mark.parametrize("model", screens(), ids=lambda model: model._meta.label)
def test_the_queries_of_a_list_do_not_grow_with_its_rows(db, make_member, owner, model):
    address = reverse(f"admin:{name_of(model)}_changelist")

    def queries():
        owner.get(address)
        with CaptureQueriesContext(connection) as seen:
            assert owner.get(address).status_code == 200
        return len(seen)

    fill(make_member("one@example.com"))
    few = queries()
    fill(make_member("two@example.com"), 6)
    many = queries()
    assert many <= few, model
    assert many <= 16, model


def test_the_landing_page_s_queries_do_not_grow_either(db, make_member, owner):
    def queries():
        with CaptureQueriesContext(connection) as seen:
            assert owner.get("/admin/").status_code == 200
        return len(seen)

    queries()
    fill(make_member("one@example.com"))
    few = queries()
    fill(make_member("two@example.com"), 6)
    assert queries() <= few
    assert few <= 24


def test_the_console_s_policy_is_its_own_and_a_customer_s_page_keeps_the_strict_one(filled, owner):
    assert "frame-ancestors 'none'" in owner.get("/admin/")["Content-Security-Policy"]
    assert "unsafe" not in Client().get("/login")["Content-Security-Policy"]


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_password_is_changed_where_everybody_does_it(owner, method):
    body = {"old_password": PASSWORD, "new_password1": "another-long-one-1", "new_password2": "another-long-one-1"}
    for address in ("/admin/password_change/", "/admin/password_change/done/"):
        assert getattr(owner, method)(address, body)["Location"] == "/dashboard/settings#password"
    assert User.objects.get(pk=owner.user.pk).check_password(PASSWORD)


def test_signing_out_of_the_console_is_signing_out(filled, owner):
    """Told in the account's events as any sign-out is."""
    with tenancy.account_scope(filled.account):
        Membership.objects.create(account=filled.account, user=owner.user, role="viewer")
    assert owner.post("/admin/logout/")["Location"] == "/login"
    assert owner.get("/admin/").status_code == 302
    with tenancy.account_scope(filled.account):
        assert Event.objects.get(type="session.ended").actor == f"user:{owner.user.pk}"
