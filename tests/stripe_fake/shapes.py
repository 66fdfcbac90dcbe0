"""The objects as Stripe shows them in the version that the client pins: every field, empty where nothing is."""

from __future__ import annotations

from typing import Any

from tests.stripe_fake.wire import Object
from tests.stripe_fake.world import World, envelope, token

DAY = 86400
NO_TAX: Object = {"enabled": False, "liability": None}


def blank(*names: str) -> Object:
    return dict.fromkeys(names)


def customer(world: World, params: Object) -> Object:
    nothing = blank(
        "address", "business_name", "currency", "customer_account", "default_source", "description", "discount",
        "email", "individual_name", "name", "phone", "shipping", "test_clock",
    )  # fmt: skip
    settings = blank("custom_fields", "default_payment_method", "footer", "rendering_options")
    fields: Object = {
        "balance": 0, "delinquent": False, "invoice_prefix": token(8).upper(), "invoice_settings": settings,
        "metadata": {}, "next_invoice_sequence": 1, "preferred_locales": [], "tax_exempt": "none",
    }  # fmt: skip
    return world.make("customer", **nothing | fields | params)


def product(world: World, params: Object) -> Object:
    nothing = blank(
        "default_price", "description", "package_dimensions", "shippable", "statement_descriptor", "tax_code",
        "tax_details", "unit_label", "url",
    )  # fmt: skip
    fields: Object = {"active": True, "images": [], "marketing_features": [], "metadata": {}, "type": "service"}
    return world.make("product", **nothing | fields | {"updated": world.now()} | params)


def price(world: World, params: Object) -> Object:
    nothing = blank(
        "custom_unit_amount", "lookup_key", "nickname", "recurring", "tiers_mode", "transform_quantity",
        "unit_amount",
    )  # fmt: skip
    if recurring := params.get("recurring"):
        usual = {"interval_count": 1, "meter": None, "trial_period_days": None, "usage_type": "licensed"}
        params = params | {"recurring": usual | recurring}
    fields: Object = {
        "active": True, "billing_scheme": "per_unit", "metadata": {}, "tax_behavior": "unspecified",
        "type": "recurring" if params.get("recurring") else "one_time",
        "unit_amount_decimal": str(params.get("unit_amount", "")) or None,
    }  # fmt: skip
    return world.make("price", **nothing | fields | params)


def plan(of: Object) -> Object:
    """The elder form of a recurring price, which subscription items still carry."""
    recurring = of["recurring"]
    return {
        "id": of["id"], "object": "plan", "active": of["active"], "amount": of["unit_amount"],
        "amount_decimal": of["unit_amount_decimal"], "billing_scheme": "per_unit", "created": of["created"],
        "currency": of["currency"], "interval": recurring["interval"], "livemode": of["livemode"],
        "interval_count": recurring["interval_count"], "metadata": {}, "meter": None, "nickname": of["nickname"],
        "product": of["product"], "tiers_mode": None, "transform_usage": None, "trial_period_days": None,
        "usage_type": "licensed",
    }  # fmt: skip


def payment_method(world: World, owner: str | None) -> Object:
    card: Object = blank("country", "generated_from", "wallet", "regulated_status") | {
        "brand": "visa", "display_brand": "visa", "exp_month": 12, "exp_year": 2034, "fingerprint": token(16),
        "funding": "credit", "last4": "4242", "networks": {"available": ["visa"], "preferred": None},
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "three_d_secure_usage": {"supported": True},
    }  # fmt: skip
    details = {"billing_details": blank("address", "email", "name", "phone", "tax_id"), "card": card}
    return world.make(
        "payment_method", allow_redisplay="unspecified", customer=owner, metadata={}, type="card", **details
    )


def payment_intent(world: World, params: Object) -> Object:
    nothing = blank(
        "application", "application_fee_amount", "automatic_payment_methods", "canceled_at", "cancellation_reason",
        "customer", "customer_account", "description", "last_payment_error", "latest_charge", "next_action",
        "on_behalf_of", "payment_method", "processing", "receipt_email", "review", "setup_future_usage", "shipping",
        "source", "statement_descriptor", "statement_descriptor_suffix", "transfer_data", "transfer_group",
    )  # fmt: skip
    made = world.new_id("payment_intent")
    fields: Object = {
        "id": made, "amount_capturable": 0, "amount_details": {"tip": {}}, "amount_received": 0,
        "capture_method": "automatic_async", "client_secret": f"{made}_secret_{token(25)}",
        "confirmation_method": "automatic", "metadata": {}, "payment_method_options": {},
        "payment_method_types": ["card"], "status": "requires_payment_method",
    }  # fmt: skip
    return world.make("payment_intent", **nothing | fields | params)


def charge(world: World, intent: Object, failure: Object | None) -> Object:
    made = world.new_id("charge")
    nothing = blank(
        "application", "application_fee", "application_fee_amount", "balance_transaction", "failure_code",
        "failure_balance_transaction", "failure_message", "on_behalf_of", "receipt_email", "receipt_number",
        "review", "shipping", "source", "source_transfer", "statement_descriptor", "transfer_data", "transfer_group",
        "statement_descriptor_suffix",
    )  # fmt: skip
    card = {"brand": "visa", "country": "US", "exp_month": 12, "exp_year": 2034, "funding": "credit", "last4": "4242"}
    fields: Object = {
        "id": made, "amount": intent["amount"], "amount_captured": 0 if failure else intent["amount"],
        "amount_refunded": 0, "billing_details": blank("address", "email", "name", "phone", "tax_id"),
        "calculated_statement_descriptor": "EXECUTOR", "captured": not failure, "currency": intent["currency"],
        "customer": intent["customer"], "description": intent["description"], "disputed": False,
        "fraud_details": {}, "metadata": dict(intent["metadata"]), "paid": not failure, "refunded": False,
        "outcome": {
            "network_status": "declined_by_network" if failure else "approved_by_network",
            "reason": "generic_decline" if failure else None, "risk_level": "normal", "risk_score": 17,
            "seller_message": "The bank declined it." if failure else "Payment complete.",
            "type": "issuer_declined" if failure else "authorized",
        },
        "payment_intent": intent["id"], "payment_method": intent["payment_method"],
        "payment_method_details": {"card": card, "type": "card"}, "radar_options": {},
        "receipt_url": None if failure else f"{world.url}/receipts/{made}",
        "status": "failed" if failure else "succeeded",
    }  # fmt: skip
    if failure:
        fields |= {"failure_code": failure["code"], "failure_message": failure["message"]}
    return world.make("charge", **nothing | fields)


def refund(world: World, of: Object, amount: int, params: Object) -> Object:
    nothing = blank("customer_account", "description", "reason", "receipt_number", "source_transfer_reversal")
    details = {"card": {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"}}
    fields: Object = {
        "amount": amount, "balance_transaction": None, "charge": of["id"], "currency": of["currency"],
        "destination_details": details | {"type": "card"}, "metadata": {}, "payment_intent": of["payment_intent"],
        "status": "succeeded", "transfer_reversal": None,
    }  # fmt: skip
    return world.make("refund", **nothing | fields | params)


def line(world: World, item: Object, amount: int, period: tuple[int, int], proration: bool = False) -> Object:
    """A line of an invoice, for one item of a subscription."""
    price = item["price"]
    name = world.objects[price["product"]]["name"]
    dollars = f"${price['unit_amount'] / 100:.2f} / {price['recurring']['interval']}"
    whole = f"{item['quantity']} \u00d7 {name} (at {dollars})"
    text = f"{'Unused' if amount < 0 else 'Remaining'} time on {name}" if proration else whole
    source: Object = {
        "invoice_item": world.new_id("invoice_item") if proration else None, "proration": proration,
        "proration_details": {"credited_items": None} if proration else None, "subscription": item["subscription"],
        "subscription_item": item["id"],
    }  # fmt: skip
    details = {"price_details": {"price": price["id"], "product": price["product"]}, "type": "price_details"}
    return {
        "id": world.new_id("line_item"), "object": "line_item", "amount": amount, "currency": price["currency"],
        "description": text, "discount_amounts": [], "discountable": not proration, "discounts": [],
        "invoice": None, "livemode": world.livemode, "metadata": {},
        "parent": {
            "invoice_item_details": None, "subscription_item_details": source, "type": "subscription_item_details",
        },
        "period": {"start": period[0], "end": period[1]}, "pretax_credit_amounts": [],
        "pricing": details | {"unit_amount_decimal": price["unit_amount_decimal"]}, "quantity": item["quantity"],
        "quantity_decimal": str(item["quantity"]), "subscription": item["subscription"], "subtotal": amount,
        "taxes": [],
    }  # fmt: skip


def subscription_item(world: World, of: str, price: Object, quantity: int, period: tuple[int, int]) -> Object:
    return {
        "id": world.new_id("subscription_item"), "object": "subscription_item", "billed_until": period[1],
        "billing_thresholds": None, "created": world.now(), "current_period_end": period[1],
        "current_period_start": period[0], "discounts": [], "metadata": {}, "plan": plan(price), "price": dict(price),
        "quantity": quantity, "subscription": of, "tax_rates": [],
    }  # fmt: skip


def subscription(world: World, **fields: Any) -> Object:
    nothing = blank(
        "application", "application_fee_percent", "billing_cycle_anchor_config", "billing_thresholds", "cancel_at",
        "canceled_at", "customer_account", "days_until_due", "default_payment_method", "default_source",
        "description", "ended_at", "latest_invoice", "next_pending_invoice_item_invoice", "on_behalf_of",
        "pause_collection", "pending_invoice_item_interval", "pending_setup_intent", "pending_update", "schedule",
        "status_details", "test_clock", "transfer_data", "trial_end", "trial_start",
    )  # fmt: skip
    settings = blank("payment_method_options", "payment_method_types") | {"save_default_payment_method": "off"}
    made: Object = {
        "automatic_tax": NO_TAX | {"disabled_reason": None}, "billing_cycle_anchor": world.now(),
        "billing_mode": {"flexible": {"proration_discounts": "included"}, "type": "flexible", "updated_at": None},
        "billing_schedules": [], "cancel_at_period_end": False, "default_tax_rates": [], "discounts": [],
        "cancellation_details": blank("comment", "feedback", "feedback_option", "reason"), "metadata": {},
        "collection_method": "charge_automatically", "managed_payments": {"enabled": False},
        "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}}, "payment_settings": settings,
        "start_date": world.now(), "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
    }  # fmt: skip
    return world.make("subscription", **nothing | made | fields)


def items(of: str, data: list[Object]) -> Object:
    return envelope(data, f"/v1/subscription_items?subscription={of}")
