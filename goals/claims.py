"""What runners do with tasks: claim, keep the lease, hand in the result. A stale epoch's writes are refused."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts.vault import STAMP_OF
from events.actions import event, publish, publish_in, take_turn
from executor_one.kit import notices, tenancy
from executor_one.kit.batch import Batch, columns, load, width
from executor_one.kit.errors import Conflict
from executor_one.kit.queue import enqueue
from goals import loop, telling
from goals.models import Attempt, Goal, Task
from goals.queries import add_work
from goals.selfcorrection import tried_as
from goals.telling import News

BEGAN = News(started=True)  # what is to be told of a try of which nothing was

# First released, first claimed. SELECT releases at most the plan's parallel tasks of each account, so one tenant's
# backlog never stands before another's tasks here. MATERIALIZED, because a join may run a sub-select more than once,
# and each time it would lock further tasks.
CLAIM = f"""
    WITH free AS MATERIALIZED (SELECT id FROM goals_task WHERE state = 'released' ORDER BY released_at
                               LIMIT $3 FOR UPDATE SKIP LOCKED)
    UPDATE goals_task task SET state = 'running', runner = $1, epoch = task.epoch + 1,
           started_at = clock_timestamp(),
           lease_until = now() + $2 * interval '1 second'
    FROM free, accounts_account account
    WHERE task.id = free.id AND account.id = task.account_id
    RETURNING task.id, task.account_id, task.goal_id, task.epoch,
              coalesce(task.next_try->>'actuator', task.actuator), coalesce(task.next_try->'params', task.params),
              task.timeout_ms, account.workspace, account.number, task.name, task.started_at, account.egress_hosts,
              coalesce({STAMP_OF.format("account.id")}, ''), task.verify"""  # noqa: S608 - names of ours

# A claim that left something released wakes whoever else has room.
RELEASED_STILL = """
    SELECT pg_notify($1, '') WHERE EXISTS (SELECT FROM goals_task WHERE state = 'released')"""
PATIENCE = "SELECT set_config('lock_timeout', '1000', true)"  # leases are to be renewed by the same few threads
RUNNING_STILL = """
    SELECT id, epoch FROM goals_task WHERE account_id = $1 AND id = ANY($2) AND runner = $3 AND state = 'running'"""
# How far a try was told: its streams, and a row without one for task.started. It has not been told much since.
TOLD_SO_FAR = """
    SELECT data->>'stream', max((data->>'offset')::int + length(data->>'text'))
    FROM (SELECT type, data FROM events_event WHERE account_id = $1 ORDER BY id DESC LIMIT 5000) lately
    WHERE type IN ('task.started', 'task.output') AND data->>'task' = $2 AND data->>'attempt' = $3 GROUP BY 1"""
LEASED = f"""
    SELECT {columns(Task, "task")}, {columns(Goal, "goal")}
    FROM goals_task task JOIN goals_goal goal ON goal.id = task.goal_id
    WHERE task.account_id = $1 AND task.id = $2 AND task.runner = $3 AND task.epoch = $4 AND task.state = 'running'
    FOR UPDATE OF task"""  # noqa: S608 - names of ours

RENEW = """
    UPDATE goals_task task SET lease_until = now() + %s * interval '1 second' FROM accounts_account account
    WHERE account.id = task.account_id AND task.runner = %s AND task.state = 'running' AND task.id = ANY(%s)
    RETURNING task.id, task.epoch, account.egress_hosts"""
POSTPONE = """
    UPDATE goals_goal SET wake_at = least(now() + %s * interval '1 second', coalesce(deadline, 'infinity'))
    WHERE state = 'executing' AND id IN
        (SELECT goal_id FROM goals_task WHERE runner = %s AND state = 'running' AND id = ANY(%s))"""

# The tasks of a runner that stops: lost now instead of when their leases run out.
ABANDON = """
    WITH dropped AS (UPDATE goals_task SET lease_until = now() - interval '1 second'
                     WHERE runner = %s AND state = 'running' AND (%s::uuid IS NULL OR id = %s) RETURNING goal_id)
    UPDATE goals_goal SET wake_at = now() WHERE state = 'executing' AND id IN (SELECT goal_id FROM dropped)"""


@dataclass(frozen=True)
class Lease:
    """A claimed task, as plain values. As of the claim, `egress_hosts`: what its account's commands may reach;
    `vault`: another text whenever anything that its account's vault holds is another, empty where it holds nothing.
    """

    task_id: UUID
    account_id: str
    goal_id: UUID
    epoch: int
    actuator: str
    params: dict[str, Any]
    timeout_ms: int
    workspace: str
    account_number: int
    name: str
    started_at: datetime
    egress_hosts: Sequence[str] = ()
    vault: str = ""
    verify: dict[str, Any] | None = None


@dataclass(frozen=True)
class Result:
    """What came of one try."""

    outcome: Attempt.Outcome
    exit_code: int | None = None
    stdout: str = ""
    stderr: str = ""
    stdout_truncated: bool = False
    stderr_truncated: bool = False
    error_code: str = ""
    error: str = ""
    duration_ms: int = 0
    data: Mapping[str, Any] | None = None


def claim(runner: UUID, room: int) -> list[Lease]:
    """Lease up to `room` released tasks, of whichever accounts."""
    batch = Batch()
    batch.sql(CLAIM, runner, loop.LEASE_SECONDS, room)
    return _leases(batch.run_as(tenancy.ALL)[0])


def _leases(rows: list[Any]) -> list[Lease]:
    return [_lease(row) for row in rows]


def _lease(row: Any) -> Lease:
    params, verify = row[5], row[-1]
    values = [*row[:5], _json(params), *row[6:-1], _json(verify) if verify else None]
    return Lease(*values)


def _json(value: Any) -> dict[str, Any]:
    return dict(json.loads(value)) if isinstance(value, str) else dict(value)


def renew(runner: UUID, tasks: Collection[UUID]) -> dict[tuple[UUID, int], list[str]]:
    """Keep the leases of the tasks that this runner works on; answers (task, epoch) of those it still holds.

    With each the hosts that its account's commands may reach by now.
    Only those: a claim whose answer was lost with the connection is nobody's work, and its lease must run out.
    """
    with tenancy.all_accounts(reason="a runner serves every account"), connection.cursor() as cursor:
        cursor.execute(RENEW, [loop.LEASE_SECONDS, runner, list(tasks)])
        held = {(row[0], row[1]): list(row[2]) for row in cursor.fetchall()}
        if held:
            cursor.execute(POSTPONE, [loop.LEASE_SECONDS + 5, runner, list(tasks)])
    return held


def abandon(runner: UUID, task_id: UUID | None = None) -> None:
    """Say that this runner works on nothing any more, or not on this task: that try is lost, the next tick sees it."""
    with tenancy.all_accounts(reason="a runner serves every account"), connection.cursor() as cursor:
        cursor.execute(ABANDON, [runner, task_id, task_id])


def release(task: Task, *, actor: str) -> None:
    """Take a running task of the active account from whoever holds it: staff's way out of a try that hangs.

    The lease passes to nobody and is over, so its runner can neither renew it nor hand anything in, and the next tick
    counts the try as lost. Conflict when nobody holds it any more.
    """
    loop.open_tick()  # the executor's row is locked before the task's, as everywhere
    now = timezone.now()
    taken = Task.objects.filter(pk=task.pk, state=Task.State.RUNNING, epoch=task.epoch)
    if not taken.update(runner=uuid4(), lease_until=now):
        raise Conflict("Nobody holds it any more.")
    Goal.objects.filter(pk=task.goal_id, state=Goal.State.EXECUTING).update(wake_at=now)
    enqueue("goals.tasks.tick", task.account_id)
    about = {"goal": str(task.goal_id), "task": str(task.pk), "attempt": task.epoch}
    publish(event("task.lease_released", about, actor=actor))


def tell_running(account_id: str, runner: UUID, news: Sequence[tuple[Lease, News]]) -> set[tuple[UUID, int]]:
    """Tell what an account's running tasks have printed; answers the (task, epoch) of which it was told.

    Of what this runner holds no more nothing is told: its turn in the stream is taken before it looks, so a try's end
    is either seen here or told after this.
    """
    with transaction.atomic(), tenancy.entering(account_id):
        batch = Batch()
        batch.sql(PATIENCE)
        take_turn(batch)
        batch.sql(RUNNING_STILL, account_id, [lease.task_id for lease, _ in news], runner)
        held = {(row[0], row[1]) for row in batch.run_as(account_id)[-1]}
        for lease, one in news:
            if (lease.task_id, lease.epoch) in held:
                publish_in(batch, *telling.printed(lease, one))
        batch.run(commit=True)
    return held


def told_so_far(lease: Lease) -> dict[str | None, int]:
    """How many characters of each stream of a try were told, and None if it was that it began.

    For a runner that lost its connection while it told.
    """
    batch = Batch()
    batch.sql(TOLD_SO_FAR, lease.account_id, str(lease.task_id), str(lease.epoch))
    return {row[0]: row[1] or 0 for row in batch.run_as(lease.account_id)[0]}


def record_cancelled(lease: Lease, result: Result, news: News = BEGAN, *, runner: UUID | None = None) -> None:
    """Keep and tell what a try had printed that was killed because its goal ended. The goal is final and stays."""
    now = timezone.now()
    with tenancy.account_scope(lease.account_id):
        task = Task.objects.filter(pk=lease.task_id, epoch=lease.epoch, state=Task.State.CANCELLED).first()
        if task:
            ran = round((now - task.started_at).total_seconds() * 1000) if task.started_at else 0
            Attempt.objects.create(
                account_id=lease.account_id, task=task, number=lease.epoch, runner=runner, started_at=task.started_at,
                finished_at=now, **{**vars(result), "duration_ms": result.duration_ms or ran}, **tried_as(task),
            )  # fmt: skip
            told = {"goal": str(lease.goal_id), "task": str(lease.task_id), "attempt": lease.epoch}
            # That it began is not told any more: its goal's end was.
            publish(*telling.printed(lease, replace(news, started=False)), event("task.cancelled", told))


def hand_in(lease: Lease, runner: UUID, result: Result) -> bool:
    """Write the result of a try, once. False: the lease was lost or the goal ended, and nothing was written."""
    return hand_in_and_claim(lease, runner, result, room=0)[0]


def hand_in_and_claim(
    lease: Lease, runner: UUID, result: Result, *, room: int, news: News = BEGAN
) -> tuple[bool, list[Lease]]:
    """Hand in a result and lease up to `room` tasks in the same commit: what it unblocked runs without a detour.

    `news`: what was not told of the try yet; it is told before its end is.
    """
    with transaction.atomic(), tenancy.entering(lease.account_id):
        # The executor's row is locked before the task's, as everywhere: no two holders can wait for each other.
        reading = Batch()
        loop.lock(reading)
        add_work(reading)
        reading.sql(LEASED, lease.account_id, lease.task_id, runner, lease.epoch)
        (executor,), ((active, more),), leased = reading.run_as(lease.account_id)
        if not leased:
            return False, []
        task = load(Task, leased[0][: width(Task)])
        task.goal = load(Goal, leased[0][width(Task) :])
        beat = loop.opened(executor)
        if not more and task.goal.tasks_completed + 1 == task.goal.tasks_total:  # nor does this result unblock any
            beat.work = (active - 1, False)
        attempt = Attempt(
            account_id=lease.account_id, task=task, number=lease.epoch, runner=runner, started_at=task.started_at,
            finished_at=beat.now, **vars(result), **tried_as(task),
        )  # fmt: skip
        beat.writes.insert(attempt)
        task.state, task.runner, task.lease_until = Task.State.ENDED, None, None
        beat.events += telling.printed(lease, news)
        if settings.FAST_LANE:
            loop.conclude(beat, task, attempt)
        else:
            beat.writes.update(task, "state", "runner", "lease_until")
            publish_in(beat.writes, *beat.events)
            enqueue("goals.tasks.tick", lease.account_id)
        return True, _write_and_claim(beat, runner, room)


def _write_and_claim(beat: loop.Tick, runner: UUID, room: int) -> list[Lease]:
    if room <= 0:
        beat.writes.defer()
        return []
    beat.writes.sql(tenancy.TELL, tenancy.ALL, "")  # a runner serves every account
    beat.writes.sql(CLAIM, runner, loop.LEASE_SECONDS, room)
    beat.writes.sql(RELEASED_STILL, notices.TASK_RELEASED)
    return _leases(beat.writes.run(commit=True)[-2])
