"""What runners do with tasks: claim, keep the lease, hand in the result. A stale epoch's writes are refused."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone

from executor_one.kit import tenancy
from executor_one.kit.queue import enqueue
from goals import loop
from goals.models import Attempt, Task

# First released, first claimed. SELECT releases at most the plan's parallel tasks of each account, so one tenant's
# backlog never stands before another's tasks here.
CLAIM = """
    UPDATE goals_task task SET state = 'running', runner = %s, epoch = task.epoch + 1, started_at = now(),
           lease_until = now() + %s * interval '1 second'
    FROM (SELECT id FROM goals_task WHERE state = 'released' ORDER BY released_at
          LIMIT %s FOR UPDATE SKIP LOCKED) free, accounts_account account
    WHERE task.id = free.id AND account.id = task.account_id
    RETURNING task.id, task.account_id, task.goal_id, task.epoch, task.actuator, task.params, task.timeout_ms,
              account.workspace, account.number"""

RENEW = """
    UPDATE goals_task SET lease_until = now() + %s * interval '1 second'
    WHERE runner = %s AND state = 'running' AND id = ANY(%s) RETURNING id, epoch"""
POSTPONE = """
    UPDATE goals_goal SET wake_at = least(now() + %s * interval '1 second', coalesce(deadline, 'infinity'))
    WHERE state = 'executing' AND id IN
        (SELECT goal_id FROM goals_task WHERE runner = %s AND state = 'running' AND id = ANY(%s))"""


@dataclass(frozen=True)
class Lease:
    """A claimed task, as plain values."""

    task_id: UUID
    account_id: str
    goal_id: UUID
    epoch: int
    actuator: str
    params: dict[str, Any]
    timeout_ms: int
    workspace: str
    account_number: int


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


def claim(runner: UUID, room: int) -> list[Lease]:
    """Lease up to `room` released tasks, of whichever accounts."""
    with (
        tenancy.all_accounts(reason="a runner serves every account"),
        connection.cursor() as cursor,
    ):
        cursor.execute(CLAIM, [runner, loop.LEASE_SECONDS, room])
        columns = cursor.fetchall()
    return [Lease(row[0], row[1], row[2], row[3], row[4], _json(row[5]), *row[6:]) for row in columns]


def _json(value: Any) -> dict[str, Any]:
    return dict(json.loads(value)) if isinstance(value, str) else dict(value)


def renew(runner: UUID, tasks: Collection[UUID]) -> set[tuple[UUID, int]]:
    """Keep the leases of the tasks that this runner works on; answers (task, epoch) of those it still holds.

    Only those: a claim whose answer was lost with the connection is nobody's work, and its lease must run out.
    """
    with tenancy.all_accounts(reason="a runner serves every account"), connection.cursor() as cursor:
        cursor.execute(RENEW, [loop.LEASE_SECONDS, runner, list(tasks)])
        held = {(row[0], row[1]) for row in cursor.fetchall()}
        if held:
            cursor.execute(POSTPONE, [loop.LEASE_SECONDS + 5, runner, list(tasks)])
    return held


def hand_in(lease: Lease, runner: UUID, result: Result) -> bool:
    """Write the result of a try, once. False: the lease was lost or the goal ended, and nothing was written."""
    with tenancy.account_scope(lease.account_id):
        # The executor's row is locked before the task's, as everywhere: no two holders can wait for each other.
        beat = loop.open_tick() if settings.FAST_LANE else None
        task = Task.objects.filter(
            pk=lease.task_id, runner=runner, epoch=lease.epoch, state=Task.State.RUNNING
        ).select_for_update(of=("self",)).first()  # fmt: skip
        if task is None:
            return False
        attempt = Attempt.objects.create(
            account_id=lease.account_id, task=task, number=lease.epoch, runner=runner, started_at=task.started_at,
            finished_at=timezone.now(), **vars(result),
        )  # fmt: skip
        task.state, task.runner, task.lease_until = Task.State.ENDED, None, None
        if beat:
            loop.conclude(beat, task, attempt)
        else:
            task.save(update_fields=["state", "runner", "lease_until"])
            enqueue("goals.tasks.tick", lease.account_id)
        return True
