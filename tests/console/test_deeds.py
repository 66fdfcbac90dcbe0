"""What staff do is the app's own action, told with the staff user as actor."""

from __future__ import annotations

import re

import pytest
from django.contrib.admin.utils import quote
from django.urls import reverse
from django.utils import timezone

from accounts.models import ApiKey, User
from billing import credit
from billing.models import Credit, Metric, OperatingCost, Plan, StripeEvent, Subscription, UsageCounter
from events.models import Event
from executor_one.kit.tenancy import account_scope
from goals.models import Goal, Task


@pytest.fixture
def customer(db, make_member):
    return make_member("customer@example.com", "pro")


def do(client, row, deed, **body):
    name = f"{row._meta.app_label}_{row._meta.model_name}"
    return client.post(reverse(f"admin:{name}_do", args=[quote(row.pk), deed]), body, follow=True)


def on_rows(client, model, deed, *rows):
    name = f"{model._meta.app_label}_{model._meta.model_name}"
    body = {"action": deed, "_selected_action": [str(row.pk) for row in rows]}
    return client.post(reverse(f"admin:{name}_changelist"), body, follow=True)


def last(member, type):
    with account_scope(member.account):
        return Event.objects.filter(type=type).order_by("-id").first()


def state_goal(api, *path):
    body = {"description": "do it", "semanticPath": list(path)}
    answer = api.post("/api/goals", body, content_type="application/json")
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def test_suspend_keeps_keys_and_people_out_ends_goals_and_can_be_taken_back(customer, client_of, operator, client):
    api = client_of(customer.key)
    goal = state_goal(api, "sleep 100")
    client.force_login(
        User.objects.get(email="customer@example.com"), backend="django.contrib.auth.backends.ModelBackend"
    )
    answer = do(operator, customer.account, "suspend", words="unpaid by <b>us</b>")
    assert answer.status_code == 200
    assert b"1 open goals were cancelled" in answer.content
    for method, address in (("get", "/api/goals"), ("post", "/api/goals"), ("get", "/api/auth/me")):
        refused = getattr(api, method)(address)
        assert refused.status_code == 403, address
        assert "suspended: unpaid by <b>us</b>" in refused.json()["message"]
    page = client.get("/dashboard")
    assert page.status_code == 403
    assert b"unpaid by &lt;b&gt;us" in page.content
    with account_scope(customer.account):
        assert Goal.objects.get(pk=goal).state == "cancelled"
    told = last(customer, "account.suspended")
    assert told.actor == f"staff:{operator.user.pk}"
    assert last(customer, "goal.cancelled").actor == told.actor
    do(operator, customer.account, "resume")
    assert api.get("/api/goals").status_code == 200
    assert last(customer, "account.resumed").actor == told.actor


def test_suspending_twice_is_refused_in_words(customer, operator):
    do(operator, customer.account, "suspend")
    assert b"It is suspended already" in do(operator, customer.account, "suspend").content


def test_set_plan(customer, client_of, operator):
    do(operator, customer.account, "put-on-enterprise")
    assert client_of(customer.key).get("/api/auth/account").json()["plan"] == "enterprise"
    told = last(customer, "plan.changed")
    assert (told.data, told.actor) == ({"from": "pro", "to": "enterprise"}, f"staff:{operator.user.pk}")


def test_O123_a_plan_that_is_paid_is_changed_at_stripe(customer, client_of, operator):
    """The next event from there would set it again: so it is refused with what to do instead."""
    with account_scope(customer.account):
        Subscription.objects.update(status="active", paid_plan_id="pro", stripe_subscription="sub_1")
    said = do(operator, customer.account, "put-on-enterprise").content.decode()
    assert "It pays for Pro at Stripe" in said
    assert "sub_1" in said
    assert client_of(customer.key).get("/api/auth/account").json()["plan"] == "pro"
    assert last(customer, "plan.changed").data["to"] == "pro"
    assert not [says for says in buttons(operator, customer.account) if says.startswith("Put on")]
    assert "Pro, active. It is changed at Stripe" in said
    with account_scope(customer.account):
        Subscription.objects.update(status="ended", paid_plan=None)
    assert "is on enterprise" in do(operator, customer.account, "put-on-enterprise").content.decode()


def test_O122_an_owner_gives_model_calls_with_a_reason(customer, client_of, owner):
    api = client_of(customer.key)
    answer = do(owner, customer.account, "give_calls", words="120 for Monday's trouble")
    assert b"has 120 calls beyond its plan now" in answer.content
    assert api.get("/api/billing/usage").json()["credit"]["llmCalls"] == 120
    told = last(customer, "credit.given")
    assert told.data == {"llmCalls": 120, "left": 120, "why": "for Monday's trouble"}
    assert told.actor == f"staff:{owner.user.pk}"
    (entry,) = api.get("/api/billing/credits").json()["data"]
    assert (entry["kind"], entry["amount"], entry["note"]) == ("given", 120, "for Monday's trouble")


@pytest.mark.parametrize(
    "words",
    [
        "",
        "many",
        "-5 why",
        "0 why",
        "1e3 why",
        "1234567 why",
        "\u0663 why",
        "99999999999 why",
        "120",
        " 120  ",
        "120 .",
        "120 \u200b",
    ],
)
def test_O122_what_is_no_number_of_calls_gives_none(customer, client_of, owner, words):
    assert b"beyond its plan now" not in do(owner, customer.account, "give_calls", words=words).content
    assert client_of(customer.key).get("/api/billing/usage").json()["credit"]["llmCalls"] == 0


def test_O122_given_calls_go_beyond_what_32_bits_hold(customer, owner):
    with account_scope(customer.account):
        Credit.objects.create(account_id=customer.id, llm_calls=2**31 - 10)
    answer = do(owner, customer.account, "give_calls", words="1000000 and more")
    assert b"has 2,148,483,638 calls beyond its plan now" in answer.content


def test_O122_only_an_owner_gives_calls(customer, client_of, operator):
    assert do(operator, customer.account, "give_calls", words="10 please").status_code == 403
    assert client_of(customer.key).get("/api/billing/usage").json()["credit"]["llmCalls"] == 0


def test_cancel_and_retry_a_goal(customer, client_of, operator):
    api = client_of(customer.key)
    with account_scope(customer.account):
        goal = Goal.objects.get(pk=state_goal(api, "sleep 100"))
    do(operator, goal, "cancel")
    assert api.get(f"/api/goals/{goal.pk}").json()["state"] == "cancelled"
    assert last(customer, "goal.cancelled").actor == f"staff:{operator.user.pk}"
    answer = do(operator, goal, "retry")
    assert b"goes on as" in answer.content
    again = api.get("/api/goals").json()["data"][0]
    assert again["id"] != str(goal.pk)
    created = last(customer, "goal.created")
    assert (created.data["retryOf"], created.actor) == (str(goal.pk), f"staff:{operator.user.pk}")


def test_many_goals_of_many_accounts_at_once_and_one_that_refuses(customer, make_member, client_of, operator):
    other = make_member("other@example.com")
    rows = []
    for member in (customer, other):
        with account_scope(member.account):
            rows.append(Goal.objects.get(pk=state_goal(client_of(member.key), "sleep 100")))
    do(operator, rows[0], "cancel")
    answer = on_rows(operator, Goal, "retry", *rows)
    assert answer.content.count(b"goes on as") == 1
    assert b"is still" in answer.content


def test_release_a_lease(customer, client_of, operator, work):
    from uuid import uuid4

    from goals.claims import Result, claim, hand_in
    from goals.models import Attempt

    api = client_of(customer.key)
    goal = state_goal(api, "echo hi")
    runner = uuid4()
    (lease,) = claim(runner, 1)
    with account_scope(customer.account):
        task = Task.objects.get(goal_id=goal)
    answer = do(operator, task, "release")
    assert b"its lease is over" in answer.content
    assert hand_in(lease, runner, Result(outcome=Attempt.Outcome.SUCCEEDED)) is False
    told = last(customer, "task.lease_released")
    assert told.actor == f"staff:{operator.user.pk}"
    from goals import loop

    loop.tick(customer.id)
    assert last(customer, "task.lost")
    assert work() == 1
    assert api.get(f"/api/goals/{goal}").json()["state"] == "completed"
    assert b"Nobody holds it" in do(operator, task, "release").content


def test_revoke_a_key(customer, client_of, operator):
    with account_scope(customer.account):
        key = ApiKey.objects.get()
    do(operator, key, "revoke")
    assert client_of(customer.key).get("/api/goals").status_code == 401
    assert last(customer, "key.revoked").actor == f"staff:{operator.user.pk}"


def test_crystallize_a_memory(customer, client_of, operator):
    from memory.models import Memory

    api = client_of(customer.key)
    api.post("/api/memory", {"key": "k", "value": 1}, content_type="application/json")
    with account_scope(customer.account):
        memory = Memory.objects.get()
    do(operator, memory, "crystallize")
    assert api.get("/api/memory/k").json()["crystallized"] is True
    assert last(customer, "memory.crystallized").actor == f"staff:{operator.user.pk}"


def test_E_R3_an_owner_s_edit_holds_from_the_next_request_on_and_its_history_says_who(customer, client_of, owner):
    row = Plan.objects.filter(pk="pro").values().get()
    form = {name: "" if value is None else value for name, value in row.items() if value is not False}
    answer = owner.post("/admin/billing/plan/pro/change/", {**form, "api_keys": 7})
    assert answer.status_code == 302, answer.content
    assert client_of(customer.key).get("/api/auth/account").json()["limits"]["apiKeys"] == 7
    change = Plan.history.first()
    assert (change.api_keys, change.history_user) == (7, owner.user)
    assert owner.get("/admin/billing/plan/pro/history/").status_code == 200
    assert owner.get(f"/admin/billing/plan/pro/history/{change.pk}/").status_code == 200


@pytest.mark.parametrize("role", ["support", "operator"])
def test_E_R3_only_an_owner_puts_an_old_plan_back(make_staff, owner, role):
    fields = {"name": "Old", "rank": 1, "parallel_tasks": 1, "goal_cooldown_seconds": 0}
    owner.post("/admin/billing/plan/pro/change/", fields)
    version = f"/admin/billing/plan/pro/history/{Plan.history.first().pk}/"
    staff = make_staff(role)
    assert staff.get(version)["Location"] == "/admin/billing/plan/pro/history/"
    assert staff.post(version, {**fields, "name": "Evil"}).status_code == 403
    assert Plan.objects.get(pk="pro").name == "Old"
    for unknown in ("abc", "999999999", "9" * 30, "-1"):
        assert owner.get(f"/admin/billing/plan/pro/history/{unknown}/").status_code == 404
    assert owner.post(version, {**fields, "name": "Back"}).status_code == 302
    assert Plan.objects.get(pk="pro").name == "Back"


def test_plans_leave_and_come_as_a_file(customer, owner, operator):
    from django.core.files.uploadedfile import SimpleUploadedFile

    assert operator.get("/admin/billing/plan/export/").status_code == 403
    assert owner.get("/admin/billing/plan/export/").status_code == 200
    fields = [
        "code",
        "name",
        "rank",
        "goals_per_month",
        "parallel_tasks",
        "is_public",
        "websocket",
        "goal_cooldown_seconds",
    ]
    text = ",".join(fields) + "\nteam,Team,9,100,2,1,1,0\n"
    answer = owner.post(
        "/admin/billing/plan/import/",
        {"format": "0", "resource": "0", "import_file": SimpleUploadedFile("plans.csv", text.encode(), "text/csv")},
    )
    assert answer.status_code == 200
    confirm = answer.context["confirm_form"]
    done = owner.post("/admin/billing/plan/process_import/", confirm.initial)
    assert done.status_code == 302, done.content
    assert Plan.objects.get(pk="team").goals_per_month == 100


def test_an_owner_makes_staff_and_the_record_says_from_what_to_what(customer, owner):
    user = User.objects.get(email="customer@example.com")
    answer = owner.post(
        reverse("admin:accounts_user_change", args=[user.pk]),
        {"is_active": "on", "is_staff": "on", "staff_role": "support"},
    )
    assert answer.status_code == 302, answer.content
    user.refresh_from_db()
    assert (user.is_staff, user.staff_role) == (True, "support")
    from django.contrib.admin.models import LogEntry

    assert last(customer, "staff.edited_person").data["fields"] == ["is_staff", "staff_role"]
    assert "is_staff: False → True" in LogEntry.objects.latest("action_time").change_message


def test_replaying_a_stripe_event(customer, operator, settings):
    """Without Stripe it says so, and nothing is lost; with one, tests/billing does it whole."""
    settings.STRIPE_SECRET_KEY = ""
    payload = {"id": "evt_1", "type": "nothing.we.follow", "created": 1, "data": {"object": {}}}
    with account_scope(customer.account):
        event = StripeEvent.objects.create(
            pk="evt_1", account=customer.account, type="nothing.we.follow", state="failed", payload=payload,
            created_at=timezone.now(),
        )  # fmt: skip
        assert Subscription.objects.get().plan_id == "pro"
    answer = do(operator, event, "replay")
    assert b"ignored: Nothing follows from this type" in answer.content


def test_O118_the_money_of_the_installation_is_for_its_owners(customer, client_of, owner, make_staff, settings):
    """By plan what comes in, by kind what staff entered; nobody else sees it, and no key does."""
    now = timezone.now().date().replace(day=1)
    Plan.objects.filter(pk="pro").update(price_cents=2900, currency="usd", stripe_price="price_1")
    with account_scope(customer.account):
        Subscription.objects.update(status="active", paid_plan_id="pro")
    OperatingCost.objects.create(month=now, kind="infrastructure", name="host", cents=5000, currency="usd")
    OperatingCost.objects.create(month=now, kind="infrastructure", name="disk", cents=700, currency="usd")
    with account_scope(customer.account):  # one call of the plan's, one beyond it
        UsageCounter.objects.create(account=customer.account, metric=Metric.LLM_CALLS, month=now, used=1)
        credit.give(2, "", actor="staff:1")
        credit.use(Plan.objects.get(pk="pro"))
    assert client_of(customer.key).get("/api/billing/overview").status_code == 403
    make_member_of(owner.user)
    answer = owner.get("/api/billing/overview").json()
    assert answer["mrr"] == [{"tier": "pro", "accounts": 1, "cents": 2900, "currency": "usd"}]
    assert answer["costs"] == [{"kind": "infrastructure", "cents": 5700, "currency": "usd"}]
    assert answer["llmCalls"] == 2
    operator = make_staff("operator")
    make_member_of(operator.user)
    assert operator.get("/api/billing/overview").status_code == 403
    User.objects.filter(pk=owner.user.pk).update(email="first@staff.example.com")
    once = make_staff("owner", twice=False)
    make_member_of(once.user)
    assert once.get("/api/billing/overview").status_code == 403


def make_member_of(user):
    """An account of a member of the staff: the API is for people of accounts."""
    from accounts.actions import _next_number
    from accounts.models import Account, Membership, account_id

    account = Account(id=account_id(), name="Staff", email=user.email, number=_next_number())
    with account_scope(account):
        account.save(force_insert=True)
        Membership.objects.create(account=account, user=user, role="owner")
        Subscription.objects.create(account=account, plan_id="free")


def buttons(client, row):
    """What the page of a row offers, and the address of each."""
    page = client.get(reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[quote(row.pk)]))
    forms = re.findall(r'action="([^"]+/do/[^"]+)".*?<button[^>]*>([^<]+)', page.content.decode(), re.DOTALL)
    return {says: address for address, says in forms}


def test_a_page_has_the_buttons_that_fit_its_row_and_they_work(customer, client_of, operator):
    offered = buttons(operator, customer.account)
    assert "Let in again" not in offered
    assert {"Suspend", "Put on Free", "Put on Enterprise"} <= set(offered)
    assert "Put on Pro" not in offered
    operator.post(offered["Suspend"], {"words": "unpaid"})
    assert client_of(customer.key).get("/api/goals").status_code == 403
    offered = buttons(operator, customer.account)
    assert "Suspend" not in offered
    operator.post(offered["Let in again"])
    api = client_of(customer.key)
    assert api.get("/api/goals").status_code == 200
    with account_scope(customer.account):
        goal = Goal.objects.get(pk=state_goal(api, "sleep 100"))
    assert set(buttons(operator, goal)) == {"Cancel"}
    do(operator, goal, "cancel")
    assert set(buttons(operator, goal)) == {"Retry"}
