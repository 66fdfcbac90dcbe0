"""What customers do with goals: create, cancel, retry, execute directly. Each in one transaction, with its event."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from actuators import registry
from billing.actions import consume_in, used
from billing.models import Metric, Plan
from events.actions import publish_in
from events.models import Event
from executor_one.kit import tenancy
from executor_one.kit.batch import Batch
from executor_one.kit.errors import Conflict, Meaningless, TooSoon
from executor_one.kit.queue import enqueue
from goals import loop, telling
from goals.crystallized import add_trees, loaded
from goals.models import Goal, Priority, Task
from goals.queries import add_work
from memory.trees import shape_of


def create_goal(  # noqa: PLR0913 - what a customer can say of a goal, by name
    *,
    plan: Plan,
    actor: str,
    description: str,
    semantic_path: list[Any] | None = None,
    priority: str = Priority.NORMAL,
    deadline: datetime | None = None,
    self_correct: bool = True,
    retry_of: Goal | None = None,
) -> Goal:
    """State a goal (E13). LimitReached past the month's goals, TooSoon inside the plan's cooldown.

    `retry_of` is the ended goal that it states again with changes; unlike retry_goal it takes nothing over.
    """
    if deadline and deadline <= timezone.now():
        message = "The deadline has passed already."
        raise Meaningless(f"deadline: {message}", errors={"deadline": [message]})
    goal = Goal(
        account_id=tenancy.active_account_id(), description=description, semantic_path=semantic_path or [],
        priority=priority, deadline=deadline, self_correct=self_correct, created_by=actor, retry_of=retry_of,
    )  # fmt: skip
    return _start(goal, _admit(plan, goal))


def execute_directly(
    *, plan: Plan, actor: str, type: str, params: dict[str, Any], timeout_ms: int, verify: dict[str, Any] | None = None
) -> Goal:
    """Run one action without a planner (E16): still a goal, not counted by the month."""
    step = {"type": type, "params": params, "timeoutMs": timeout_ms, **({"verify": verify} if verify else {})}
    goal = Goal(
        account_id=tenancy.active_account_id(), kind=Goal.Kind.DIRECT, semantic_path=[step], created_by=actor,
        description=f"{type}: {registry.title(type, params)}"[:500], counted=False,
    )  # fmt: skip
    return _start(goal, loop.open_tick(plan))


def retry_goal(goal: Goal, *, plan: Plan, actor: str, from_task: int | None = None) -> Goal:
    """A new goal that takes over what `goal` completed and goes on from the task that failed.

    With `from_task` it goes on from the task at that position: it and what depends on it run again, also of a goal
    that completed. Terminal states are final, so the old goal stays as it is. Counts as a goal of the month.
    """
    _check_retry(goal, from_task)
    beat = _admit(plan)
    if Goal.objects.filter(retry_of=goal, state__in=Goal.OPEN).exists():
        raise Conflict("This goal is being retried already.")
    again = Goal(
        account_id=goal.account_id, kind=goal.kind, description=goal.description, semantic_path=goal.semantic_path,
        priority=goal.priority, self_correct=goal.self_correct, created_by=actor, retry_of=goal,
    )  # fmt: skip
    tasks = list(goal.tasks.filter(position__gte=goal.planned_from))
    rerun = _rerun(goal, tasks, from_task)
    if not tasks:
        return _start(again, beat)
    again.state, again.planner, again.started_at = (
        Goal.State.EXECUTING,
        goal.planner,
        timezone.now(),
    )
    again.task_tree = goal.task_tree
    left = [_taken_over(task, again, goal.planned_from, rerun) for task in tasks]
    again.tasks_total, again.wake_at = len(left), timezone.now()
    again.tasks_completed = sum(task.state == Task.State.COMPLETED for task in left)
    again.save(force_insert=True)
    loop.place(again, left)
    Task.objects.bulk_create(left)
    beat.work = None
    return _go(again, beat, telling.created(again, actor=actor, retryOf=str(goal.pk)))


def _check_retry(goal: Goal, from_task: int | None) -> None:
    if not goal.is_finished:
        raise Conflict(f"This goal is still {goal.state}. Cancel it first, or wait for its end.", state=goal.state)
    if goal.state == Goal.State.COMPLETED and from_task is None:
        raise Conflict(
            "This goal is completed, so no task failed that a retry could go on from. Say from which task (fromTask)."
        )


def _rerun(goal: Goal, tasks: list[Task], from_task: int | None) -> set[int]:
    """The positions that run again though they may have completed: the chosen task and all that depends on it."""
    if from_task is None:
        return set()
    if from_task not in {task.position for task in tasks}:
        message = f"There is no task {from_task} in the plan that this goal ran last."
        raise Meaningless(f"fromTask: {message}", errors={"fromTask": [message]})
    again = {from_task}
    for task in sorted(tasks, key=lambda task: task.position):  # what a task depends on comes before it
        if again & {*task.depends_on}:
            again.add(task.position)
    return again


def _taken_over(task: Task, goal: Goal, start: int, rerun: set[int]) -> Task:
    done = task.state == Task.State.COMPLETED and task.position not in rerun
    return Task(
        account_id=task.account_id, goal=goal, position=task.position - start, name=task.name,
        actuator=task.actuator, params=task.params, depends_on=[position - start for position in task.depends_on],
        timeout_ms=task.timeout_ms, verify=task.verify,
        state=Task.State.COMPLETED if done else Task.State.WAITING, finished_at=task.finished_at if done else None,
    )  # fmt: skip


def cancel_goal(goal_id: Any, *, actor: str, reason: str = "") -> Goal:
    """End an open goal; its running tasks are killed. Cancelling twice is fine; a finished goal is a Conflict.

    Why, in the canceller's own words, stays with the goal and is told with its end.
    """
    beat = loop.open_tick()
    goal = Goal.objects.get(pk=goal_id)
    if goal.state == Goal.State.CANCELLED:
        return goal
    if goal.is_finished:
        raise Conflict(f"This goal is {goal.state} already.", state=goal.state)
    beat.goals[goal.pk] = goal
    loop.finish(beat, goal, Goal.State.CANCELLED, "cancelled", telling.cancelled(reason), actor=actor)
    for step in (loop.select, loop.execute, loop.learn, loop.persist):
        step(beat)
    beat.writes.run()
    return goal


def cancel_open_goals(*, actor: str) -> int:
    """End every open goal of the active account, before it is kept out; answers how many."""
    opened = list(Goal.objects.filter(state__in=Goal.OPEN).order_by("created_at").values_list("pk", flat=True))
    for goal_id in opened:
        cancel_goal(goal_id, actor=actor)
    return len(opened)


def _admit(plan: Plan, stated: Goal | None = None) -> loop.Tick:
    """Count one more goal, keep the plan's pause between goals (E-R3, E-R9), and open the tick that begins it.

    With the task trees that may know what is stated.
    """
    shape = shape_of(stated.description, stated.semantic_path) if stated else None
    batch = Batch()
    loop.lock(batch, maybe_new=True)  # before it counts (goals.counting); and two cannot both find the pause over
    before = _pause_kept(batch, plan)
    consume_in(batch, Metric.GOALS, plan)
    add_work(batch)
    if shape:
        add_trees(batch, shape)
    _, executor, counted, work, *known = [*before, *batch.run()]
    used(Metric.GOALS, plan, counted)
    beat = loop.opened(executor[0], plan)
    active, more = work[0]
    beat.work = (active, more)
    if stated and shape:
        beat.trees[stated.pk] = (shape, loaded(known[0]))
    return beat


def _pause_kept(batch: Batch, plan: Plan) -> list[list[Sequence[Any]]]:
    """TooSoon inside the plan's pause. Of a plan that has one the answers of `batch` so far: it is sent first."""
    pause = plan.goal_cooldown_seconds
    if not pause:
        return []
    answers = batch.run()
    now = timezone.now()
    begun = Goal.objects.filter(kind=Goal.Kind.GOAL, counted=True, created_at__gt=now - timedelta(seconds=pause))
    last = begun.order_by("-created_at").first()
    left = pause - (now - last.created_at).total_seconds() if last else 0
    if left > 0:
        raise TooSoon(
            f"{plan.name} pauses {pause} s between goals.",
            retry_after=math.ceil(left),
            limit="goal_cooldown_seconds",
        )
    return answers


def _start(goal: Goal, beat: loop.Tick) -> Goal:
    goal.wake_at = timezone.now()
    more = {"retryOf": str(goal.retry_of_id)} if goal.retry_of_id else {}
    return _go(goal, beat, telling.created(goal, actor=goal.created_by, **more))


def _go(goal: Goal, beat: loop.Tick, created: Event) -> Goal:
    if settings.FAST_LANE:
        loop.begin(beat, goal, created)
        return goal
    loop.write_goal(beat.writes, goal)
    publish_in(beat.writes, created)
    beat.writes.run()
    enqueue("goals.tasks.tick", goal.account_id)
    return goal
