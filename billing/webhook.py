"""What Stripe tells: the only thing that changes a plan or books credit, besides staff and a grace that ends.

An event says that something happened, not what is true now: events come late, twice and in any order. So each one is
noted once, in the transaction of its effect, and the effect is to ask Stripe how the customer stands.
"""

from __future__ import annotations

import json
import logging
import math
import re
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from billing import credit, dunning, stripe_client
from billing.actions import FREE, set_plan
from billing.models import Plan, StripeEvent, Subscription
from billing.redacting import redacted
from events.actions import event, publish, told_last
from executor_one.kit import tenancy
from executor_one.kit.errors import Conflict, Malformed, NotBuilt
from executor_one.kit.queue import enqueue

logger = logging.getLogger(__name__)

LATEST = 2**33  # seconds since 1970
TOLERANCE = 300  # seconds that an event may be old, or ahead of our clock
IN_TIME = timedelta(days=1)  # a failed payment of which we hear within it is counted from when it failed
ACTOR = "stripe"
PAYMENT_FAILED = "invoice.payment_failed"
NOT_STRIPE = "This is not signed by Stripe for this address, or not within the last five minutes."
FAR_AHEAD = "Its time lies in the future."


def verified(body: bytes, signature: str) -> dict[str, Any]:
    """The event, if Stripe signed this very body within five minutes and for this mode; else Malformed (400)."""
    stripe_client.client()
    if not settings.STRIPE_WEBHOOK_SECRET:
        raise NotBuilt("STRIPE_WEBHOOK_SECRET is not set: nothing that claims to come from Stripe can be believed.")
    import stripe

    try:
        text = _checked(stripe.WebhookSignature, body, signature)
        told = dict(json.loads(text, parse_constant=_no_number, parse_float=_finite))
        _check_shape(told)
    except (stripe.SignatureVerificationError, ValueError, TypeError, KeyError, RecursionError) as wrong:
        logger.warning("a webhook was refused: %s", str(wrong)[:200])
        raise Malformed(
            "This is not signed by Stripe for this address, or not within the last five minutes."
        ) from wrong
    if told["livemode"] != stripe_client.is_live():
        kind = "live" if told["livemode"] else "test"
        logger.warning("a webhook was refused: %s is a %s event", told["id"], kind)
        raise Malformed(f"This is an event of Stripe's {kind} mode, which is not the mode of this installation.")
    return told


def _checked(signer: Any, body: bytes, signature: str) -> str:
    """The signed text. The library lets any time in the future pass, so that is looked at here."""
    text = body.decode()
    signer.verify_header(text, signature, settings.STRIPE_WEBHOOK_SECRET, tolerance=TOLERANCE)
    times = [part[2:] for part in signature.split(",") if part.strip().startswith("t=")]
    if len(times) != 1 or int(times[0]) > time.time() + TOLERANCE:
        raise ValueError(FAR_AHEAD)
    return text


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _finite(digits: str) -> float:
    """The number, unless it is too large to be one: `1e999` would be infinity, which no JSON can hold."""
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"{digits[:20]} is too large")
    return number


def _check_shape(told: dict[str, Any]) -> None:
    """What we read of an event is there and can be stored: no text that Postgres cannot hold; else ValueError."""
    text = json.dumps(told, ensure_ascii=False)
    text.encode()  # a lone surrogate is a ValueError
    if "\\u0000" in text or not re.fullmatch(r"[\x21-\x7e]{1,255}", str(told["id"])):
        raise ValueError("it cannot be stored")
    kinds = {"id": str, "type": str, "created": int, "livemode": bool}
    if any(type(told[name]) is not kind for name, kind in kinds.items()) or not 0 <= told["created"] < LATEST:
        raise ValueError("a field is of another kind")
    if not isinstance(told["data"]["object"], dict):
        raise ValueError("it is about nothing")


def receive(told: dict[str, Any], *, actor: str = ACTOR, again: bool = False) -> StripeEvent:
    """Note an event and do what follows from it, both or neither. A failure is noted too; then its state is `failed`.

    The same event once more changes nothing, unless it had failed or is to be done `again`.
    """
    with tenancy.all_accounts(reason="whose an event is stands in our table of customers, not in the event"):
        try:
            with transaction.atomic():
                return _done_once(told, actor, again)
        except Exception as failure:  # Stripe sends it again; staff see why
            logger.exception("Stripe's event %s failed", told["id"])
            return _failed(told, f"{type(failure).__name__}: {failure}")


def replay(noted: StripeEvent, *, actor: str) -> StripeEvent:
    """Do once more what follows from an event: staff's button. It asks Stripe anew, so it is right at any time.

    What the customer was told of it already is not told again; that staff did this is.
    """
    return receive(noted.payload, actor=actor, again=True)


def _done_once(told: dict[str, Any], actor: str, again: bool) -> StripeEvent:
    noted, is_new = StripeEvent.objects.select_for_update().get_or_create(
        pk=told["id"], defaults={**_described(told), "state": StripeEvent.State.DONE}
    )
    if not is_new:
        if noted.state != StripeEvent.State.FAILED and not again:
            return noted
        noted.tries += 1
    noted.state, noted.note = StripeEvent.State.DONE, ""
    _follow(noted, told, actor, again)
    noted.save()
    return noted


def _failed(told: dict[str, Any], why: str) -> StripeEvent:
    mine = _customers(told["data"]["object"]).first()
    now = {"state": StripeEvent.State.FAILED, "note": why[:500], "account_id": mine.account_id if mine else None}
    noted, is_new = StripeEvent.objects.get_or_create(pk=told["id"], defaults={**_described(told), **now})
    if not is_new:
        StripeEvent.objects.filter(pk=noted.pk).update(**now, tries=F("tries") + 1)
        noted.refresh_from_db()
    return noted


def _customers(thing: Mapping[str, Any]) -> QuerySet[Subscription]:
    """Of the account whose customer a thing of Stripe's names; none where it names nobody's."""
    customer = thing.get("customer")
    rows = Subscription.objects.all()
    return rows.filter(stripe_customer=customer) if isinstance(customer, str) else rows.none()


def _described(told: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": str(told["type"])[:100],
        "livemode": bool(told.get("livemode")),
        "payload": redacted(told),
        "created_at": stripe_client.at(int(told["created"])),
    }


def _follow(noted: StripeEvent, told: dict[str, Any], actor: str, again: bool) -> None:
    """The effect of one event, in the scope of the account whose customer it names."""
    handler, thing = HANDLERS.get(noted.type), told["data"]["object"]
    if handler is None:
        _ignore(noted, "Nothing follows from this type.")
        return
    mine = _customers(thing).select_for_update(of=("self",)).select_related("account", "plan").first()
    if mine is None:
        _ignore(noted, "No account has this customer.")
        return
    noted.account_id = mine.account_id
    with tenancy.account_scope(mine.account_id), told_last():
        noted.note = _stands(mine, noted, thing, actor, failed_at=None if again else _failed_at(noted))[:500]
        if not noted.is_told:
            handler(mine, thing)
            noted.is_told = True
        if again:
            publish(event("stripe.replayed", {"stripeEvent": noted.pk, "type": noted.type}, actor=actor))


def _failed_at(noted: StripeEvent) -> datetime | None:
    """When the payment failed that an event is about; None for all others, and for one that comes too late.

    Stripe tries for days to tell us. The customer hears of it when we do: those days are not theirs to lose.
    """
    now = timezone.now()
    if noted.type != PAYMENT_FAILED or now - noted.created_at > IN_TIME:
        return None
    return min(noted.created_at, now)


def _stands(
    mine: Subscription, noted: StripeEvent, thing: Mapping[str, Any], actor: str, failed_at: datetime | None
) -> str:
    """Bring the plan up to date; or the credit, where the event is of a payment for a package.

    What the event says of a package is only a reason to ask Stripe what the payment is for.
    """
    intent = str(thing["id"] if noted.type in PAYMENTS else thing.get("payment_intent") or "")
    if noted.type in PAYMENTS:
        follow = credit.settle if noted.is_told else PAYMENTS[noted.type]
        follow(mine, intent, actor=actor)
    elif intent and ((thing.get("metadata") or {}).get("package") or credit.is_booked(intent)):
        credit.settle(mine, intent, actor=actor)
    else:
        return bring_up_to_date(mine, failed_at=failed_at, actor=actor)
    return ""


def _ignore(noted: StripeEvent, why: str) -> None:
    logger.info("Stripe's event %s (%s) is ignored: %s", noted.pk, noted.type, why)
    noted.state, noted.note = StripeEvent.State.IGNORED, why


def bring_up_to_date(mine: Subscription, *, failed_at: datetime | None = None, actor: str = ACTOR) -> str:
    """Ask Stripe how the customer of this locked row stands, and make it so; answers what staff should know of it.

    `failed_at`: when a payment failed. The grace begins with the first that did; where none is known, now.
    """
    told = stripe_client.subscriptions_of(str(mine.stripe_customer))
    prices = Plan.objects.exclude(stripe_price="").values_list("stripe_price", "rank", "code")
    plans = {price: (rank, code) for price, rank, code in prices}
    was, since = mine.status, min((one for one in (mine.past_due_since, failed_at) if one), default=None)
    stands = dunning.standing(told, plans, past_due_since=since, now=timezone.now())
    if stands.subscription is None and not mine.is_paid:
        return "The customer has no paid subscription."
    _write(mine, stands)
    set_plan(mine.account, stands.plan or FREE, actor=actor)
    if mine.status == Subscription.Status.UNPAID != was:
        enqueue("billing.tasks.send_grace_ended", mine.account_id)
    return stands.note


def refresh(account_id: str, *, actor: str) -> str:
    """The same for an account of which no event came: staff's button. Answers how it stands."""
    with tenancy.account_scope(account_id), told_last():
        mine = Subscription.objects.select_for_update(of=("self",)).select_related("account").get(account_id=account_id)
        if not mine.stripe_customer:
            raise Conflict("The account is no customer at Stripe.")
        note = bring_up_to_date(mine, actor=actor)
    return f"{mine.status}{f': {note}' if note else ''}"


def _write(mine: Subscription, stands: dunning.Standing) -> None:
    has: Any = stands.subscription
    mine.status = stands.status
    mine.stripe_subscription, mine.stripe_item = (has.id, has.item) if has else ("", "")
    mine.period_end, mine.ends_at_period_end = (has.period_end, has.ends_at_period_end) if has else (None, False)
    mine.paid_plan = Plan.objects.filter(stripe_price=has.price).first() if has else None
    mine.past_due_since, mine.grace_until = stands.past_due_since, stands.grace_until
    mine.save(
        update_fields=[
            "status", "stripe_subscription", "stripe_item", "period_end", "ends_at_period_end", "paid_plan",
            "past_due_since", "grace_until",
        ]
    )  # fmt: skip


def end_grace(account_id: str) -> None:
    """A payment is missing for longer than the grace: the account is on Free until it comes. Idempotent."""
    with tenancy.account_scope(account_id), told_last():
        mine = Subscription.objects.select_for_update(of=("self",)).select_related("account").get(account_id=account_id)
        if mine.status != Subscription.Status.PAST_DUE or not mine.grace_is_over(timezone.now()):
            return
        mine.status = Subscription.Status.UNPAID
        mine.save(update_fields=["status"])
        set_plan(mine.account, FREE, actor="executor")
        enqueue("billing.tasks.send_grace_ended", account_id)


def _nothing_more(mine: Subscription, thing: Mapping[str, Any]) -> None:
    """How the customer, or the payment, stands was all that mattered."""


def _checked_out(mine: Subscription, session: Mapping[str, Any]) -> None:
    if mine.checkout_session == session["id"]:
        mine.checkout_session = ""
        mine.save(update_fields=["checkout_session"])


def _invoice_paid(mine: Subscription, invoice: Mapping[str, Any]) -> None:
    publish(event("invoice.paid", _amount(invoice, "amount_paid"), actor=ACTOR))


def _payment_failed(mine: Subscription, invoice: Mapping[str, Any]) -> None:
    until = mine.grace_until.isoformat() if mine.grace_until else None
    told = {**_amount(invoice, "amount_due"), "graceUntil": until}
    publish(event("invoice.payment_failed", told, actor=ACTOR))
    if mine.status == Subscription.Status.PAST_DUE:
        enqueue("billing.tasks.send_payment_failed", mine.account_id)


def _refunded(mine: Subscription, charge: Mapping[str, Any]) -> None:
    """Money went back. What the account may do follows from its subscription, not from this (decision 0026)."""
    told = {"charge": charge["id"], "amountCents": charge["amount_refunded"], "currency": charge["currency"]}
    publish(event("charge.refunded", {**told, "isWhole": bool(charge["refunded"])}, actor=ACTOR))
    calls = credit.refunded(str(charge.get("payment_intent") or ""))
    more: list[Any] = [] if calls is None else [calls]
    if calls is None and (charge.get("metadata") or {}).get("package"):
        more = [0, False]  # it was paid back before it was booked, or because it could not be
    enqueue("billing.tasks.send_refunded", mine.account_id, charge["amount_refunded"], charge["currency"], *more)


def _amount(invoice: Mapping[str, Any], field: str) -> dict[str, Any]:
    return {"invoice": invoice["id"], "amountCents": invoice[field], "currency": invoice["currency"]}


PAYMENTS: dict[str, Callable[..., None]] = {
    "payment_intent.succeeded": credit.settle,
    "payment_intent.payment_failed": credit.tell_failed,
}
HANDLERS: dict[str, Callable[[Subscription, Mapping[str, Any]], None]] = {
    "checkout.session.completed": _checked_out,
    "customer.subscription.created": _nothing_more,
    "customer.subscription.updated": _nothing_more,
    "customer.subscription.deleted": _nothing_more,
    "invoice.paid": _invoice_paid,
    PAYMENT_FAILED: _payment_failed,
    "charge.refunded": _refunded,
    **dict.fromkeys(PAYMENTS, _nothing_more),
}
