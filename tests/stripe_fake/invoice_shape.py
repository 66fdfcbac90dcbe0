"""An invoice, and the payment that is tied to it, as Stripe shows them."""

from __future__ import annotations

from typing import Any

from tests.stripe_fake.shapes import NO_TAX, blank
from tests.stripe_fake.wire import Object
from tests.stripe_fake.world import World, envelope

NOTHING = (
    "account_tax_ids", "amount_paid_off_stripe", "application", "automatically_finalizes_at", "confirmation_secret",
    "custom_fields", "customer_account", "customer_address", "customer_phone", "customer_shipping",
    "default_payment_method", "default_source", "description", "due_date", "effective_at", "ending_balance", "footer",
    "from_invoice", "hosted_invoice_url", "invoice_pdf", "last_finalization_error", "latest_revision",
    "next_payment_attempt", "number", "on_behalf_of", "receipt_number", "rendering", "shipping_cost",
    "shipping_details", "statement_descriptor", "status_details", "test_clock", "threshold_reason",
    "webhooks_delivered_at",
)  # fmt: skip


def invoice(world: World, subscription: Object, reason: str, lines: list[Object]) -> Object:
    """A draft. What goes below zero becomes the customer's balance, and a balance is used up first."""
    customer, made = world.objects[subscription["customer"]], world.new_id("invoice")
    total = sum(line["amount"] for line in lines)
    due = max(0, total + customer["balance"])
    for line in lines:
        line["invoice"] = made
    details = blank("subscription_proration_date") | {
        "metadata": dict(subscription["metadata"]), "subscription": subscription["id"],
    }  # fmt: skip
    fields: Object = {
        "id": made, "account_country": "US", "account_name": "Fake Stripe", "amount_due": due, "amount_overpaid": 0,
        "amount_paid": 0, "amount_remaining": due, "amount_shipping": 0, "attempt_count": 0, "attempted": False,
        "auto_advance": True, "automatic_tax": NO_TAX | blank("disabled_reason", "provider", "status"),
        "billing_reason": reason, "collection_method": "charge_automatically", "currency": subscription["currency"],
        "customer": customer["id"], "customer_email": customer["email"], "customer_name": customer["name"],
        "customer_tax_exempt": "none", "customer_tax_ids": [], "default_tax_rates": [], "discounts": [],
        "issuer": {"type": "self"}, "lines": envelope(lines, f"/v1/invoices/{made}/lines"), "metadata": {},
        "parent": {"quote_details": None, "subscription_details": details, "type": "subscription_details"},
        "payment_settings": blank("default_mandate", "payment_method_options", "payment_method_types"),
        "period_end": world.now(), "period_start": world.now(), "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0, "starting_balance": customer["balance"], "status": "draft",
        "status_transitions": blank("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at"),
        "subtotal": total, "subtotal_excluding_tax": total, "total": total, "total_discount_amounts": [],
        "total_excluding_tax": total, "total_pretax_credit_amounts": [], "total_taxes": [],
    }  # fmt: skip
    return world.make("invoice", **blank(*NOTHING) | fields)


def invoice_payment(world: World, invoice: Object, intent: Object) -> Object:
    return world.make(
        "invoice_payment", amount_paid=None, amount_requested=invoice["amount_due"], currency=invoice["currency"],
        invoice=invoice["id"], is_default=True, payment={"payment_intent": intent["id"], "type": "payment_intent"},
        status="open", status_transitions=blank("canceled_at", "paid_at"),
    )  # fmt: skip


def payments(world: World, invoice: Object) -> Object:
    """What `expand[]=payments` adds."""
    return envelope(world.of("invoice_payment", invoice=invoice["id"]), "/v1/invoice_payments")


def confirmation_secret(world: World, invoice: Object) -> Any:
    paid = world.of("invoice_payment", invoice=invoice["id"])
    intent = world.objects[paid[0]["payment"]["payment_intent"]] if paid else None
    return intent and {"client_secret": intent["client_secret"], "type": "payment_intent"}
