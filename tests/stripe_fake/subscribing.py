"""The life of a subscription: started, renewed, cancelled."""

from __future__ import annotations

import calendar
import copy
from datetime import UTC, datetime
from typing import Any

from tests.stripe_fake import invoicing, shapes
from tests.stripe_fake.shapes import DAY
from tests.stripe_fake.wire import ApiError, Object
from tests.stripe_fake.world import World

LIVING = ("active", "past_due", "trialing", "unpaid")
UPDATED = "customer.subscription.updated"
Chosen = list[tuple[Object, int]]  # prices and how many of each


def next_end(start: int, recurring: Object, anchor: int) -> int:
    """The same day of a later month, or that month's last."""
    interval, count = recurring["interval"], recurring["interval_count"]
    if interval in ("day", "week"):
        return int(start + count * DAY * (7 if interval == "week" else 1))
    at = datetime.fromtimestamp(start, UTC)
    months = at.year * 12 + at.month - 1 + count * (12 if interval == "year" else 1)
    year, month = divmod(months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    day = min(datetime.fromtimestamp(anchor, UTC).day, last)
    return int(at.replace(year=year, month=month + 1, day=day).timestamp())


def period_end(subscription: Object) -> int:
    return int(max(item["current_period_end"] for item in subscription["items"]["data"]))


def chosen(world: World, wanted: list[Object], param: str, mode: str = "subscription") -> Chosen:
    """The prices named by `line_items` or `items`, which must recur; or must not, where one pays once."""
    found: Chosen = []
    for number, each in enumerate(wanted):
        name = f"{param}[{number}][price]"
        if "price" not in each:
            raise ApiError(400, f"Missing required param: {name}.", code="parameter_missing", param=name)
        price = world.get("price", each["price"], name, 400)
        if not price["active"]:
            raise ApiError(400, "The price specified is inactive. This field only accepts active prices.", param=name)
        if mode == "payment" and price["recurring"]:
            raise ApiError(
                400, "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode "
                "or use only one-time prices.", param=param,
            )  # fmt: skip
        if mode == "subscription" and not price["recurring"]:
            raise ApiError(
                400, "You must provide at least one recurring price in `subscription` mode when using prices.",
                param=name,
            )  # fmt: skip
        found.append((price, each.get("quantity", 1)))
    return found


def start(world: World, customer: Object, prices: Chosen, params: Object, fails: bool | None = False) -> Object:
    """A new subscription with its first invoice; `fails` None leaves that invoice open, untried."""
    now, trial = world.now(), params.pop("trial_period_days", 0)
    subscription = shapes.subscription(
        world, customer=customer["id"], currency=prices[0][0]["currency"], status="incomplete", **params
    )
    end = now + trial * DAY if trial else next_end(now, prices[0][0]["recurring"], now)
    of = subscription["id"]
    data = [shapes.subscription_item(world, of, price, count, (now, end)) for price, count in prices]
    subscription["items"] = shapes.items(of, data)
    if trial:
        subscription |= {"status": "trialing", "trial_start": now, "trial_end": end, "billing_cycle_anchor": end}
    lines = [shapes.line(world, item, 0 if trial else cost(item), (now, end)) for item in data]
    invoice = invoicing.bill(world, subscription, "subscription_create", lines)
    subscription["latest_invoice"] = invoice["id"]
    customer["currency"] = subscription["currency"]
    world.emit("customer.subscription.created", subscription)
    if trial or fails is not None:
        invoicing.collect(world, invoice, bool(fails))
    return subscription


def cost(item: Object) -> int:
    return int(item["price"]["unit_amount"] * item["quantity"])


def create(world: World, params: Object) -> Object:
    """POST /v1/subscriptions."""
    params = {key: value for key, value in params.items() if key not in ("expand", "off_session")}
    customer = world.get("customer", params.pop("customer"), "customer", 400)
    prices = chosen(world, params.pop("items", []), "items")
    if not prices:
        raise ApiError(400, "Missing required param: items.", code="parameter_missing", param="items")
    behaviour = params.pop("payment_behavior", "allow_incomplete")
    params.pop("proration_behavior", None)
    if behaviour == "default_incomplete":
        return start(world, customer, prices, params, None)
    if not customer["invoice_settings"]["default_payment_method"] and not params.get("trial_period_days"):
        raise invoicing.no_card()
    if behaviour == "error_if_incomplete":
        amount = sum(price["unit_amount"] * count for price, count in prices)
        invoicing.refuse_in_advance(world, customer["id"], amount, prices[0][0]["currency"])
    return start(world, customer, prices, params)


def renew(world: World, subscription: Object, fails: bool = False) -> Object:
    """The end of the period is reached: the clock moves there, if it is not there yet."""
    if subscription["status"] not in LIVING:
        raise ApiError(400, f"A subscription that is {subscription['status']} is not renewed")
    end = period_end(subscription)
    world.move_to(end)
    if subscription["cancel_at"] and subscription["cancel_at"] <= world.now():
        return finish(world, subscription)
    collected = subscription["status"] != "unpaid"
    renewed = copy.deepcopy(subscription["items"])
    lines = world.pending.pop(subscription["id"], [])
    for item in renewed["data"]:
        upto = next_end(end, item["price"]["recurring"], subscription["billing_cycle_anchor"])
        item |= {"current_period_start": end, "current_period_end": upto, "billed_until": upto}
        lines.append(shapes.line(world, item, cost(item), (end, upto)))
    invoice = invoicing.bill(world, subscription, "subscription_cycle", lines, collected)
    status = "active" if subscription["status"] == "trialing" else subscription["status"]
    world.change(subscription, UPDATED, items=renewed, latest_invoice=invoice["id"], status=status)
    if collected:
        invoicing.collect(world, invoice, fails)
    return subscription


def schedule_end(world: World, subscription: Object, at: int | None, flag: bool = False) -> Object:
    """Cancel at a moment, or (None) never. The portal sets only the moment, the API's flag sets both."""
    reason = "cancellation_requested" if at else None
    return {
        "cancel_at": at, "cancel_at_period_end": flag, "canceled_at": world.now() if at else None,
        "cancellation_details": subscription["cancellation_details"] | {"reason": reason},
    }  # fmt: skip


def finish(world: World, subscription: Object, reason: str = "cancellation_requested", **details: Any) -> Object:
    now = world.now()
    told = subscription["cancellation_details"] | details | {"reason": reason}
    subscription |= {
        "status": "canceled", "ended_at": now, "canceled_at": subscription["canceled_at"] or now,
        "cancellation_details": told,
    }  # fmt: skip
    world.pending.pop(subscription["id"], None)
    world.emit("customer.subscription.deleted", subscription)
    return subscription


def cancel(world: World, subscription: Object, params: Object) -> Object:
    """DELETE /v1/subscriptions/{id}."""
    if subscription["status"] in ("canceled", "incomplete_expired"):
        raise ApiError(404, f"No such subscription: '{subscription['id']}'", code="resource_missing", param="id")
    if subscription["status"] == "incomplete":
        for invoice in world.of("invoice", id=subscription["latest_invoice"], status="open"):
            invoicing.void(world, invoice)
    return finish(world, subscription, **params.get("cancellation_details", {}))


def give_up(world: World, subscription: Object, becomes: str) -> Object:
    """Every retry has failed: what the account's settings then ask for."""
    for invoice in world.of("invoice", status="open", customer=subscription["customer"]):
        invoice["next_payment_attempt"] = None
    if becomes == "canceled":
        return finish(world, subscription, "payment_failed")
    return world.change(subscription, UPDATED, status=becomes)


def run_due(world: World) -> None:
    """What the moved clock has reached: ends of periods, in their order, and sessions nobody paid."""
    from tests.stripe_fake import checkout

    while due := [
        each for each in world.of("subscription") if each["status"] in LIVING and upcoming(each) <= world.now()
    ]:
        first = min(due, key=upcoming)
        if first["cancel_at"] and first["cancel_at"] <= world.now():
            finish(world, first)
        else:
            renew(world, first)
    for session in world.of("checkout.session", status="open"):
        if session["expires_at"] <= world.now():
            checkout.expire(world, session)


def upcoming(subscription: Object) -> int:
    return min(subscription["cancel_at"] or period_end(subscription), period_end(subscription))
