"""Writes of billing: set a plan, use up a limit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils import timezone

from billing import credit
from billing.limits import note_plan, note_use
from billing.models import Metric, Plan, Subscription
from billing.queries import advice, plan_of, this_month
from events.actions import event, publish
from executor_one.kit import tenancy
from executor_one.kit.batch import Batch
from executor_one.kit.errors import Conflict, LimitReached

FREE = "free"
ECOSYSTEM = "ecosystem"

# One statement takes a unit only while there is one: parallel requests cannot race past the limit ($4; NULL: none).
CONSUME = """
    INSERT INTO billing_usagecounter AS counter (account_id, metric, month, used)
    SELECT $1, $2, $3, 1 WHERE $4::bigint IS NULL OR $4 >= 1
    ON CONFLICT (account_id, metric, month) DO UPDATE SET used = counter.used + 1
    WHERE $4 IS NULL OR counter.used < $4
    RETURNING used"""
GIVE_BACK = """
    UPDATE billing_usagecounter SET used = used - 1
    WHERE account_id = $1 AND metric = $2 AND month = $3 AND used > 0"""


def set_plan(account: Any, plan_code: str, *, actor: str) -> Subscription:
    """Put an account (the active one) on a plan; idempotent. Nothing is deleted when a plan shrinks."""
    plan = Plan.objects.get(pk=plan_code)
    before = Subscription.objects.select_for_update().filter(account_id=account.pk).first()
    if before and before.plan_id == plan.pk:
        return before
    subscription, _ = Subscription.objects.update_or_create(
        account_id=account.pk, defaults={"plan": plan, "since": timezone.now()}
    )
    if before:
        change = {"from": before.plan_id, "to": plan.pk}
        publish(event("plan.changed", change, actor=actor))
        note_plan(plan)
    return subscription


def give_plan(account: Any, plan_code: str, *, actor: str) -> Subscription:
    """Staff put an account (the active one) on a plan. Conflict while Stripe collects for one: it says which.

    What is given stays until staff take it back, or until the customer buys.
    """
    mine = Subscription.objects.select_for_update(of=("self",)).select_related("paid_plan").get(account_id=account.pk)
    if mine.is_paid:
        bought = mine.paid_plan.name if mine.paid_plan else "a plan"
        raise Conflict(
            f"It pays for {bought} at Stripe, and the next event from there would set that again. Change the "
            f"subscription {mine.stripe_subscription} there (another price; a coupon where it is a present), and the "
            "plan here follows. Or end it there first; then a plan can be given here."
        )
    return set_plan(account, plan_code, actor=actor)


FIELDS = {Metric.GOALS: "goals_per_month", Metric.LLM_CALLS: "llm_calls_per_month"}


def consume(metric: Metric, plan: Plan | None = None) -> None:
    """Use one unit of a monthly limit of the active account, or raise LimitReached.

    A model call beyond the month's is one that was bought or given (billing.credit), while there are any.
    """
    plan = plan or plan_of(tenancy.active_account_id())
    batch = Batch()
    consume_in(batch, metric, plan)
    rows = batch.run()[0]
    if rows or metric != Metric.LLM_CALLS or not credit.use(plan):
        used(metric, plan, rows)


def consume_in(batch: Batch, metric: Metric, plan: Plan) -> None:
    """The same as a part of a batch; the caller hands the rows of its statement to used()."""
    limit = getattr(plan, FIELDS[metric])
    batch.sql(CONSUME, tenancy.active_account_id(), metric.value, this_month(), limit)


def give_back_in(batch: Batch, metric: Metric, month: date) -> None:
    """As a part of a batch: one unit that was used in a month, and for nothing, is free again."""
    batch.sql(GIVE_BACK, tenancy.active_account_id(), metric.value, month)


# One of a limit, and several.
WORDS = {
    "goals_per_month": ("goal a month", "goals a month"),
    "llm_calls_per_month": ("language model call a month", "language model calls a month"),
    "memories": ("memory", "memories"),
    "api_keys": ("API key", "API keys"),
}


def used(metric: Metric, plan: Plan, rows: Sequence[Sequence[Any]]) -> None:
    """What consume_in() answered: LimitReached when there was no unit left, a mail when few are."""
    field = FIELDS[metric]
    if not rows:
        raise limit_reached(plan, field)
    note_use(metric.value, rows[0][0], getattr(plan, field))


def limit_reached(plan: Plan, field: str, more: str = "") -> LimitReached:
    """The 402 that names the limit, the plan that lifts it (E-R11) and what can be bought; `more` is said besides."""
    limit = getattr(plan, field)
    one, several = WORDS[field]
    if not limit:
        said = f"{plan.name} allows no {several}."
    elif limit == 1:
        said = f"{plan.name} allows 1 {one}, and it is used up."
    else:
        said = f"{plan.name} allows {limit} {several}, and they are used up."
    better = advice(plan, field)
    packages = credit.for_sale(plan) if field == credit.FIELD else []
    lifts = f"{better.name} lifts it." if better else ""
    buy = f"Or buy some: {', '.join(package.name for package in packages)}." if packages else ""
    members: dict[str, Any] = {"packages": [package.pk for package in packages]} if packages else {}
    return LimitReached(
        " ".join(part for part in (said, lifts, buy, more) if part),
        limit=field,
        allowed=limit,
        plan=plan.code,
        upgrade=better.code if better else None,
        **members,
    )
