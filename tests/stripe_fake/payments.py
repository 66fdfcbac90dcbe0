"""Cards, payment intents, charges and refunds."""

from __future__ import annotations

from tests.stripe_fake import shapes
from tests.stripe_fake.wire import ApiError, Object, declined
from tests.stripe_fake.world import World, shown

REFUSED = {"pm_card_chargeDeclined", "pm_card_chargeCustomerFail", "pm_card_visa_chargeDeclined"}


def card_of(world: World, customer: Object) -> str | None:
    found = customer["invoice_settings"]["default_payment_method"]
    return str(found) if found else None


def give_card(world: World, customer: Object) -> str:
    """A card that works, as the default; the one that there is, if there is one."""
    world.failing.discard(customer["id"])
    if known := card_of(world, customer):
        return known
    card = shapes.payment_method(world, customer["id"])
    world.emit("payment_method.attached", card)
    settings = customer["invoice_settings"] | {"default_payment_method": card["id"]}
    world.change(customer, "customer.updated", invoice_settings=settings)
    return str(card["id"])


def intend(world: World, params: Object) -> Object:
    intent = shapes.payment_intent(world, params)
    if intent["payment_method"]:
        intent["status"] = "requires_confirmation"
    world.emit("payment_intent.created", intent)
    return intent


def attempt(world: World, intent: Object, method: str, fails: bool) -> Object:
    """Charge the card; answers the charge."""
    intent["payment_method"] = method
    error = declined().body["error"] if fails else None
    charge = shapes.charge(world, intent, error)
    intent["latest_charge"] = charge["id"]
    if error:
        card = shown(world.objects[method]) if method in world.objects else None
        intent["last_payment_error"] = error | {"charge": charge["id"], "payment_method": card}
        intent["status"] = "requires_payment_method"
        world.emit("charge.failed", charge)
        world.emit("payment_intent.payment_failed", intent)
    else:
        intent |= {"status": "succeeded", "amount_received": intent["amount"], "last_payment_error": None}
        world.emit("charge.succeeded", charge)
        world.emit("payment_intent.succeeded", intent)
    return charge


def confirm(world: World, intent: Object, method: str | None) -> Object:
    if intent["status"] not in ("requires_payment_method", "requires_confirmation"):
        raise ApiError(
            400,
            f"This PaymentIntent's status is {intent['status']}, so it cannot be confirmed.",
            code="payment_intent_unexpected_state",
        )
    method = method or intent["payment_method"]
    if not method:
        raise ApiError(
            400,
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            code="payment_intent_unexpected_state",
        )
    if method in REFUSED or method == "pm_card_visa":
        fails, method = method in REFUSED, str(shapes.payment_method(world, intent["customer"])["id"])
    else:
        world.get("payment_method", method, "payment_method", 400)
        fails = intent["customer"] in world.failing
    charge = attempt(world, intent, method, fails)
    if fails:
        raise declined(charge=charge["id"], payment_intent=shown(intent))
    return intent


def refunded_charge(world: World, params: Object) -> Object:
    if wanted := params.get("charge"):
        return world.get("charge", wanted, "charge", 400)
    if wanted := params.get("payment_intent"):
        intent = world.get("payment_intent", wanted, "payment_intent", 400)
        if intent["status"] == "succeeded":
            return world.get("charge", intent["latest_charge"])
        raise ApiError(400, f"This PaymentIntent ({wanted}) does not have a successful charge to refund.")
    raise ApiError(400, "One of the following params should be provided for this request: payment_intent or charge.")


def refund(world: World, params: Object) -> Object:
    charge = refunded_charge(world, params)
    left = charge["amount"] - charge["amount_refunded"]
    if not charge["paid"]:
        raise ApiError(400, f"Charge {charge['id']} has failed and cannot be refunded.", param="charge")
    if not left:
        raise ApiError(400, f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = params.get("amount", left)
    if not 0 < amount <= left:
        raise ApiError(
            400,
            f"Refund amount (${amount / 100:.2f}) is greater than unrefunded amount on charge (${left / 100:.2f})",
            param="amount",
        )
    kept = {key: params[key] for key in ("reason", "metadata") if key in params}
    made = shapes.refund(world, charge, amount, kept)
    world.emit("refund.created", made)
    world.change(charge, "charge.refunded", amount_refunded=charge["amount_refunded"] + amount, refunded=amount == left)
    return made
