"""Invoices: made, finalized, collected; and what that does to the subscription."""

from __future__ import annotations

from tests.stripe_fake import invoice_shape, payments
from tests.stripe_fake.shapes import DAY
from tests.stripe_fake.wire import ApiError, Object, declined
from tests.stripe_fake.world import World

RETRY_AFTER = 3 * DAY


def bill(world: World, subscription: Object, reason: str, lines: list[Object], collected: bool = True) -> Object:
    """An open invoice, not yet collected; a draft that nobody finalizes unless `collected`."""
    invoice = invoice_shape.invoice(world, subscription, reason, lines)
    invoice["auto_advance"] = collected
    world.emit("invoice.created", invoice)
    if collected:
        finalize(world, invoice)
    return invoice


def finalize(world: World, invoice: Object) -> None:
    customer, now = world.objects[invoice["customer"]], world.now()
    number = f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04}"
    customer["next_invoice_sequence"] += 1
    after = min(0, customer["balance"] + invoice["total"])
    page = f"{world.url}/i/{invoice['id']}"
    invoice |= {
        "status": "open", "number": number, "effective_at": now, "ending_balance": after,
        "hosted_invoice_url": page, "invoice_pdf": f"{page}/pdf",
        "status_transitions": invoice["status_transitions"] | {"finalized_at": now},
    }  # fmt: skip
    world.change(customer, "customer.updated", balance=after)
    if invoice["amount_due"]:
        about = {"amount": invoice["amount_due"], "currency": invoice["currency"], "customer": customer["id"]}
        intent = payments.intend(world, about | {"description": f"Payment for invoice {number}"})
        invoice_shape.invoice_payment(world, invoice, intent)
    world.emit("invoice.finalized", invoice)


def collect(world: World, invoice: Object, fails: bool = False, card: str | None = None) -> bool:
    """Take the money. `fails` whatever the card is; a card that is known to be refused fails anyway."""
    customer = world.objects[invoice["customer"]]
    card = card or payments.card_of(world, customer)
    fails = fails or customer["id"] in world.failing or not card
    if invoice["amount_due"]:
        if card:
            payment = world.of("invoice_payment", invoice=invoice["id"])[0]
            payments.attempt(world, world.objects[payment["payment"]["payment_intent"]], card, fails)
        if fails:
            refused(world, invoice)
            return False
    paid(world, invoice)
    return True


def refused(world: World, invoice: Object) -> None:
    world.change(
        invoice, "invoice.updated", attempted=True, attempt_count=invoice["attempt_count"] + 1,
        next_payment_attempt=None if invoice["billing_reason"] == "subscription_create" else world.now() + RETRY_AFTER,
    )  # fmt: skip
    world.emit("invoice.payment_failed", invoice)
    subscription = subscription_of(world, invoice)
    if subscription["status"] in ("active", "trialing"):
        world.change(subscription, "customer.subscription.updated", status="past_due")
    world.objects[invoice["customer"]]["delinquent"] = True


def paid(world: World, invoice: Object) -> None:
    now = world.now()
    for payment in world.of("invoice_payment", invoice=invoice["id"]):
        payment |= {"status": "paid", "amount_paid": invoice["amount_due"]}
        payment["status_transitions"] = payment["status_transitions"] | {"paid_at": now}
        world.emit("invoice_payment.paid", payment)
    world.change(
        invoice, "invoice.updated", status="paid", attempted=True, amount_paid=invoice["amount_due"],
        attempt_count=invoice["attempt_count"] + bool(invoice["amount_due"]), amount_remaining=0, auto_advance=False,
        next_payment_attempt=None, status_transitions=invoice["status_transitions"] | {"paid_at": now},
    )  # fmt: skip
    world.emit("invoice.paid", invoice)
    world.emit("invoice.payment_succeeded", invoice)
    subscription = subscription_of(world, invoice)
    latest = subscription["latest_invoice"] == invoice["id"]
    if latest and subscription["status"] in ("incomplete", "past_due", "unpaid"):
        world.change(subscription, "customer.subscription.updated", status="active")
    still_open = world.of("invoice", customer=invoice["customer"], status="open")
    world.objects[invoice["customer"]]["delinquent"] = bool(still_open)


def subscription_of(world: World, invoice: Object) -> Object:
    return world.objects[invoice["parent"]["subscription_details"]["subscription"]]


def pay(world: World, invoice: Object, card: str | None = None) -> Object:
    """POST /v1/invoices/{id}/pay, or the button on its page."""
    if invoice["status"] == "paid":
        raise ApiError(400, "Invoice is already paid", code="invoice_already_paid")
    if invoice["status"] not in ("open", "draft"):
        raise ApiError(400, f"Invoice {invoice['id']} is {invoice['status']} and cannot be paid")
    if invoice["status"] == "draft":
        finalize(world, invoice)
    if not collect(world, invoice, card=card):
        raise declined()
    return invoice


def void(world: World, invoice: Object) -> Object:
    if invoice["status"] != "open":
        raise ApiError(400, "You can only pass in open invoices. This invoice isn't open.")
    transitions = invoice["status_transitions"] | {"voided_at": world.now()}
    invoice |= {"status": "void", "status_transitions": transitions, "next_payment_attempt": None}
    world.emit("invoice.voided", invoice)
    return invoice


def refuse_in_advance(world: World, customer: str, amount: int, currency: str) -> None:
    """`error_if_incomplete` where the card fails: a payment is tried and refused, and nothing else happens."""
    owner = world.objects[customer]
    card = payments.card_of(world, owner)
    if not card:
        raise no_card()
    amount += owner["balance"]
    if customer in world.failing and amount > 0:
        intent = payments.intend(world, {"amount": amount, "currency": currency, "customer": customer})
        charge = payments.attempt(world, intent, card, fails=True)
        raise declined(charge=charge["id"])


def no_card() -> ApiError:
    return ApiError(
        400,
        "This customer has no attached payment source or default payment method. Please consider adding a default "
        "payment method.",
        code="resource_missing",
    )
