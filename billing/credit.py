"""Calls of the language model beyond a plan's: bought once in packages (O122) or given by staff; they do not expire.

`Credit` is one number of an account, its `CreditEntry` rows are why it is what it is; both change in one transaction.
A call takes from it only when those of the month are used up (billing.actions.consume). What is booked for money is
what Stripe says of the payment when it is asked, never what somebody told us (decision 0029).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Subquery, Sum
from django.utils import timezone

from billing import stripe_client
from billing.models import Credit, CreditEntry, Package, Plan, Subscription
from billing.queries import advice
from billing.stripe_client import Payment
from events.actions import event, publish
from executor_one.kit import tenancy
from executor_one.kit.batch import Batch
from executor_one.kit.errors import Conflict, LimitReached

FIELD = "llm_calls_per_month"
MOST_GIVEN = 1_000_000  # calls that staff can give at once: a slip of the finger is not a fortune

# One statement takes a call and writes why, only while there is one: parallel calls cannot go below zero.
USE = """
    WITH taken AS (
        UPDATE billing_credit SET llm_calls = llm_calls - 1 WHERE account_id = $1 AND llm_calls > 0 RETURNING llm_calls
    )
    INSERT INTO billing_creditentry (account_id, kind, amount, balance, payment_intent, currency, note, created_at)
    SELECT $1, 'used', -1, llm_calls, '', '', '', $2::timestamptz FROM taken
    RETURNING balance"""


class WrongPayment(ValueError):
    """A payment for a package that is not what was offered. Nothing is booked; staff see it."""


def left() -> int:
    """Calls that the active account has beyond its plan."""
    return Credit.objects.values_list("llm_calls", flat=True).first() or 0


def use(plan: Plan) -> bool:
    """Take one call of the active account's; False where there is none, or the plan plans by keywords only."""
    if not plan.llm_calls_per_month:
        return False
    batch = Batch()
    batch.sql(USE, tenancy.active_account_id(), timezone.now())
    return bool(batch.run()[0])


def on_offer() -> list[Package]:
    """The packages that a customer sees, the smallest first."""
    return list(Package.objects.filter(is_public=True))


def for_sale(plan: Plan) -> list[Package]:
    """Those that an account on this plan can buy now."""
    if not plan.llm_calls_per_month or not stripe_client.is_configured():
        return []
    return [package for package in on_offer() if package.is_for_sale]


def refuse_buyer(plan: Plan, plans: Iterable[Plan] | None = None) -> None:
    """Who could not use a call does not pay for one: LimitReached (402) without a model, Conflict (409) without end.

    `plans` are the public ones by rank, where the caller has read them already.
    """
    if plan.llm_calls_per_month is None:
        raise Conflict(f"{plan.name} has model calls without limit: there is nothing to buy.")
    if plan.llm_calls_per_month == 0:
        better = advice(plan, FIELD, plans)
        lifts = f" {better.name} has a model." if better else ""
        raise LimitReached(
            f"{plan.name} plans goals by keywords, so bought model calls could not be used.{lifts}",
            limit=FIELD,
            allowed=0,
            plan=plan.pk,
            upgrade=better.pk if better else None,
        )


def offer(package: Package, account_id: str) -> dict[str, str]:
    """What was agreed, as it is written into the payment at Stripe: a price that changes later changes no sale."""
    return {
        "package": package.pk,
        "account": account_id,
        "llmCalls": str(package.llm_calls),
        "cents": str(package.price_cents),
        "currency": package.currency,
    }


def settle(mine: Subscription, intent: str, *, actor: str) -> None:
    """Make the credit what Stripe says of one payment: booked when it came, less what went back of it.

    `mine` is locked and its account active. It may be called for each event, in any order and any number of times.
    """
    paid = stripe_client.payment(intent)
    package = package_of(mine, paid)
    if package is None or paid.status != "succeeded":
        return
    bought = CreditEntry.objects.filter(kind=CreditEntry.Kind.BOUGHT, payment_intent=paid.id).first()
    if bought is None and paid.refunded < paid.received:
        bought = _book(paid, package, actor)
    if bought is not None:
        _take_back(paid, bought, actor)


def package_of(mine: Subscription, paid: Payment) -> Package | None:
    """The package that a payment is for; None for an invoice's. WrongPayment where it is another account's."""
    slug = paid.metadata.get("package")
    if not slug:
        return None
    if paid.customer != mine.stripe_customer or paid.metadata.get("account") != mine.account_id:
        raise WrongPayment(f"{paid.id} was offered to another account")
    package = Package.objects.filter(pk=slug).first()
    if package is None:
        raise WrongPayment(f"{paid.id} is for a package that there is not: {slug[:40]}")
    return package


def tell_failed(mine: Subscription, intent: str, *, actor: str) -> None:
    """Say that a package's payment was refused; nothing is booked, and nothing changes."""
    paid = stripe_client.payment(intent)
    package = package_of(mine, paid)
    if package is not None:
        about = {"package": package.pk, "paymentIntent": paid.id}
        publish(event("credit.payment_failed", about, actor=actor))


def sources(most: int = 10) -> list[CreditEntry]:
    """Where the active account's calls came from, the newest first: all entries but the calls one by one.

    Each says in `left` how many calls there are now; without any there are none.
    """
    now = Subquery(Credit.objects.values("llm_calls")[:1])
    entries = CreditEntry.objects.exclude(kind=CreditEntry.Kind.USED).select_related("package").annotate(left=now)
    return list(entries.order_by("-id")[:most])


def give(calls: int, why: str, *, actor: str) -> CreditEntry:
    """Staff give the active account calls."""
    if not 1 <= calls <= MOST_GIVEN:
        raise Conflict(f"Give between 1 and {MOST_GIVEN:,} calls.")
    entry = _change(CreditEntry.Kind.GIVEN, calls, note=why)
    publish(event("credit.given", {"llmCalls": calls, "left": entry.balance, "why": why}, actor=actor))
    return entry


def is_booked(intent: str) -> bool:
    """Whether a payment of the active account bought calls."""
    return bool(intent) and CreditEntry.objects.filter(payment_intent=intent).exists()


def refunded(intent: str) -> int | None:
    """How many calls went back with the money of a payment; None for a payment that bought none."""
    if not is_booked(intent):
        return None
    entries = CreditEntry.objects.filter(payment_intent=intent)
    return -(entries.filter(kind=CreditEntry.Kind.REFUNDED).aggregate(sum=Sum("amount"))["sum"] or 0)


def _book(paid: Payment, package: Package, actor: str) -> CreditEntry:
    agreed = paid.metadata
    if (str(paid.received), paid.currency) != (agreed.get("cents"), agreed.get("currency")):
        raise WrongPayment(
            f"{paid.id} brought {paid.received} {paid.currency}, not {agreed.get('cents')} {agreed.get('currency')}"
        )
    calls = int(agreed["llmCalls"])
    facts: dict[str, Any] = {"payment_intent": paid.id, "cents": paid.received, "currency": paid.currency}
    entry = _change(CreditEntry.Kind.BOUGHT, calls, package=package, **facts)
    told = {**_told(entry), "llmCalls": calls, "amountCents": paid.received}
    publish(event("credit.bought", told, actor=actor))
    return entry


def _take_back(paid: Payment, bought: CreditEntry, actor: str) -> None:
    """What went back since we looked last takes its share of the calls, as far as they are unused.

    Each refund is reckoned once, also where nothing was left: calls that are bought later are not taken for it.
    """
    before = CreditEntry.objects.filter(kind=CreditEntry.Kind.REFUNDED, payment_intent=paid.id)
    reckoned = before.aggregate(sum=Sum("cents"))["sum"] or 0
    if paid.refunded <= reckoned or not paid.received:
        return
    share = bought.amount * paid.refunded // paid.received - bought.amount * reckoned // paid.received
    facts: dict[str, Any] = {"payment_intent": paid.id, "cents": paid.refunded - reckoned, "currency": paid.currency}
    entry = _change(CreditEntry.Kind.REFUNDED, -share, package=bought.package, **facts)
    told = {**_told(entry), "llmCalls": -entry.amount, "amountCents": entry.cents}
    publish(event("credit.refunded", told, actor=actor))


def _told(entry: CreditEntry) -> dict[str, Any]:
    return {
        "package": entry.package_id,
        "paymentIntent": entry.payment_intent,
        "currency": entry.currency,
        "left": entry.balance,
    }


def _change(kind: CreditEntry.Kind, amount: int, **facts: Any) -> CreditEntry:
    """Change the active account's credit, never below zero, and write why."""
    account = tenancy.active_account_id()
    mine, _ = Credit.objects.select_for_update().get_or_create(account_id=account)
    changed = max(amount, -mine.llm_calls)
    mine.llm_calls += changed
    mine.save(update_fields=["llm_calls"])
    return CreditEntry.objects.create(account_id=account, kind=kind, amount=changed, balance=mine.llm_calls, **facts)
