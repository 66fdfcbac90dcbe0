"""Which task goes first, however many wait, and what a waiting task waits for."""

import random
import re
from datetime import timedelta
from importlib import import_module
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from billing.queries import plan_of
from executor_one.kit.tenancy import account_scope
from goals import actions, claims, crystallized, loop, queries
from goals.claims import Result, claim, hand_in
from goals.formulas import WEIGHTS, nearness
from goals.models import Attempt, Goal, Task
from goals.scoring import deadline_rank, rank, score

NOW = 1_800_000_000.0
DAY = 86_400


def ranks(priority, created, deadline, dependents):
    calm = rank(priority=priority, created=created, dependents=dependents)
    return calm, None if deadline is None else deadline_rank(calm, deadline)


def by_the_book(priority, created, deadline, dependents, now):
    left = None if deadline is None else deadline - now
    age = (now - created) / 60
    return 100 * WEIGHTS[priority] + 100 * (nearness(left) - 0.5) + age / 3 + min(dependents, 10)


def some_tasks(count, seed=7):
    chance = random.Random(seed)
    for _ in range(count):
        created = NOW - chance.uniform(0, 5 * DAY)
        deadline = None if chance.random() < 0.5 else NOW + chance.uniform(-DAY, 3 * DAY)
        yield chance.choice(list(WEIGHTS)), created, deadline, chance.randrange(15)


def test_E_R23_the_score_from_the_ranks_is_the_published_formula():
    for task in some_tasks(500):
        for now in (NOW, NOW + 3600, NOW + DAY):
            assert score(*ranks(*task), now) == pytest.approx(by_the_book(*task, now))


def test_the_best_tasks_are_among_the_first_by_one_of_the_ranks_at_any_moment():
    tasks = [(task, *ranks(*task)) for task in some_tasks(400)]
    pressing = [one for one in tasks if one[2] is not None]
    for now in (NOW, NOW + 7 * 3600, NOW + 2 * DAY):
        first = sorted(tasks, key=lambda one: -one[1])[:8] + sorted(pressing, key=lambda one: -one[2])[:8]
        alive = [one for one in tasks if one[0][2] is None or one[0][2] > now]  # a passed deadline fails the goal
        candidates = [one for one in first if one in alive]
        assert max(score(*one[1:], now) for one in alive) == max(score(*one[1:], now) for one in candidates)


def test_priority_beats_an_hour_and_a_passed_deadline_beats_one_step_of_priority():
    high = score(*ranks("high", NOW, None, 0), NOW)
    assert high > score(*ranks("normal", NOW - 3600, None, 0), NOW)
    assert score(*ranks("normal", NOW, NOW, 0), NOW) > high
    assert score(*ranks("low", NOW - 4 * 3600, None, 0), NOW) > score(*ranks("critical", NOW, None, 0), NOW)


def state(member, plan, **fields):
    return actions.create_goal(
        plan=plan, actor="t", **{"description": "x", "semantic_path": ["true"], **fields}
    )  # fmt: skip


@pytest.mark.parametrize(("name", "least", "most"), [("priority", "low", "critical"), ("deadline", 20, 1)])
def test_E_R23_a_pressing_goal_behind_a_long_backlog_is_next(member, name, least, most):
    if name == "deadline":
        least, most = (timezone.now() + timedelta(hours=hours) for hours in (least, most))
    with account_scope(member.account):
        plan = plan_of(member.id)
        plan.parallel_tasks = 1
        plan.save()
        running = state(member, plan)
        for _ in range(30):
            state(member, plan, **{name: least})
        pressing = state(member, plan, **{name: most})
        runner = uuid4()
    (lease,) = claim(runner, 5)
    assert lease.goal_id == running.pk
    with account_scope(member.account):
        assert hand_in(lease, runner, Result(Attempt.Outcome.SUCCEEDED))
        assert Task.objects.get(state=Task.State.RELEASED).goal_id == pressing.pk


def test_select_reads_no_more_than_there_is_room_for(member):
    with account_scope(member.account):
        plan = plan_of(member.id)
        plan.parallel_tasks = 2
        for _ in range(20):
            state(member, plan)
        plan.parallel_tasks = 4
        beat = loop.open_tick(plan)
        assert len(loop.runnable_tasks(2)) == 2
        loop.select(beat)
        assert len(beat.chosen) == 2


def test_a_task_runs_once_all_that_it_needs_is_completed(member):
    """A diamond: 1 and 2 need 0, 3 needs both."""
    with account_scope(member.account):
        goal = Goal(account_id=member.id, description="d", state="executing", tasks_total=4, wake_at=timezone.now())
        needs = [[], [0], [0], [1, 2]]
        tasks = [
            Task(account_id=member.id, goal=goal, position=at, name=str(at), actuator="shell", timeout_ms=1000,
                 params={"command": "true"}, depends_on=need)
            for at, need in enumerate(needs)
        ]  # fmt: skip
        loop.place(goal, tasks)
        goal.save()
        Task.objects.bulk_create(tasks)
        assert [task.needs_left for task in tasks] == [0, 1, 1, 2]
        assert tasks[0].rank - tasks[3].rank == pytest.approx(2)  # two tasks wait for it
    runner, ran = uuid4(), []
    loop.tick(member.id)
    while leases := claim(runner, 1):
        ran.append(left(member))
        assert hand_in(leases[0], runner, Result(Attempt.Outcome.SUCCEEDED))
    assert ran == [[0, 1, 1, 2], [0, 0, 0, 2], [0, 0, 0, 1], [0, 0, 0, 0]]
    with account_scope(member.account):
        assert Goal.objects.get().state == Goal.State.COMPLETED


def left(member):
    with account_scope(member.account):
        return list(Task.objects.order_by("position").values_list("needs_left", flat=True))


def test_a_retried_goal_waits_only_for_what_is_not_done(member):
    runner = uuid4()
    with account_scope(member.account):
        plan = plan_of(member.id)
        goal = state(member, plan, semantic_path=["echo 1", "echo 2", "echo 3"], self_correct=False)
    for outcome in (Attempt.Outcome.SUCCEEDED, Attempt.Outcome.FAILED):
        (lease,) = claim(runner, 1)
        hand_in(lease, runner, Result(outcome, 1, error="no"))
    with account_scope(member.account):
        goal.refresh_from_db()
        again = actions.retry_goal(goal, plan=plan, actor="t")
        assert list(again.tasks.values_list("needs_left", flat=True)) == [0, 0, 1]


def test_tasks_that_waited_before_there_were_ranks_get_them(member):
    names = ("rank", "deadline_rank", "needs_left")
    with account_scope(member.account):
        plan = plan_of(member.id)
        plan.parallel_tasks = 1
        for priority in WEIGHTS:
            state(member, plan, priority=priority, semantic_path=["echo 1", "echo 2", "echo 3"])
        state(member, plan, deadline=timezone.now() + timedelta(hours=3))
        ordered = Task.objects.order_by("pk")
        before = list(ordered.values_list(*names))
        Task.objects.update(rank=0, deadline_rank=None, needs_left=0)
        with connection.cursor() as cursor:
            cursor.execute(import_module("goals.migrations.0004_rank_waiting_tasks").RANK)
    with account_scope(member.account):
        for found, expected in zip(ordered.values_list(*names), before, strict=True):
            assert found == pytest.approx(expected)


HOT = {
    "loop.LOCK": loop.LOCK, "queries.WORK": queries.WORK, "queries.RUNNABLE": queries.RUNNABLE,
    "queries.GOAL_NOW": queries.GOAL_NOW, "queries.CURRENT": queries.CURRENT, "claims.LEASED": claims.LEASED,
    "claims.CLAIM": claims.CLAIM, "crystallized.TREES": crystallized.TREES, "crystallized.TASKS": crystallized.TASKS,
    "crystallized.USED": crystallized.USED, "crystallized.MAKE_ROOM": crystallized.MAKE_ROOM,
}  # fmt: skip


@pytest.mark.parametrize("statement", HOT.values(), ids=HOT)
def test_a_plan_made_while_the_tables_are_small_reads_no_table_whole(member, statement):
    """It is kept with the prepared statement, and the tables grow."""
    count = max(map(int, re.findall(r"\$(\d+)", statement)))
    with account_scope(member.account), connection.cursor() as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute(f"PREPARE hot AS {statement}")
        cursor.execute(f"EXPLAIN EXECUTE hot({', '.join(['NULL'] * count)})")
        plan = "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute("DEALLOCATE hot")
    assert "Seq Scan" not in plan, plan
