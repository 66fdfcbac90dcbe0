"""Checkout sessions, and the sessions of the customer portal."""

from __future__ import annotations

from tests.stripe_fake import payments, shapes
from tests.stripe_fake.shapes import DAY, NO_TAX, blank
from tests.stripe_fake.subscribing import chosen, start
from tests.stripe_fake.wire import ApiError, Object
from tests.stripe_fake.world import World, envelope

NOTHING = (
    "after_expiration", "allow_promotion_codes", "allowed_payment_method_types", "billing_address_collection",
    "cancel_url", "client_reference_id", "client_secret", "collected_information", "consent", "consent_collection",
    "currency_conversion", "customer", "customer_account", "customer_creation", "customer_email",
    "excluded_payment_method_types", "integration_identifier", "invoice", "invoice_creation", "locale",
    "name_collection", "optional_items", "payment_intent", "payment_link", "payment_method_configuration_details",
    "permissions", "presentment_details", "recovered_from", "return_url", "setup_intent",
    "shipping_address_collection", "shipping_cost", "submit_type", "subscription", "tax_id_collection",
    "wallet_options",
)  # fmt: skip
KEPT = (
    "allow_promotion_codes", "billing_address_collection", "cancel_url", "client_reference_id", "consent_collection",
    "customer", "customer_email", "expires_at", "integration_identifier", "locale", "metadata",
    "payment_method_collection", "success_url",
)  # fmt: skip
MODES = {"subscription": "payment_intent_data", "payment": "subscription_data"}  # and what belongs to the other one
ONLY_THESE = "The fake knows mode=subscription and mode=payment, on Stripe's own page only."


def create(world: World, params: Object) -> Object:
    """POST /v1/checkout/sessions."""
    validate(world, params)
    prices = chosen(world, params["line_items"], "line_items", params["mode"])
    total = sum(price["unit_amount"] * count for price, count in prices)
    made = world.new_id("checkout.session")
    fields: Object = {
        "id": made, "adaptive_pricing": {"enabled": False}, "amount_subtotal": total, "amount_total": total,
        "automatic_tax": NO_TAX | blank("provider", "status"), "currency": prices[0][0]["currency"],
        "custom_fields": [], "discounts": [], "expires_at": world.now() + DAY, "livemode": world.livemode,
        "custom_text": blank("after_submit", "shipping_address", "submit", "terms_of_service_acceptance"),
        "customer_details": details(world, params), "managed_payments": {"enabled": False}, "metadata": {},
        "mode": params["mode"], "origin_context": None,
        "payment_method_collection": "always" if params["mode"] == "subscription" else "if_required",
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}}, "payment_method_types": ["card"],
        "payment_status": "unpaid", "phone_number_collection": {"enabled": False}, "redirect_on_completion": None,
        "saved_payment_method_options": None, "shipping_options": [], "status": "open", "ui_mode": "hosted_page",
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "url": f"{world.url}/c/pay/{made}", "_prices": prices,
        "_subscription_data": params.get("subscription_data", {}),
        "_payment_intent_data": params.get("payment_intent_data", {}),
    }  # fmt: skip
    return world.make("checkout.session", **blank(*NOTHING) | fields | {k: params[k] for k in KEPT if k in params})


def check_mode(mode: str, params: Object) -> None:
    if mode not in MODES or params.get("ui_mode", "hosted_page") != "hosted_page":
        raise ApiError(501, ONLY_THESE, kind="api_error", param="mode")
    foreign = MODES[mode]
    if foreign in params:
        raise ApiError(400, f"You can not pass `{foreign}` in `{mode}` mode.", param=foreign)


def validate(world: World, params: Object) -> None:
    mode = params.get("mode")
    if not mode or not params.get("line_items"):
        absent = "line_items" if mode else "mode"
        raise ApiError(400, f"Missing required param: {absent}.", code="parameter_missing", param=absent)
    check_mode(mode, params)
    if not params.get("success_url"):
        raise ApiError(400, "Missing required param: success_url.", code="parameter_missing", param="success_url")
    for name in ("success_url", "cancel_url"):
        if not params.get(name, "http://").startswith(("http://", "https://")):
            raise ApiError(400, "Not a valid URL", code="url_invalid", param=name)
    if "customer" in params:
        world.get("customer", params["customer"], "customer", 400)
        if "customer_email" in params:
            raise ApiError(400, "You may only specify one of these parameters: customer, customer_email.")


def details(world: World, params: Object) -> Object | None:
    """Who it is, as far as is known before they pay."""
    nothing = blank("address", "business_name", "individual_name", "name", "phone", "tax_exempt", "tax_ids")
    if "customer" in params:
        return nothing | {"email": world.objects[params["customer"]]["email"], "tax_exempt": "none", "tax_ids": None}
    return nothing | {"email": params["customer_email"]} if "customer_email" in params else None


def line_items(world: World, session: Object) -> Object:
    """What `expand[]=line_items` adds."""
    lines = []
    for price, count in session["_prices"]:
        amount = price["unit_amount"] * count
        lines.append({
            "id": world.new_id("item"), "object": "item", "adjustable_quantity": None, "amount_discount": 0,
            "amount_subtotal": amount, "amount_tax": 0, "amount_total": amount, "currency": price["currency"],
            "description": world.objects[price["product"]]["name"], "metadata": {}, "price": dict(price),
            "quantity": count,
        })  # fmt: skip
    return envelope(lines, f"/v1/checkout/sessions/{session['id']}/line_items")


def opened(session: Object, doing: str) -> Object:
    if session["status"] != "open":
        raise ApiError(
            400,
            f'Only Checkout Sessions with a status in ["open"] can be {doing}. This Checkout Session has a status of '
            f"`{session['status']}`.",
        )
    return session


def buyer(world: World, session: Object) -> Object:
    if session["customer"]:
        return world.get("customer", session["customer"])
    made = shapes.customer(world, {"email": session["customer_email"] or "buyer@example.com", "name": "Buyer"})
    world.emit("customer.created", made)
    return made


def pay(world: World, session: Object) -> Object:
    """Somebody gives a card that works."""
    opened(session, "paid")
    customer = buyer(world, session)
    if session["mode"] == "payment":
        return pay_once(world, session, customer)
    card = payments.give_card(world, customer)
    params: Object = dict(session["_subscription_data"]) | {"default_payment_method": card}
    known = {key: params[key] for key in ("metadata", "description", "trial_period_days") if key in params}
    subscription = start(world, customer, session["_prices"], known | {"default_payment_method": card})
    trial = subscription["status"] == "trialing"
    session |= {
        "status": "complete", "payment_status": "no_payment_required" if trial else "paid", "url": None,
        "customer": customer["id"], "subscription": subscription["id"], "invoice": subscription["latest_invoice"],
        "customer_details": details(world, {"customer": customer["id"]}),
    }  # fmt: skip
    world.emit("checkout.session.completed", session)
    return session


def intent_of(world: World, session: Object) -> Object:
    """The payment of a session in mode=payment, made when somebody first tries to pay: it is there afterwards."""
    if session["payment_intent"]:
        return world.objects[session["payment_intent"]]
    about = {"amount": session["amount_total"], "currency": session["currency"], "customer": session["customer"]}
    intent = payments.intend(world, about | session["_payment_intent_data"])
    session["payment_intent"] = intent["id"]
    return intent


def pay_once(world: World, session: Object, customer: Object) -> Object:
    """The card is used once and not kept."""
    session["customer"] = customer["id"]
    intent = intent_of(world, session)
    payments.attempt(world, intent, str(shapes.payment_method(world, None)["id"]), fails=False)
    session |= {
        "status": "complete", "payment_status": "paid", "url": None,
        "customer_details": details(world, {"customer": customer["id"]}),
    }  # fmt: skip
    world.emit("checkout.session.completed", session)
    return session


def decline(world: World, session: Object) -> Object:
    """Somebody gives a card that is refused: the session stays open, and no subscription is made."""
    opened(session, "paid")
    if session["mode"] == "payment":
        intent = intent_of(world, session)
    else:
        intent = payments.intend(world, {
            "amount": session["amount_total"], "currency": session["currency"], "customer": session["customer"],
            "description": "Subscription creation",
        })  # fmt: skip
    payments.attempt(world, intent, str(shapes.payment_method(world, None)["id"]), fails=True)
    return session


def expire(world: World, session: Object) -> Object:
    opened(session, "expired")
    session |= {"status": "expired", "url": None}
    world.emit("checkout.session.expired", session)
    return session


def portal(world: World, params: Object) -> Object:
    """POST /v1/billing_portal/sessions."""
    if "customer" not in params:
        raise ApiError(400, "Missing required param: customer.", code="parameter_missing", param="customer")
    customer = world.get("customer", params["customer"], "customer", 400)
    made = world.new_id("billing_portal.session")
    flow = flow_of(world, params["flow_data"]) if "flow_data" in params else None
    return world.make(
        "billing_portal.session", id=made, configuration="bpc_fake", customer=customer["id"], customer_account=None,
        after_expiration=None, flow=flow, locale=params.get("locale"), on_behalf_of=None,
        return_url=params.get("return_url"), url=f"{world.url}/p/session/{made}",
    )  # fmt: skip


def flow_of(world: World, flow: Object) -> Object:
    parts = ("customer_update", "subscription_cancel", "subscription_pause", "subscription_update")
    nothing: Object = blank(*parts, "subscription_update_confirm") | {
        "after_completion": {"type": "portal_homepage", "redirect": None, "hosted_confirmation": None}
    }
    for part in (*parts, "subscription_update_confirm"):
        if wanted := flow.get(part, {}).get("subscription"):
            world.get("subscription", wanted, f"flow_data[{part}][subscription]", 400)
    return nothing | flow
