"""Reads of billing: the plan of an account, its usage, the plan that lifts a limit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Any

from django.db.models import Count, F, Sum
from django.utils import timezone

from billing.models import Plan, Subscription


def plan_of(account_id: str) -> Plan:
    """The plan of an account that is active."""
    return Subscription.objects.select_related("plan").get(account_id=account_id).plan


def advice(plan: Plan, field: str, plans: Iterable[Plan] | None = None) -> Plan | None:
    """The lowest public plan above `plan` that allows more of `field`; None when there is none.

    `plans` are the public ones by rank, where the caller has read them already.
    """
    limit = getattr(plan, field)
    for higher in Plan.objects.filter(is_public=True) if plans is None else plans:
        if higher.rank <= plan.rank:
            continue
        allowed = getattr(higher, field)
        if allowed is None or (limit is not None and allowed > limit):
            return higher
    return None


def this_month() -> date:
    """The first day of the current month in UTC."""
    return timezone.now().date().replace(day=1)


def resets_at() -> datetime:
    """When the monthly counters start again: the first of next month, 00:00 UTC."""
    today = timezone.now().date()
    first = date(today.year + today.month // 12, today.month % 12 + 1, 1)
    return datetime.combine(first, time(), tzinfo=UTC)


def graces_over(now: datetime, most: int = 1_000) -> list[str]:
    """Accounts whose grace has ended, the first first; for all_accounts() only."""
    over = Subscription.objects.filter(status=Subscription.Status.PAST_DUE, grace_until__lte=now)
    return list(over.order_by("grace_until").values_list("account_id", flat=True)[:most])


def paying_by_plan() -> list[dict[str, Any]]:
    """MRR: `[{code, name, currency, count, cents}]` of what active and late subscriptions pay a month, most first.

    For an open scope of all accounts. A plan's price is what Stripe said of it last.
    """
    paying = Subscription.objects.filter(Subscription.PAYING)
    plan = {"code": F("paid_plan_id"), "name": F("paid_plan__name"), "currency": F("paid_plan__currency")}
    return list(
        paying.values(**plan).annotate(count=Count("pk"), cents=Sum("paid_plan__price_cents")).order_by("-cents")
    )


def limits_of(plan: Plan) -> dict[str, Any]:
    """The plan's limits under their public names; None is unlimited."""
    return {
        "goalsPerMonth": plan.goals_per_month,
        "memories": plan.memories,
        "llmCallsPerMonth": plan.llm_calls_per_month,
        "parallelTasks": plan.parallel_tasks,
        "apiKeys": plan.api_keys,
        "webSocket": plan.websocket,
        "goalCooldownSeconds": plan.goal_cooldown_seconds,
    }
