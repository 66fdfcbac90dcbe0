"""Reads of billing: the plan of an account, its usage, the plan that lifts a limit."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from django.utils import timezone

from billing.models import Metric, Plan, Subscription, UsageCounter


def plan_of(account_id: str) -> Plan:
    """The plan of an account that is active."""
    return Subscription.objects.select_related("plan").get(account_id=account_id).plan


def advice(plan: Plan, field: str) -> Plan | None:
    """The lowest public plan above `plan` that allows more of `field`; None when there is none."""
    limit = getattr(plan, field)
    for higher in Plan.objects.filter(rank__gt=plan.rank, is_public=True):
        allowed = getattr(higher, field)
        if allowed is None or (limit is not None and allowed > limit):
            return higher
    return None


def resets_at() -> datetime:
    """When the monthly counters start again: the first of next month, 00:00 UTC."""
    today = timezone.now().date()
    first = date(today.year + today.month // 12, today.month % 12 + 1, 1)
    return datetime.combine(first, time(), tzinfo=UTC)


def monthly_usage(plan: Plan) -> dict[str, dict[str, Any]]:
    """`{"goals": {used, limit, resetsAt}, "llmCalls": ...}` of the active account; limit None is unlimited."""
    month = timezone.now().date().replace(day=1)
    used = dict(UsageCounter.objects.filter(month=month).values_list("metric", "used"))
    limits = {Metric.GOALS: plan.goals_per_month, Metric.LLM_CALLS: plan.llm_calls_per_month}
    return {
        metric.value: {"used": used.get(metric.value, 0), "limit": limit, "resets_at": resets_at()}
        for metric, limit in limits.items()
    }


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
