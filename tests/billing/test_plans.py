"""Plans as data and limits that cannot be raced past (E-R3..E-R9, E-R11)."""

import threading

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from billing.actions import consume, limit_reached, set_plan
from billing.limits import counted
from billing.models import Metric, Plan, UsageCounter
from billing.queries import advice, plan_of, resets_at
from events.models import Event
from executor_one.kit.errors import LimitReached
from executor_one.kit.tenancy import account_scope

# E-R3 goals, E-R4 memories, E-R5 LLM calls, E-R6 parallel tasks, E-R8 WebSocket, E-R7 keys, E-R9 cooldown
TABLE = {
    "free": (10, 50, 0, 1, False, 1, 60),
    "pro": (500, 5000, 200, 4, True, 5, 0),
    "enterprise": (None, None, None, 8, True, 50, 0),
    "ecosystem": (None, None, None, 8, True, 20, 0),
}
FIELDS = (
    "goals_per_month", "memories", "llm_calls_per_month", "parallel_tasks", "websocket", "api_keys",
    "goal_cooldown_seconds",
)  # fmt: skip


@pytest.mark.parametrize("code", TABLE)
def test_E_R3_E_R4_E_R5_E_R6_E_R7_E_R8_E_R9_the_plan_table_is_the_seeds(db, code):
    assert Plan.objects.filter(pk=code).values_list(*FIELDS).get() == TABLE[code]
    assert Plan.objects.get(pk=code).is_public == (code != "ecosystem")


def test_E_R3_free_goals_run_out_at_ten_and_start_again_next_month(db, make_member):
    member = make_member("free@example.com", "free")
    with account_scope(member.account):
        with time_machine.travel("2026-11-30T23:59:59Z", tick=False):
            for _ in range(10):
                consume(Metric.GOALS)
            with pytest.raises(LimitReached) as refused:
                consume(Metric.GOALS)
        assert refused.value.members == {"limit": "goals_per_month", "allowed": 10, "plan": "free", "upgrade": "pro"}
        assert "Pro lifts it" in refused.value.message
        with time_machine.travel("2026-12-01T00:00:00Z", tick=False):
            consume(Metric.GOALS)
        assert sorted(UsageCounter.objects.values_list("used", flat=True)) == [1, 10]


def test_E_R5_free_has_no_llm_call(db, make_member):
    member = make_member("free@example.com", "free")
    with account_scope(member.account), pytest.raises(LimitReached):
        consume(Metric.LLM_CALLS)


@pytest.mark.parametrize("plan", ["enterprise", "ecosystem"])
def test_E_R3_unlimited_is_counted_and_never_refused(db, make_member, plan):
    member = make_member("big@example.com", plan)
    with account_scope(member.account):
        for _ in range(30):
            consume(Metric.GOALS)
        assert counted(plan_of(member.id))["goals"] == {"used": 30, "limit": None, "resets_at": resets_at()}


def test_E_R3_parallel_consume_cannot_race_past_the_limit(committed, make_member):
    member = make_member("race@example.com", "free")
    results, start = [], threading.Barrier(8)

    def spend():
        start.wait()
        for _ in range(4):
            try:
                with account_scope(member.account):
                    consume(Metric.GOALS)
                results.append(True)
            except LimitReached:
                results.append(False)
        connection.close()

    threads = [threading.Thread(target=spend) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert (results.count(True), len(results)) == (10, 32)
    with account_scope(member.account):
        assert UsageCounter.objects.get().used == 10


def test_a_refused_request_gives_its_unit_back(db, make_member):
    member = make_member("back@example.com", "free")

    def fail_after_consuming():
        with account_scope(member.account):
            consume(Metric.GOALS)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_consuming()
    with account_scope(member.account):
        assert not UsageCounter.objects.exists()


def test_counters_of_accounts_are_apart(db, make_member):
    one, two = make_member("one@example.com", "free"), make_member("two@example.com", "free")
    with account_scope(one.account):
        for _ in range(10):
            consume(Metric.GOALS)
    with account_scope(two.account):
        consume(Metric.GOALS)


@pytest.mark.parametrize(
    ("plan", "field", "better"),
    [
        ("free", "goals_per_month", "pro"),
        ("pro", "goals_per_month", "enterprise"),
        ("pro", "api_keys", "enterprise"),
        ("enterprise", "api_keys", None),
        ("ecosystem", "api_keys", None),
    ],
)
def test_E_R11_advice_names_the_lowest_public_plan_that_lifts_the_limit(db, plan, field, better):
    found = advice(Plan.objects.get(pk=plan), field)
    assert (found.code if found else None) == better
    assert limit_reached(Plan.objects.get(pk=plan), field).members["upgrade"] == better


def test_set_plan_is_idempotent_and_says_what_changed(db, make_member):
    member = make_member("plan@example.com", "free")
    with account_scope(member.account):
        before = Event.objects.count()
        set_plan(member.account, "free", actor="test")
        assert Event.objects.count() == before
        set_plan(member.account, "pro", actor="test")
        last = Event.objects.order_by("-id").first()
        assert (last.type, last.data, last.actor) == ("plan.changed", {"from": "free", "to": "pro"}, "test")
        assert plan_of(member.id).code == "pro"


@pytest.mark.parametrize(
    ("plan", "field", "words"),
    [
        ("free", "api_keys", "Free allows 1 API key, and it is used up. Pro lifts it."),
        ("free", "memories", "Free allows 50 memories, and they are used up. Pro lifts it."),
        ("free", "goals_per_month", "Free allows 10 goals a month, and they are used up. Pro lifts it."),
        ("free", "llm_calls_per_month", "Free allows no language model calls a month. Pro lifts it."),
    ],
)
def test_a_limit_is_said_as_people_count(plan, field, words, db):
    assert limit_reached(Plan.objects.get(pk=plan), field).message == words


@pytest.mark.parametrize(("field", "value"), [("parallel_tasks", 0), ("goal_cooldown_seconds", 86_401)])
def test_E_R6_E_R9_a_plan_that_no_goal_would_ever_end_on_cannot_be_stored(db, field, value):
    plan = Plan.objects.get(pk="pro")
    setattr(plan, field, value)
    with pytest.raises(ValidationError, match="Ensure this value"):
        plan.full_clean()
    with pytest.raises(IntegrityError, match="plan_"), transaction.atomic():
        plan.save()


@pytest.mark.parametrize(
    "field", ["rank", "goals_per_month", "memories", "llm_calls_per_month", "parallel_tasks", "api_keys"]
)
def test_a_number_of_a_plan_fits_into_its_column(db, field):
    plan = Plan.objects.get(pk="pro")
    setattr(plan, field, 2**31)
    with pytest.raises(ValidationError, match="less than or equal"):
        plan.full_clean()
