"""Reads that join: the executor's state as it is now, what a goal is doing, which tasks can run."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from executor_one.kit import tenancy
from executor_one.kit.batch import Batch, columns, load, load_some
from executor_one.kit.errors import NotFound
from goals import formulas
from goals.models import ExecutorState, Goal, Task
from memory.registry import CRYSTALLIZED

FAILED = ("name", "actuator", "params")
RECENT = 50
LONGEST_SEARCH = 200  # characters
SEARCHED = 2_000  # newest goals whose descriptions are searched
SORTS = {
    "createdAt": "created_at",
    "finishedAt": "finished_at",
    "deadline": "deadline",
    "state": "state",
}
SORTS |= {f"-{name}": f"-{field}" for name, field in SORTS.items()}

WORK = """
    SELECT (SELECT count(*) FROM goals_task WHERE account_id = $1 AND state IN ('released', 'running')),
           EXISTS (SELECT FROM goals_task WHERE account_id = $1 AND state = 'waiting' AND needs_left = 0)"""
# The task that runs, else the one that is next.
NOW_FIRST = "task.state NOT IN ('released', 'running'), task.position"
OPEN_TASK = "task.state IN ('waiting', 'delayed', 'released', 'running', 'ended')"
GOAL_NOW = f"""
    SELECT {columns(Goal, "goal")}, (SELECT task.name FROM goals_task task WHERE task.goal_id = goal.id
        AND goal.finished_at IS NULL AND {OPEN_TASK} ORDER BY {NOW_FIRST} LIMIT 1) AS current_task
    FROM goals_goal goal WHERE goal.account_id = $1 AND goal.id = $2"""  # noqa: S608 - names of ours
CURRENT = f"""
    SELECT DISTINCT ON (task.goal_id) task.goal_id, task.name FROM goals_task task
    WHERE task.account_id = $1 AND task.goal_id = ANY($2) AND {OPEN_TASK}
    ORDER BY task.goal_id, {NOW_FIRST}"""  # noqa: S608
# Waiting for nothing but a slot. The best by score is the best by one of the two ranks (goals.scoring).
NEXT = "account_id = $1 AND state = 'waiting' AND needs_left = 0"
RUNNABLE = f"""
    (SELECT id, account_id, goal_id, rank, deadline_rank FROM goals_task WHERE {NEXT} ORDER BY rank DESC LIMIT $2)
    UNION
    (SELECT id, account_id, goal_id, rank, deadline_rank FROM goals_task WHERE {NEXT} AND deadline_rank IS NOT NULL
     ORDER BY deadline_rank DESC LIMIT $2)"""  # noqa: S608 - texts of ours


def with_failed_task(goals: QuerySet[Goal]) -> QuerySet[Goal]:
    """Goals, each with the task that its error is about, for failed_task()."""
    failed = Task.objects.filter(goal=OuterRef("pk"), state=Task.State.FAILED).order_by("-finished_at")
    return goals.annotate(**{f"failed_{name}": Subquery(failed.values(name)[:1]) for name in FAILED})


def failed_task(goal: Any) -> tuple[str, str, dict[str, Any]] | None:
    """Name, actuator and params of that task; None for a goal whose error is about none."""
    name, actuator, params = (getattr(goal, f"failed_{name}") for name in FAILED)
    return (name, actuator, params) if name is not None else None


def executor_state() -> dict[str, Any]:
    """The five values of E12 for the active account, reckoned at this moment (an idle account is never ticked)."""
    now = timezone.now()
    return values_of(ExecutorState.objects.first() or ExecutorState(assessed_at=now), now)


def values_of(state: ExecutorState, now: datetime) -> dict[str, Any]:
    """The same of an executor's row."""
    opened = Goal.objects.filter(state__in=Goal.OPEN).values_list("priority", "deadline")
    recent = Goal.objects.filter(kind=Goal.Kind.GOAL).order_by("-created_at").values_list("planner", flat=True)
    planners = list(recent[:RECENT])
    sensed = formulas.Sensed(
        opened=[(priority, (deadline - now).total_seconds() if deadline else None) for priority, deadline in opened],
        succeeded=state.succeeded,
        failed=state.failed,
        novel=sum(planner != CRYSTALLIZED for planner in planners),
        recent=len(planners),
        active=Task.objects.filter(state__in=Task.ACTIVE).count(),
        fatigue=state.fatigue,
        busy_share=state.busy_share,
        seconds=(now - state.assessed_at).total_seconds(),
    )
    return {**sensed.values(), "tick_count": state.tick_count}


def goal_now(goal_id: UUID, account_id: str | None = None) -> Goal | None:
    """A goal with its current task: of the active account, or of the one given, then in a transaction of its own."""
    batch = Batch()
    batch.sql(GOAL_NOW, account_id or tenancy.active_account_id(), goal_id)
    (found,) = batch.run_as(account_id) if account_id else batch.run()
    if not found:
        return None
    goal = load(Goal, found[0][:-1])
    goal.current_task = found[0][-1]
    return goal


def add_current_tasks(goals: Collection[Goal]) -> None:
    """Give each of these goals its current task, with one query."""
    opened = {goal.pk: goal for goal in goals if not goal.is_finished}
    if opened:
        batch = Batch()
        batch.sql(CURRENT, tenancy.active_account_id(), list(opened))
        for goal_id, name in batch.run()[0]:
            opened[goal_id].current_task = name


def goal_or_404(goal_id: UUID) -> Goal:
    """A goal of the active account; a foreign id answers like one that never was."""
    goal = goal_now(goal_id)
    if goal is None:
        raise NotFound("There is no goal with this id.")
    return goal


def _newest() -> QuerySet[Goal, datetime]:
    return Goal.objects.order_by("-created_at").values_list("created_at", flat=True)


def is_searched_in_part() -> bool:
    """Whether the active account has older goals than those that a search looks at."""
    return _newest()[SEARCHED : SEARCHED + 1].exists()


def goals_wanted(
    *,
    state: str = "",
    priority: str = "",
    search: str = "",
    sort: str = "",
    stated: tuple[datetime | None, datetime | None] = (None, None),
    created_by: str = "",
) -> QuerySet[Goal]:
    """The goals of the active account that a list shows: empty filters do not apply, `sort` is one of SORTS.

    `stated` says from when (included) to when (not) they were stated, `created_by` who did: `key:<id>` or `user:<id>`.
    A search looks at the newest SEARCHED, an index range: its cost is bounded, however many there are, and an index of
    words would cost every goal that is stated.
    """
    goals, (since, until) = Goal.objects.all(), stated
    if state:
        goals = goals.filter(state=state)
    if priority:
        goals = goals.filter(priority=priority)
    if since:
        goals = goals.filter(created_at__gte=since)
    if until:
        goals = goals.filter(created_at__lt=until)
    if created_by:
        goals = goals.filter(created_by=created_by)
    if text := search.replace("\x00", "")[:LONGEST_SEARCH]:
        # Asked before, because Postgres takes the index range only when it knows where the range begins.
        oldest = next(iter(_newest()[SEARCHED - 1 : SEARCHED]), None)
        goals = goals.filter(description__icontains=text, **({"created_at__gte": oldest} if oldest else {}))
    return goals.order_by(SORTS[sort or "-createdAt"], "-id")


def used_since(first: date) -> list[tuple[date, str, int, int]]:
    """What the active account used from a day (UTC) on: day, who stated it, counted goals, calls of the model for them.

    A call counts on the day of its goal. Direct actions count nowhere: they are not counted by the month either.
    """
    start = datetime.combine(first, time(), tzinfo=UTC)
    stated = Goal.objects.filter(kind=Goal.Kind.GOAL, created_at__gte=start)
    by_day = stated.order_by().values_list(TruncDate("created_at", tzinfo=UTC), "created_by")
    return list(by_day.annotate(Count("pk"), Sum("model_calls")))


def add_work(batch: Batch) -> None:
    """Ask how many tasks of the active account are released or running, and whether any waits."""
    batch.sql(WORK, tenancy.active_account_id())


def work_of(batch: Batch) -> tuple[int, bool]:
    """The answer, after what the batch has to do first."""
    add_work(batch)
    active, more = batch.run()[-1][0]
    return active, more


def runnable_tasks(limit: int) -> list[Task]:
    """The tasks of the active account that wait for nothing but a slot, the best `limit` by either rank.

    Each carries only what scoring and releasing ask.
    """
    batch = Batch()
    batch.sql(RUNNABLE, tenancy.active_account_id(), limit)
    names = ("id", "account_id", "goal_id", "rank", "deadline_rank")
    return [load_some(Task, **dict(zip(names, row, strict=True))) for row in batch.run()[0]]
