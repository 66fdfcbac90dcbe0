"""The limits of a plan under their public names, and how much of each is used.

What is counted by the month lies here (UsageCounter). What other rooms hold they say how to count, in their `apps.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from billing.models import Metric, Plan
from billing.queries import resets_at, this_month
from executor_one.kit import tenancy
from executor_one.kit.queue import enqueue
from executor_one.kit.snapshot import Snapshot

LEVELS = (80, 100)  # percent at which an account is told
SMALLEST_TOLD = 5  # a limit below it is seen at a glance: nobody needs a mail that their one key is made


@dataclass(frozen=True)
class Limit:
    """One limit. `field` is where the plan says it; `held` is SQL that counts rows of account $1 at time $2.

    Without `held` it is counted by the month.
    """

    name: str
    field: str
    words: str
    held: str = ""


LIMITS: dict[str, Limit] = {
    one.name: one
    for one in (
        Limit(Metric.GOALS.value, "goals_per_month", "goals this month"),
        Limit(Metric.LLM_CALLS.value, "llm_calls_per_month", "calls of the language model this month"),
    )
}


USED = "SELECT metric, used FROM billing_usagecounter WHERE account_id = $1 AND month = $2"


def count_held(name: str, field: str, words: str, held: str) -> None:
    """A limit on what an account holds; for `AppConfig.ready()` of the room that knows how to count it."""
    LIMITS[name] = Limit(name, field, words, held)


def counted(plan: Plan, *names: str) -> dict[str, dict[str, Any]]:
    """`{"goals": {used, limit, resets_at}, "llmCalls": ..., "memories": ..., "apiKeys": ...}` of the active account.

    A limit of None is unlimited, a `resets_at` of None never starts again. Only those named, where some are.
    """
    reading = Snapshot()
    add_counts(reading)
    counters = counts(plan, reading.run())
    return {name: counter for name, counter in counters.items() if not names or name in names}


def add_counts(reading: Snapshot) -> None:
    """Ask how much of every limit the active account uses."""
    account = tenancy.active_account_id()
    reading.sql(USED, account, this_month())
    for limit in _held():
        reading.sql(limit.held, account, timezone.now())


def counts(plan: Plan, answers: Sequence[Sequence[Sequence[Any]]]) -> dict[str, dict[str, Any]]:
    """What `counted` tells, of the answers to `add_counts`."""
    monthly, *held = answers
    used = {name: count for name, count in monthly}  # noqa: C416 - rows are no pairs to mypy
    used |= {one.name: rows[0][0] for one, rows in zip(_held(), held, strict=True)}
    return {
        limit.name: {
            "used": used.get(limit.name, 0),
            "limit": getattr(plan, limit.field),
            "resets_at": None if limit.held else resets_at(),
        }
        for limit in LIMITS.values()
    }


def _held() -> list[Limit]:
    return [limit for limit in LIMITS.values() if limit.held]


def violations(target: Plan) -> list[dict[str, Any]]:
    """Where the active account has more than `target` allows: `[{limit, used, allowed}]` (O129)."""
    return [
        {"limit": name, "used": used["used"], "allowed": used["limit"]}
        for name, used in counted(target).items()
        if used["limit"] is not None and used["used"] > used["limit"]
    ]


def note_use(name: str, used: int, allowed: int | None) -> None:
    """One more was used: when that reaches a level, the account is told by mail, once a month (billing.tasks)."""
    if allowed is None or allowed < SMALLEST_TOLD:
        return
    if any(used == -(-allowed * level // 100) for level in LEVELS):
        enqueue("billing.tasks.tell_use", tenancy.active_account_id(), name)


def note_plan(plan: Plan) -> None:
    """The active account is on another plan now: of each limit that is near, or behind it already, it is told."""
    for name, counter in counted(plan).items():
        used, allowed = counter["used"], counter["limit"]
        if allowed and (used > allowed or (allowed >= SMALLEST_TOLD and used * 100 >= allowed * LEVELS[0])):
            enqueue("billing.tasks.tell_use", tenancy.active_account_id(), name)
