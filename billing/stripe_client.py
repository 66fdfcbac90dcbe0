"""Stripe, as far as we use it. Its failures become answers of ours; its objects become plain values at once."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings

from billing.models import Package, Plan
from executor_one.kit.errors import Conflict, LimitReached, NotBuilt, Unavailable

if TYPE_CHECKING:
    import stripe

logger = logging.getLogger(__name__)

SECONDS = 10  # for one request; Stripe's own slowest answers take about 4
LOOKUP_KEYS = 10  # that Stripe takes in one request
RETRIES = 2  # after the first try; each carries the same idempotency key, so nothing is done twice
NOT_CONFIGURED = "Billing is not configured in this installation. Everything else works; the plan is set by its staff."
USED_KEY = "This idempotency key was used for another request. Take a new one for this."
DECLINED = "Stripe could not collect the payment"


@dataclass(frozen=True)
class Paid:
    """One subscription as Stripe has it now."""

    id: str
    status: str  # Stripe's word: active, trialing, past_due, unpaid, canceled, incomplete, incomplete_expired, paused
    price: str
    item: str
    period_end: datetime | None
    ends_at_period_end: bool
    created: int


@dataclass(frozen=True)
class Payment:
    """One payment (a PaymentIntent) as Stripe has it now. `metadata` is what we wrote into it."""

    id: str
    status: str  # Stripe's word; only "succeeded" is money
    customer: str
    received: int
    currency: str
    refunded: int  # all that went back
    metadata: dict[str, str]


def is_configured() -> bool:
    return bool(settings.STRIPE_SECRET_KEY)


def is_live() -> bool:
    """Whether the key moves real money."""
    return "_live_" in settings.STRIPE_SECRET_KEY[:8]


def client() -> stripe.StripeClient:
    """The client of this installation; NotBuilt (501) when there is none."""
    if not is_configured():
        raise NotBuilt(NOT_CONFIGURED)
    return _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)


@cache
def _client(key: str, base: str) -> stripe.StripeClient:
    import stripe  # 0.4 s: only where there is a Stripe

    return stripe.StripeClient(
        key,
        base_addresses={"api": base} if base else None,
        max_network_retries=RETRIES,
        http_client=stripe.RequestsClient(timeout=SECONDS),
    )


@contextmanager
def asking() -> Iterator[stripe.StripeClient]:
    """The client; what goes wrong with Stripe is 503 (it is down, it is slow), 402 (a card was declined), 409 (the
    customer's idempotency key was used for something else) or 500.

    A bug of ours (a request that Stripe finds wrong) stays an error that is logged with its trace.
    """
    connected = client()
    import stripe

    try:
        yield connected
    except stripe.CardError as declined:
        reason = declined.user_message or declined.code
        raise LimitReached(f"{DECLINED}: {reason}", limit="payment") from declined
    except stripe.IdempotencyError as used:
        raise Conflict(USED_KEY) from used
    except (stripe.APIConnectionError, stripe.RateLimitError) as away:
        logger.warning("Stripe cannot be reached: %s", away)
        raise Unavailable("Stripe does not answer just now; nothing was changed. Try again in a minute.") from away
    except stripe.APIError as broken:
        logger.warning("Stripe is broken: %s", broken)
        raise Unavailable("Stripe has a problem just now; nothing was changed. Try again in a minute.") from broken


def at(seconds: int | None) -> datetime | None:
    """Stripe's Unix times."""
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def has_customer(connected: Any, customer: str) -> bool:
    """Whether Stripe knows this customer, and it was not deleted."""
    import stripe

    try:
        found = connected.v1.customers.retrieve(customer)
    except stripe.InvalidRequestError as missing:
        if missing.code != "resource_missing":
            raise
        return False
    return not getattr(found, "deleted", False)


def subscriptions_of(customer: str) -> list[Paid]:
    """Every subscription of a customer, ended ones too, the newest first."""
    with asking() as connected:
        found = connected.v1.subscriptions.list({"customer": customer, "status": "all", "limit": 100})
        return [paid(one) for one in found.auto_paging_iter()]


def paid(subscription: Any) -> Paid:
    """A subscription object as values. It has one item: what our checkout puts into it."""
    items = subscription["items"]["data"]
    item = items[0] if items else {}
    price = item["price"]["id"] if item else ""
    return Paid(
        subscription["id"],
        subscription["status"],
        price,
        item["id"] if item else "",
        at(subscription["cancel_at"] or (item["current_period_end"] if item else None)),
        # Stripe's newer billing mode says it by `cancel_at` alone when a customer cancels in the portal.
        bool(subscription["cancel_at_period_end"] or subscription["cancel_at"]),
        subscription["created"],
    )


def payment(intent: str) -> Payment:
    """A payment as Stripe has it now, with what went back of it."""
    with asking() as connected:
        found = connected.v1.payment_intents.retrieve(intent, {"expand": ["latest_charge"]})
    charge: Any = found.latest_charge
    return Payment(
        found.id,
        found.status,
        str(found.customer or ""),
        found.amount_received,
        found.currency,
        charge.amount_refunded if charge else 0,
        dict(found.metadata.to_dict()) if found.metadata else {},
    )


def read_prices() -> list[Plan | Package]:
    """Give every plan and package the price whose lookup key is its code; answers those that have one now.

    A plan is paid by the month and a package once: a price of the other kind is none. Plans come first.
    """
    wanted: dict[str, Plan | Package] = {package.pk: package for package in Package.objects.all()}
    wanted |= {plan.pk: plan for plan in Plan.objects.all()}  # of the same code: the plan's
    prices: dict[str, Any] = {}
    with asking() as connected:
        keys = sorted(wanted)
        for start in range(0, len(keys), LOOKUP_KEYS):
            few = keys[start : start + LOOKUP_KEYS]
            found = connected.v1.prices.list({"lookup_keys": few, "active": True, "limit": 100})
            prices |= {price["lookup_key"]: price for price in found.auto_paging_iter()}
    sold = {code: price for code, price in prices.items() if _sells(price, wanted[code])}
    for model in (Plan, Package):
        model.objects.exclude(pk__in=sold).update(stripe_price="", price_cents=None, currency="")
    for code, price in sold.items():
        row = wanted[code]
        row.stripe_price, row.price_cents, row.currency = price["id"], price["unit_amount"], price["currency"]
        row.save(update_fields=["stripe_price", "price_cents", "currency"])
    return [wanted[code] for code in sorted(sold, key=lambda code: (isinstance(wanted[code], Package), code))]


def _sells(price: Any, row: Plan | Package) -> bool:
    return bool(price["type"] == ("one_time" if isinstance(row, Package) else "recurring"))
