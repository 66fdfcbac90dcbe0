"""The limits of a plan under their public names, and how much of each is used.

What is counted by the month lies here (UsageCounter). What other rooms hold they say how to count, in their `apps.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from billing.models import Metric, Plan, UsageCounter
from billing.queries import resets_at, this_month
from executor_one.kit import tenancy
from executor_one.kit.queue import enqueue

LEVELS = (80, 100)  # percent at which an account is told
SMALLEST_TOLD = 5  # a limit below it is seen at a glance: nobody needs a mail that their one key is made


@dataclass(frozen=True)
class Limit:
    """One limit. `field` is where the plan says it; `held` counts rows of the active account, None: it is monthly."""

    name: str
    field: str
    words: str
    held: Callable[[], int] | None = None


LIMITS: dict[str, Limit] = {
    one.name: one
    for one in (
        Limit(Metric.GOALS.value, "goals_per_month", "goals this month"),
        Limit(Metric.LLM_CALLS.value, "llm_calls_per_month", "calls of the language model this month"),
    )
}


def count_held(name: str, field: str, words: str, held: Callable[[], int]) -> None:
    """A limit on what an account holds; for `AppConfig.ready()` of the room that knows how to count it."""
    LIMITS[name] = Limit(name, field, words, held)


def counted(plan: Plan, *names: str) -> dict[str, dict[str, Any]]:
    """`{"goals": {used, limit, resets_at}, "llmCalls": ..., "memories": ..., "apiKeys": ...}` of the active account.

    A limit of None is unlimited, a `resets_at` of None never starts again. Only those named, where some are.
    """
    monthly = dict(UsageCounter.objects.filter(month=this_month()).values_list("metric", "used"))
    return {
        limit.name: {
            "used": limit.held() if limit.held else monthly.get(limit.name, 0),
            "limit": getattr(plan, limit.field),
            "resets_at": None if limit.held else resets_at(),
        }
        for limit in LIMITS.values()
        if not names or limit.name in names
    }


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
