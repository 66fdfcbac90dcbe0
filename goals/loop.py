"""The loop: SENSE, ASSESS, PLAN, SELECT, EXECUTE, VERIFY, LEARN, PERSIST (E-R16).

`tick()` runs all eight for one account and is idempotent: a lost, doubled or late tick is harmless. The fast lane runs
a part of them where news arrives (`begin()` on submit, `conclude()` when a task ends); with it switched off everything
still completes, on the heartbeat. Whoever runs a step holds the account's ExecutorState row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from billing.models import Plan
from events.actions import EXECUTOR, event, gathered, publish_in
from events.models import Event
from executor_one.kit import notices, tenancy
from executor_one.kit.batch import Batch, columns, load, width
from executor_one.kit.queue import enqueue
from goals import asking, formulas, planning, telling
from goals.counting import give_back
from goals.crystallized import crystallized_steps, may_replan, remember, replan
from goals.faults import MESSAGES, REPLANNED
from goals.lessons import keep_lesson
from goals.models import Attempt, ExecutorState, Goal, Task
from goals.queries import runnable_tasks, work_of
from goals.sampling import add_sample
from goals.scoring import deadline_rank, rank, score
from goals.selfcorrection import correct, last_words, said, tried_as
from memory.actions import collect_garbage, garbage_is_due
from memory.learned import tally_in
from memory.models import Tally, TaskTree
from memory.trees import Shape

LEASE_SECONDS = 10
LATE = "The deadline passed before the goal was done."
MAX_LOST = 3  # a task whose runner was lost this often fails
RECHECK_SECONDS = 15
KILL_SECONDS = 1  # in which runners stop the tasks of a plan that another one replaces
BATCH = 100  # goals of one account that one tick looks at
TIMEOUT_MS = 300_000  # of a task, when nothing else is said

LOCK = f"""
    SELECT {columns(ExecutorState, "state")}, {columns(Plan, "plan")}
    FROM goals_executorstate state JOIN billing_subscription paid ON paid.account_id = state.account_id
    JOIN billing_plan plan ON plan.code = paid.plan_id
    WHERE state.account_id = $1 FOR NO KEY UPDATE OF state"""  # noqa: S608 - names of ours
MAKE = """
    INSERT INTO goals_executorstate
        (account_id, tick_count, succeeded, failed, fatigue, busy_share, assessed_at)
    SELECT $1::varchar, 0, 0, 0, 0, 0, $2 WHERE NOT EXISTS (SELECT FROM goals_executorstate WHERE account_id = $1)
    ON CONFLICT (account_id) DO NOTHING"""
SKIP_THE_REST = """
    UPDATE goals_task SET finished_at = $2, retry_at = NULL,
        state = CASE WHEN state = 'delayed' AND $1 = 'skipped' THEN 'failed' ELSE $1 END
    WHERE account_id = $3 AND goal_id = $4 AND state IN ('waiting', 'delayed')"""
STOP_THE_REST = """
    UPDATE goals_task SET state = 'cancelled', finished_at = $1, runner = NULL, lease_until = NULL, error = $4
    WHERE account_id = $2 AND goal_id = $3 AND state IN ('released', 'running', 'ended')"""
UNBLOCK = """
    UPDATE goals_task SET needs_left = needs_left - 1
    WHERE account_id = $1 AND goal_id = $2 AND state = 'waiting' AND $3 = ANY(depends_on)"""
LOOP_WRITES = (
    "state", "planner", "tasks_total", "started_at", "tasks_completed", "error_code", "error", "finished_at", "wake_at",
    "fixes_applied", "fixes_worked", "task_tree", "planned_from", "counted",
)  # fmt: skip
OPEN_STILL = "state IN ('pending', 'planning', 'executing')"


@dataclass
class Tick:
    """What the steps hand on to each other. `writes` is what they change, sent by whoever opened the tick."""

    state: ExecutorState
    plan: Plan
    now: datetime
    trees: dict[object, tuple[Shape, list[TaskTree]]] = field(default_factory=dict)  # of goals, where they were read
    work: tuple[int, bool] | None = None  # goals.queries.WORK, where it was read already and still holds
    goals: dict[object, Goal] = field(default_factory=dict)
    planned: list[Task] = field(default_factory=list)  # not written yet
    chosen: list[Task] = field(default_factory=list)
    ended: list[Task] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    last_attempts: dict[object, Attempt] = field(default_factory=dict)
    finished: list[Goal] = field(default_factory=list)
    told: dict[object, str] = field(
        default_factory=dict
    )  # of goals whose error quotes a command: what their events say
    wakes: dict[object, datetime] = field(default_factory=dict)  # of goals that want another time than the usual one
    writes: Batch = field(default_factory=Batch)

    def tell(self, type: str, **data: object) -> None:
        """Say what happened: numbers stay numbers, ids become strings."""
        self.events.append(event(type, {name: _plain(value) for name, value in data.items()}))


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, str | int | float) else str(value)


def open_tick(plan: Plan | None = None) -> Tick:
    """Lock the active account's executor; the lock ends with the transaction."""
    batch = Batch()
    lock(batch)
    (found,) = batch.run()
    if not found:  # the account's first goal
        lock(batch, maybe_new=True)
        found = batch.run()[-1]
    return opened(found[0], plan)


def lock(batch: Batch, *, maybe_new: bool = False) -> None:
    """Add the statement that locks the account's executor; `opened` takes its row. `maybe_new`: make it if need be."""
    account = tenancy.active_account_id()
    if maybe_new:
        batch.sql(MAKE, account, timezone.now())
    batch.sql(LOCK, account)


def opened(row: Any, plan: Plan | None = None) -> Tick:
    """The tick of a locked executor, on the account's plan unless another one is given."""
    size = width(ExecutorState)
    return Tick(state=load(ExecutorState, row[:size]), plan=plan or load(Plan, row[size:]), now=timezone.now())


def tick(account_id: str) -> None:
    """One beat of one account's executor."""
    with tenancy.account_scope(account_id):
        beat = open_tick()
        for step in (sense, assess, plan, select, execute, verify, learn, persist):
            step(beat)
        beat.writes.run()
        if beat.ended:  # what they unblocked is for the next beat, because SELECT came before VERIFY
            enqueue("goals.tasks.tick", account_id)


def begin(beat: Tick, goal: Goal, *happened: Event) -> None:
    """The fast lane on submit: plan and release what needs no model, in the submitter's transaction.

    The goal is not written yet: PERSIST inserts it and its tasks as they are after these steps.
    """
    beat.goals[goal.pk] = goal
    beat.events += happened
    for step in (plan, select, execute, learn, persist):
        step(beat)
    beat.writes.defer()


def conclude(beat: Tick, task: Task, last: Attempt) -> None:
    """The fast lane on completion: verify the ended task and release what it unblocks, in the runner's transaction.

    The caller runs `beat.writes`: it has more to write.
    """
    beat.goals[task.goal_id] = task.goal
    beat.ended, beat.last_attempts[task.pk] = [task], last
    for step in (verify, select, execute, learn, persist):
        step(beat)


def sense(beat: Tick) -> None:
    """SENSE: the open goals that are due, the tasks that ended, the waits and the leases that ran out."""
    due = Goal.objects.filter(state__in=Goal.OPEN, wake_at__lte=beat.now).order_by("wake_at")[:BATCH]
    beat.goals = {goal.pk: goal for goal in due}
    unheard = Task.objects.filter(state=Task.State.ENDED).select_related("goal")
    beat.goals |= {task.goal_id: task.goal for task in unheard}
    Task.objects.filter(state=Task.State.DELAYED, retry_at__lte=beat.now).update(
        state=Task.State.WAITING, retry_at=None
    )
    for lost in Task.objects.filter(state=Task.State.RUNNING, lease_until__lt=beat.now):
        _lose(beat, lost)
    beat.ended = list(Task.objects.filter(state=Task.State.ENDED))


def _lose(beat: Tick, task: Task) -> None:
    """Its runner or its sandbox is gone: that try counts as lost, and the task may be claimed again."""
    Attempt.objects.create(
        account_id=task.account_id, task=task, number=task.epoch, outcome=Attempt.Outcome.LOST, runner=task.runner,
        error_code="runner_lost", error=MESSAGES["runner_lost"],
        started_at=task.started_at, finished_at=beat.now, **tried_as(task),
    )  # fmt: skip
    lost = task.attempts.filter(outcome=Attempt.Outcome.LOST).count()
    state = Task.State.ENDED if lost >= MAX_LOST else Task.State.WAITING
    Task.objects.filter(pk=task.pk).update(state=state, runner=None, lease_until=None, released_at=None)
    beat.tell("task.lost", task=task.pk, goal=task.goal_id, attempt=task.epoch)


def assess(beat: Tick) -> None:
    """ASSESS: what is past its deadline fails now."""
    for goal in list(beat.goals.values()):
        if goal.deadline and goal.deadline <= beat.now:
            beat.told[goal.pk] = LATE
            finish(beat, goal, Goal.State.FAILED, "deadline_exceeded", LATE + last_words(goal))


def plan(beat: Tick) -> None:
    """PLAN: turn each new goal into tasks, or fail it with words that say what to do."""
    for goal in list(beat.goals.values()):
        if goal.state not in (Goal.State.PENDING, Goal.State.PLANNING):
            continue
        goal.state, goal.started_at = Goal.State.PLANNING, goal.started_at or beat.now
        if steps := crystallized_steps(beat, goal):
            take_on(beat, goal, steps)
        elif not asking.waits_for_model(beat, goal):
            plan_here(beat, goal)


def plan_here(beat: Tick, goal: Goal) -> None:
    """Plan a goal with what needs no model."""
    try:
        steps = direct_steps(goal) or planned_steps(goal)
    except planning.CannotPlan as reason:
        finish(beat, goal, Goal.State.FAILED, "cannot_plan", str(reason))
        give_back(beat, goal)
    else:
        take_on(beat, goal, steps)


def take_on(beat: Tick, goal: Goal, steps: list[Task]) -> None:
    """Give a goal the tasks that a planner found: it is planned."""
    place(goal, steps)
    goal.tasks_total, goal.state = goal.tasks_completed + len(steps), Goal.State.EXECUTING
    beat.planned += steps
    beat.tell("goal.planned", goal=goal.pk, tasks=len(steps), planner=goal.planner)


def planned_steps(goal: Goal) -> list[Task]:
    """The tasks that the planner finds for a goal; CannotPlan when it finds none."""
    return steps_of(goal, planning.plan(goal.description, goal.semantic_path))


def steps_of(goal: Goal, tree: planning.TaskPlan) -> list[Task]:
    """The tasks of a plan, not written yet; the goal says which planner made it."""
    goal.planner = tree.source
    return [
        Task(
            account_id=goal.account_id, goal=goal, position=position, name=step.name[:200], actuator=step.actuator,
            params=dict(step.params), depends_on=list(step.depends_on), timeout_ms=step.timeout_ms or TIMEOUT_MS,
            verify=dict(step.verify) if step.verify else None,
        )
        for position, step in enumerate(tree.tasks)
    ]  # fmt: skip


def direct_steps(goal: Goal) -> list[Task]:
    """The one task of POST /api/execute: it bypasses the planner (E16)."""
    if goal.kind != Goal.Kind.DIRECT:
        return []
    goal.planner = "direct"
    action = goal.semantic_path[0]
    return [
        Task(
            account_id=goal.account_id, goal=goal, position=0, name=goal.description[:200], actuator=action["type"],
            params=action["params"], timeout_ms=action["timeoutMs"], verify=action.get("verify"),
        )
    ]  # fmt: skip


def place(goal: Goal, tasks: list[Task]) -> None:
    """Give each task of a goal its place among the waiting ones, and how many others it waits for."""
    done = {task.position for task in tasks if task.state == Task.State.COMPLETED}
    for task in tasks:
        dependents = sum(task.position in other.depends_on for other in tasks)
        task.needs_left = len(set(task.depends_on) - done)
        task.rank = rank(priority=goal.priority, created=goal.created_at.timestamp(), dependents=dependents)
        task.deadline_rank = deadline_rank(task.rank, goal.deadline.timestamp()) if goal.deadline else None
    for task in tasks if goal.planned_from else ():
        task.position += goal.planned_from
        task.depends_on = [position + goal.planned_from for position in task.depends_on]


def select(beat: Tick) -> None:
    """SELECT: the best tasks that can run now, as many as the plan has room for."""
    active, more = beat.work or work_of(beat.writes)
    room = beat.plan.parallel_tasks - active
    beat.state.busy_share = min(1.0, active / beat.plan.parallel_tasks)
    if room <= 0:
        return
    planned = [task for task in beat.planned if not task.needs_left]
    runnable = [*planned, *(runnable_tasks(room) if more else [])]
    for task in runnable:
        task.score = score(task.rank, task.deadline_rank, beat.now.timestamp())
    runnable.sort(key=lambda task: (-task.score, task.pk))  # ids are time-ordered
    beat.chosen = runnable[:room]


def execute(beat: Tick) -> None:
    """EXECUTE: release the chosen tasks to the runners. Nothing runs here."""
    for task in beat.chosen:
        task.state, task.released_at = Task.State.RELEASED, beat.now
        if not task._state.adding:
            beat.writes.update(task, "state", "released_at", "score")
    if beat.chosen:
        beat.writes.sql(notices.NOTIFY, notices.TASK_RELEASED, "")
        beat.state.busy_share = min(1.0, beat.state.busy_share + len(beat.chosen) / beat.plan.parallel_tasks)


def verify(beat: Tick) -> None:
    """VERIFY: a task is completed when its last try succeeded; a goal when all its tasks are.

    A task that failed is tried again as long as self-correction knows how.
    """
    with gathered(beat.events):
        for task in beat.ended:
            goal = beat.goals.get(task.goal_id) or Goal.objects.get(pk=task.goal_id)
            beat.goals[goal.pk] = goal
            last = beat.last_attempts.get(task.pk) or task.attempts.order_by("-number").first()
            if goal.state == Goal.State.EXECUTING and last and _is_verified(beat, task, goal, last):
                _go_on(beat, task, goal)


def _go_on(beat: Tick, task: Task, goal: Goal) -> None:
    """A task of the goal is completed."""
    goal.tasks_completed += 1
    if goal.tasks_completed >= goal.tasks_total:
        finish(beat, goal, Goal.State.COMPLETED)
    else:
        beat.writes.sql(UNBLOCK, goal.account_id, goal.pk, task.position)
        beat.tell("goal.progress", **telling.progress(goal))


def _is_verified(beat: Tick, task: Task, goal: Goal, last: Attempt) -> bool:
    """Whether the task is completed. If not it is tried again, or its goal is planned anew, or its goal fails."""
    ok = last.outcome == Attempt.Outcome.SUCCEEDED
    again = not ok and may_replan(beat, goal, planned_steps)
    if (task.next_try or not ok) and correct(beat, task, goal, last, doubted=again):
        return False
    task.state = Task.State.COMPLETED if ok else Task.State.FAILED
    task.finished_at, task.error, task.runner, task.lease_until = beat.now, last.error, None, None
    beat.writes.update(task, "state", "finished_at", "error", "runner", "lease_until")
    if last.error_code in telling.OURS:
        told = {"code": last.error_code, "message": telling.message(last.error)}
        beat.tell("executor.error", goal=goal.pk, task=task.pk, **told)
    beat.tell("task.completed" if ok else "task.failed", **telling.ended(task, last))
    if again:
        replan(beat, goal)
        _begin_anew(beat, task, goal)
    elif not ok:
        why = said(task, goal, last)
        beat.told[goal.pk] = f"{telling.called(task.name, task.actuator, task.params)}: {why}"
        finish(beat, goal, Goal.State.FAILED, last.error_code or "task_failed", f"{task.name}: {why}")
    return ok


def _begin_anew(beat: Tick, task: Task, goal: Goal) -> None:
    """Stop what is left of a goal's plan; it is planned again, after a moment where something has to be killed."""
    running = Task.objects.filter(goal=goal, state=Task.State.RUNNING).exclude(pk=task.pk).values_list("pk", flat=True)
    for pk in running:  # by the task, because a notice about the goal could reach a task of its next plan
        beat.writes.sql(notices.NOTIFY, notices.TASK_CANCELLED, str(pk))
    _end_tasks(beat, goal, Task.State.SKIPPED, REPLANNED)
    beat.tell("goal.replanned", goal=goal.pk, task=task.pk)
    beat.wakes[goal.pk] = beat.now + timedelta(seconds=KILL_SECONDS if running else 0)
    if not running:
        enqueue("goals.tasks.tick", goal.account_id)


def finish(
    beat: Tick, goal: Goal, state: Goal.State, code: str = "", reason: str = "", *, actor: str = EXECUTOR
) -> None:
    """End a goal for good: its open tasks end with it, and running ones are killed. `actor`: who ends it."""
    if goal.is_finished:
        return
    assert state in Goal.TRANSITIONS[Goal.State(goal.state)], (goal.state, state)
    goal.state, goal.error_code, goal.error, goal.finished_at, goal.wake_at = (
        state,
        code,
        reason,
        beat.now,
        None,
    )
    beat.planned = [task for task in beat.planned if task.goal_id != goal.pk]
    if state != Goal.State.COMPLETED and not goal._state.adding:
        left = Task.State.CANCELLED if state == Goal.State.CANCELLED else Task.State.SKIPPED
        _end_tasks(beat, goal, left, reason)
        beat.writes.sql(notices.NOTIFY, notices.TASK_CANCELLED, str(goal.pk))
    beat.finished.append(goal)
    about = {"goal": str(goal.pk), **telling.why(goal, beat.told.get(goal.pk, ""))}
    beat.events.append(event(f"goal.{state.value}", about, actor=actor))
    beat.writes.sql(notices.NOTIFY, notices.GOAL_ENDED, str(goal.pk))


def _end_tasks(beat: Tick, goal: Goal, left: Task.State, reason: str) -> None:
    """End the open tasks of a goal; a runner stops those it works on when it renews their leases."""
    beat.writes.sql(SKIP_THE_REST, left, beat.now, goal.account_id, goal.pk)
    beat.writes.sql(STOP_THE_REST, beat.now, goal.account_id, goal.pk, reason)


def learn(beat: Tick) -> None:
    """LEARN: what an ended goal says of the executor, its task tree and its corrections; and what need not be kept."""
    with gathered(beat.events):
        for goal in beat.finished:
            beat.state.succeeded += goal.state == Goal.State.COMPLETED
            beat.state.failed += goal.state == Goal.State.FAILED
            tally_in(beat.writes, tally_of(goal))
            remember(beat, goal)
            keep_lesson(goal)
        if garbage_is_due(beat.state.assessed_at, beat.now):
            collect_garbage()


def tally_of(goal: Goal) -> Tally:
    """What an ended goal adds to the learning registry."""
    done = goal.state == Goal.State.COMPLETED
    began, ended = goal.started_at or goal.created_at, goal.finished_at or goal.created_at
    return Tally(
        account_id=goal.account_id, kind=goal.kind, planner=goal.planner, succeeded=int(done),
        failed=int(goal.state == Goal.State.FAILED), cancelled=int(goal.state == Goal.State.CANCELLED),
        duration_ms=round((ended - began).total_seconds() * 1000) if done else 0,
        fixes_applied=goal.fixes_applied, fixes_worked=goal.fixes_worked,
    )  # fmt: skip


def persist(beat: Tick) -> None:
    """PERSIST: write the state, each goal's next wake-up, and, last of all, what happened (events.actions)."""
    state = beat.state
    before, fatigue_before = state.assessed_at, state.fatigue
    seconds = (beat.now - before).total_seconds()
    state.fatigue, state.assessed_at = formulas.fatigue(fatigue_before, state.busy_share, seconds), beat.now
    state.tick_count += 1
    beat.writes.update(state, "tick_count", "succeeded", "failed", "fatigue", "busy_share", "assessed_at")
    for goal in beat.goals.values():
        if not goal.is_finished:
            usual = asking.patience() if goal.state == Goal.State.PLANNING else RECHECK_SECONDS
            wake = beat.wakes.get(goal.pk) or beat.now + timedelta(seconds=usual)
            goal.wake_at = min(wake, goal.deadline) if goal.deadline else wake
        write_goal(beat.writes, goal)
    beat.writes.insert(*beat.planned)
    add_sample(beat.writes, state, before, fatigue_before)
    publish_in(beat.writes, *beat.events)


def write_goal(batch: Batch, goal: Goal) -> None:
    """Insert a new goal, or write what the loop changed of an open one: an end that another wrote is final."""
    if goal._state.adding:
        batch.insert(goal)
    else:
        batch.update(goal, *LOOP_WRITES, where=OPEN_STILL)
