"""Runs inside Django, on the installation that is being measured: `python -m bench.backlog_probe '[0, 1000]'`."""

from __future__ import annotations

import json
import sys
import time
from datetime import timedelta
from uuid import uuid4

import django

django.setup()

from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.actions import register  # noqa: E402
from accounts.models import Account  # noqa: E402
from bench.idle_probe import control, medians_ms  # noqa: E402
from executor_one.kit import tenancy  # noqa: E402
from goals import claims  # noqa: E402
from goals.models import Attempt, ExecutorState, Goal, Task  # noqa: E402

MINE = uuid4()
LATER = timezone.now() + timedelta(hours=2)  # no tick touches the backlog while it is measured


def fill(account: Account, count: int) -> None:
    """Goals of one waiting task each, until there are `count`. Postgres has not analyzed them: the harder case."""
    with tenancy.account_scope(account):
        have = Goal.objects.count()
        goals = [goal_of(account) for _ in range(have, count)]
        Goal.objects.bulk_create(goals)
        Task.objects.bulk_create(task_of(goal) for goal in goals)


def goal_of(account: Account) -> Goal:
    return Goal(account_id=account.pk, description="backlog", state="executing", tasks_total=1, wake_at=LATER)


def task_of(goal: Goal) -> Task:
    return Task(
        account_id=goal.account_id, goal=goal, position=0, name="true", actuator="shell", params={"command": "true"},
        timeout_ms=1000,
    )  # fmt: skip


def complete_one(account: Account) -> float:
    """Seconds that a runner's result costs; nothing of it stays."""
    with tenancy.account_scope(account), transaction.atomic():
        goal = goal_of(account)
        task = task_of(goal)
        task.state, task.runner, task.lease_until, task.epoch = Task.State.RUNNING, MINE, LATER, 1
        goal.save()
        task.save()
        lease = claims.Lease(
            task.pk, account.pk, goal.pk, 1, "shell", task.params, 1000, "", 1, task.name, timezone.now()
        )
        began = time.perf_counter()
        handed_in = claims.hand_in(lease, MINE, claims.Result(Attempt.Outcome.SUCCEEDED, 0))
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")  # what was deferred has been done
        took = time.perf_counter() - began
        assert handed_in
        transaction.set_rollback(True)
    return took


def main(counts: list[int]) -> None:
    account, _ = register(email=f"backlog-{time.time_ns()}@example.com", password="correct-horse-battery-9")
    with tenancy.account_scope(account):
        ExecutorState.objects.create(account=account)
    found = {}
    for count in counts:
        fill(account, count)
        found[count] = medians_ms((lambda: complete_one(account), control))
    print("RESULT" + json.dumps(found))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
