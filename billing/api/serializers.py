"""Shapes of plans, subscriptions, usage and what changes them."""

from __future__ import annotations

from typing import Any

from django.core.validators import RegexValidator
from rest_framework import serializers

from billing.limits import counted
from billing.models import CreditEntry, Package, Plan, Subscription
from executor_one.kit.serializers import ModelSerializer, Serializer, Text, snake

KEY_LENGTH = 200  # Stripe takes 255, and we put the account before it

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


class PackagePrice(Serializer):
    """What a package costs, once."""

    amount_cents = serializers.IntegerField(help_text="In the smallest unit of the currency: 500 is 5.00.")
    currency = serializers.CharField(help_text="ISO 4217, in lower case.")
    per_call_cents = serializers.FloatField(help_text="The same for one call.")


class PackageShape(Serializer):
    """Calls of the language model that are bought once and do not expire."""

    slug = serializers.CharField(help_text="What `packageSlug` takes elsewhere.")
    name = serializers.CharField()
    llm_calls = serializers.IntegerField()
    price = PackagePrice(allow_null=True, help_text="null: it cannot be bought yet.")
    is_for_sale = serializers.BooleanField(help_text="Whether POST /api/billing/create-payment-intent sells it.")


class Economics(Serializer):
    """What costs money, and in which order it is used."""

    metered = serializers.ListField(child=serializers.CharField(), help_text="The limits that a package adds to.")
    order = serializers.ListField(child=serializers.CharField(), help_text="What is used first, and then.")
    expires = serializers.BooleanField(help_text="Whether bought calls expire.")
    overage = serializers.BooleanField(help_text="Whether anything is billed beyond what was bought before.")
    buyers = serializers.ListField(child=serializers.CharField(), help_text="Tiers that can buy packages.")
    refunds = serializers.CharField(help_text="What happens to bought calls when their money goes back.")


class Pricing(Serializer):
    """All there is to know before buying."""

    tiers = Tier(many=True)
    packages = PackageShape(many=True)
    economics = Economics()
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


class CreditLeft(Serializer):
    """What the account has beyond its plan: bought, or given by staff."""

    llm_calls = serializers.IntegerField(help_text="Used when those of the month are used up; they do not expire.")


class BilledUsage(Serializer):
    """What was used of the plan this month."""

    tier = serializers.CharField(help_text="The code of the plan.")
    period_start = serializers.DateTimeField(help_text="Counters began here: the first of the month, 00:00 UTC.")
    period_end = serializers.DateTimeField(help_text="And start again here.")
    usage = UsedLimits()
    credit = CreditLeft()


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
    credit = CreditLeft()


class TierInput(Serializer):
    """A plan by its code."""

    tier = Text(max_length=40, help_text="free, pro, ...: a `code` of GET /api/billing/tiers.")


class ChangeInput(TierInput):
    """What POST /billing/change-plan takes."""

    accept = serializers.BooleanField(
        required=False, default=False, help_text="Take a plan that allows less than is used: the surplus is read-only."
    )


class IntentInput(Serializer):
    """What POST /billing/create-payment-intent takes."""

    package_slug = Text(max_length=40, help_text="calls-100, ...: a `slug` of GET /api/billing/pricing.")
    idempotency_key = Text(
        required=False,
        max_length=KEY_LENGTH,
        validators=[RegexValidator(r"\A[\x21-\x7e]+\Z", "Only visible ASCII characters, no blanks.")],
        help_text="Of your own making, one for each purchase: asked again with it, it is the same payment.",
    )


class PaymentIntent(Serializer):
    """A payment to be confirmed with Stripe's script in your page. Credit comes when Stripe says it is paid."""

    client_secret = serializers.CharField(help_text="For Stripe.js; it is the customer's alone.")
    payment_intent = serializers.CharField(help_text="Its id at Stripe.")
    amount_cents = serializers.IntegerField(help_text="In the smallest unit of the currency.")
    currency = serializers.CharField(help_text="ISO 4217, in lower case.")
    package = serializers.CharField(help_text="The package's slug.")


class Entry(ModelSerializer):
    """One change of what the account has beyond its plan."""

    package = serializers.CharField(source="package_id", allow_null=True, help_text="The package's slug.")
    payment_intent = serializers.CharField(help_text="The payment, at Stripe; empty where there is none.")

    class Meta:
        model = CreditEntry
        fields = (
            "id", "kind", "amount", "balance", "package", "payment_intent", "cents", "currency", "note", "created_at",
        )  # fmt: skip


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


def package(one: Package) -> dict[str, Any]:
    """A PackageShape of a package."""
    price = None
    if one.price_cents is not None:
        each = round(one.price_cents / one.llm_calls, 4)
        price = {"amount_cents": one.price_cents, "currency": one.currency, "per_call_cents": each}
    values = {"slug": one.pk, "name": one.name, "llm_calls": one.llm_calls, "price": price}
    return dict(PackageShape({**values, "is_for_sale": one.is_for_sale}).data)


def limits(plan: Plan) -> dict[str, Any]:
    """The values of Limits of a plan."""
    return {**{name: getattr(plan, name) for name in LIMIT_FIELDS}, "web_socket": plan.websocket}


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
