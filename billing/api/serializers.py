"""Shapes of plans, subscriptions, usage and what changes them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from billing.limits import counted
from billing.models import Plan, Subscription
from executor_one.kit.serializers import Serializer, Text, snake

LIMIT_FIELDS = (
    "goals_per_month", "memories", "llm_calls_per_month", "parallel_tasks", "api_keys", "goal_cooldown_seconds",
)  # fmt: skip


class Limits(Serializer):
    """What a plan allows; null is unlimited."""

    goals_per_month = serializers.IntegerField(allow_null=True, min_value=0)
    memories = serializers.IntegerField(allow_null=True, min_value=0)
    llm_calls_per_month = serializers.IntegerField(
        allow_null=True, min_value=0, help_text="0: goals are planned by keywords."
    )
    parallel_tasks = serializers.IntegerField(min_value=1)
    api_keys = serializers.IntegerField(allow_null=True, min_value=0)
    web_socket = serializers.BooleanField()
    goal_cooldown_seconds = serializers.IntegerField(min_value=0, help_text="Seconds between two goals.")


class Price(Serializer):
    """What a month costs."""

    amount_cents = serializers.IntegerField(help_text="In the smallest unit of the currency: 2900 is 29.00.")
    currency = serializers.CharField(help_text="ISO 4217, in lower case.")
    interval = serializers.ChoiceField(["month"])


class Tier(Serializer):
    """A plan that everybody can have."""

    code = serializers.CharField(help_text="What `tier` takes elsewhere.")
    name = serializers.CharField()
    rank = serializers.IntegerField(help_text="A higher plan allows what a lower one does, and more.")
    limits = Limits()
    price = Price(allow_null=True, help_text="null: it is free, or cannot be bought by oneself.")
    is_for_sale = serializers.BooleanField(help_text="Whether POST /api/billing/checkout sells it.")


class Pricing(Serializer):
    """All there is to know before buying."""

    tiers = Tier(many=True)
    is_configured = serializers.BooleanField(help_text="Whether anything can be bought in this installation.")
    over_limit = serializers.CharField(help_text="What happens beyond a limit, in words: refused, never billed.")
    grace_days = serializers.IntegerField(help_text="Days that a plan stays after a payment failed.")


class Used(Serializer):
    """How much of a limit is used; a null limit is unlimited, a null reset never starts again."""

    used = serializers.IntegerField()
    limit = serializers.IntegerField(allow_null=True)
    resets_at = serializers.DateTimeField(allow_null=True)


class UsedLimits(Serializer):
    """Every limit that is counted."""

    goals = Used()
    llm_calls = Used()
    memories = Used()
    api_keys = Used()


class BilledUsage(Serializer):
    """What was used of the plan this month."""

    tier = serializers.CharField(help_text="The code of the plan.")
    period_start = serializers.DateTimeField(help_text="Counters began here: the first of the month, 00:00 UTC.")
    period_end = serializers.DateTimeField(help_text="And start again here.")
    usage = UsedLimits()


class Standing(Serializer):
    """Which plan the account has, and how it is paid."""

    tier = serializers.CharField(help_text="The code of the plan that holds now.")
    name = serializers.CharField()
    status = serializers.ChoiceField(
        [(status.value, status.label) for status in Subscription.Status],
        help_text="none: nothing is paid. active. past_due: a payment failed, the plan stays until graceUntil. unpaid: "
        "and that is over, the account is on Free until the payment comes. ended.",
    )
    since = serializers.DateTimeField(help_text="Since when the account has this plan.")
    paid_tier = serializers.CharField(allow_null=True, help_text="The plan that is paid for.")
    period_end = serializers.DateTimeField(allow_null=True, help_text="Until when it is paid.")
    ends_at_period_end = serializers.BooleanField(help_text="Whether it ends then.")
    grace_until = serializers.DateTimeField(allow_null=True)


class PlanSummary(Serializer):
    """The plan, its limits, and what is used of them."""

    subscription = Standing()
    limits = Limits()
    usage = UsedLimits()


class TierInput(Serializer):
    """A plan by its code."""

    tier = Text(max_length=40, help_text="free, pro, ...: a `code` of GET /api/billing/tiers.")


class ChangeInput(TierInput):
    """What POST /billing/change-plan takes."""

    accept = serializers.BooleanField(
        required=False, default=False, help_text="Take a plan that allows less than is used: the surplus is read-only."
    )


class Violation(Serializer):
    """Where more is used than a plan allows."""

    limit = serializers.CharField(help_text="goals, llmCalls, memories or apiKeys.")
    used = serializers.IntegerField()
    allowed = serializers.IntegerField()


class Validation(Serializer):
    """Whether the account fits into a plan."""

    tier = serializers.CharField()
    valid = serializers.BooleanField()
    violations = Violation(many=True)


class Address(Serializer):
    """Where to send the customer's browser."""

    url = serializers.URLField(help_text="Open it within 24 hours; it is the customer's alone.")


class PlanChange(Serializer):
    """What came of it. The plan itself changes when Stripe has confirmed it, within seconds (`plan.changed`)."""

    status = serializers.ChoiceField(
        ["checkout", "requested", "scheduled", "resumed"],
        help_text="checkout: pay at checkoutUrl. requested: Stripe changes the subscription. scheduled: it ends at "
        "effectiveAt. resumed: it does not end any more.",
    )
    tier = serializers.CharField()
    checkout_url = serializers.URLField(allow_null=True)
    effective_at = serializers.DateTimeField(allow_null=True)


class Received(Serializer):
    """What became of an event."""

    received = serializers.BooleanField()
    state = serializers.ChoiceField(["done", "ignored"])


def tier(plan: Plan) -> dict[str, Any]:
    """A Tier of a plan."""
    price = None
    if plan.price_cents is not None:
        price = {"amount_cents": plan.price_cents, "currency": plan.currency, "interval": "month"}
    return dict(
        Tier(
            {
                "code": plan.pk,
                "name": plan.name,
                "rank": plan.rank,
                "limits": limits(plan),
                "price": price,
                "is_for_sale": plan.is_for_sale,
            }
        ).data
    )


def limits(plan: Plan) -> dict[str, Any]:
    """The values of Limits of a plan."""
    names = (
        "goals_per_month",
        "memories",
        "llm_calls_per_month",
        "parallel_tasks",
        "api_keys",
        "goal_cooldown_seconds",
    )
    return {**{name: getattr(plan, name) for name in names}, "web_socket": plan.websocket}


def used(plan: Plan) -> dict[str, Any]:
    """The values of UsedLimits of the active account."""
    return {snake(name): counter for name, counter in counted(plan).items()}


def standing(mine: Subscription) -> dict[str, Any]:
    """The values of Standing."""
    return {
        "tier": mine.plan_id,
        "name": mine.plan.name,
        "status": mine.status,
        "since": mine.since,
        "paid_tier": mine.paid_plan_id,
        "period_end": mine.period_end,
        "ends_at_period_end": mine.ends_at_period_end,
        "grace_until": mine.grace_until if mine.status == Subscription.Status.PAST_DUE else None,
    }
