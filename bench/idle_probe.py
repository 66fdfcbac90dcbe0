"""Runs inside Django, on the installation that is being measured: `python -m bench.idle_probe '[0, 1000]'`."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence

import django

django.setup()

from django.db import connection  # noqa: E402

from accounts.actions import register  # noqa: E402
from accounts.models import Account  # noqa: E402
from billing.models import Subscription  # noqa: E402
from executor_one.kit import tenancy  # noqa: E402
from goals import loop  # noqa: E402
from goals.models import ExecutorState  # noqa: E402
from goals.tasks import pulse  # noqa: E402


def fill(count: int) -> None:
    """Idle accounts until there are `count`."""
    with tenancy.all_accounts(reason="the benchmark makes accounts of its own"):
        have = Account.objects.filter(name="idle").count()
        numbers = range(1_000_000 + have, 1_000_000 + count)
        new = [Account(name="idle", email="idle@example.com", number=number) for number in numbers]
        Account.objects.bulk_create(new)
        Subscription.objects.bulk_create(Subscription(account_id=one.pk, plan_id="free") for one in new)
        ExecutorState.objects.bulk_create(ExecutorState(account_id=one.pk) for one in new)


def control() -> None:
    """What the machine's own speed is measured with."""
    with connection.cursor() as cursor:
        for _ in range(20):
            cursor.execute("SELECT 1")


def medians_ms(calls: Sequence[Callable[[], float | None]], rounds: int = 200, warm_up: int = 20) -> list[float]:
    """One call after the other, round by round: what slows the machine for a while slows all of them.

    A call may answer how many seconds it measured itself.
    """
    samples: list[list[float]] = [[] for _ in calls]
    for _ in range(warm_up + rounds):
        for call, taken in zip(calls, samples, strict=True):
            began = time.perf_counter()
            measured = call()
            taken.append(measured or time.perf_counter() - began)
    return [1000 * statistics.median(taken[warm_up:]) for taken in samples]


def main(counts: list[int]) -> None:
    busy, _ = register(email=f"tick-{time.time_ns()}@example.com", password="correct-horse-battery-9")
    found = {}
    for count in counts:
        fill(count)
        found[count] = medians_ms((lambda: loop.tick(busy.pk), pulse, control))
    print("RESULT" + json.dumps(found))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
