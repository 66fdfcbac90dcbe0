"""POST /v1/subscriptions/{id}: another price, another end, other notes."""

from __future__ import annotations

import copy

from tests.stripe_fake import invoicing, shapes
from tests.stripe_fake.subscribing import UPDATED, chosen, cost, next_end, period_end, schedule_end
from tests.stripe_fake.wire import ApiError, Object, missing
from tests.stripe_fake.world import World

SIMPLE = ("default_payment_method", "description", "collection_method", "days_until_due")
UNSUPPORTED = ("trial_end", "billing_cycle_anchor", "pause_collection", "add_invoice_items", "discounts")


def merged(old: Object, new: Object | str) -> Object:
    """Metadata: an empty value takes a key away, an empty word all of them."""
    return {key: value for key, value in (old | new).items() if value != ""} if isinstance(new, dict) else {}


def change(world: World, subscription: Object, params: Object) -> Object:
    if unknown := [key for key in UNSUPPORTED if key in params]:
        raise ApiError(501, f"The fake does not do {unknown[0]}.", kind="api_error", param=unknown[0])
    if subscription["status"] in ("canceled", "incomplete_expired") and {*params} - {"metadata", "expand"}:
        raise ApiError(400, "A canceled subscription can only update its cancellation_details and metadata.")
    fields: Object = {key: params[key] or None for key in SIMPLE if key in params}
    if "metadata" in params:
        fields["metadata"] = merged(subscription["metadata"], params["metadata"])
    fields |= ending(world, subscription, params)
    wanted = params.get("items")
    invoice = exchange(world, subscription, wanted, params, fields) if wanted else None
    if invoice:
        fields["latest_invoice"] = invoice["id"]
    world.change(subscription, UPDATED, **fields)
    if invoice and params.get("payment_behavior") != "default_incomplete":
        invoicing.collect(world, invoice)
    return subscription


def ending(world: World, subscription: Object, params: Object) -> Object:
    end = period_end(subscription)
    if "cancel_at_period_end" in params:
        return schedule_end(
            world, subscription, end if params["cancel_at_period_end"] else None, params["cancel_at_period_end"]
        )
    if "cancel_at" in params:
        wanted = params["cancel_at"]
        return schedule_end(world, subscription, end if str(wanted).endswith("period_end") else wanted or None)
    return {}


def exchange(world: World, subscription: Object, wanted: list[Object], params: Object, fields: Object) -> Object | None:
    """The new items into `fields`; answers the invoice that has to be collected now, if there is one."""
    before = copy.deepcopy(subscription["items"]["data"])
    after = rearranged(world, subscription, wanted)
    restarts = intervals(before) != intervals(after)
    if restarts:
        restart(world, after, fields)
    behaviour = params.get("proration_behavior", "create_prorations")
    lines = prorations(world, before, after, restarts) if behaviour != "none" else []
    if restarts and behaviour == "none":
        lines = [shapes.line(world, item, cost(item), period(item)) for item in after]
    total = sum(line["amount"] for line in lines)
    now = lines and (restarts or behaviour == "always_invoice")
    if now and total > 0 and params.get("payment_behavior") in ("error_if_incomplete", "pending_if_incomplete"):
        invoicing.refuse_in_advance(world, subscription["customer"], total, subscription["currency"])
    fields["items"] = shapes.items(subscription["id"], after)
    if now:
        return invoicing.bill(world, subscription, "subscription_update", lines)
    world.pending.setdefault(subscription["id"], []).extend(lines)
    return None


def rearranged(world: World, subscription: Object, wanted: list[Object]) -> list[Object]:
    """As Stripe does it: an item that names no id is added to those that there are."""
    after: list[Object] = copy.deepcopy(subscription["items"]["data"])
    for number, each in enumerate(wanted):
        if "id" not in each:
            price, count = chosen(world, [each], "items")[0]
            if price["id"] in [item["price"]["id"] for item in after]:
                raise ApiError(
                    400, f"Cannot add multiple subscription items with the same plan: {price['id']}",
                    param=f"items[{number}][price]",
                )  # fmt: skip
            after.append(shapes.subscription_item(world, subscription["id"], price, count, period(after[0])))
            continue
        item = next((item for item in after if item["id"] == each["id"]), None)
        if item is None:
            raise missing("subscription_item", each["id"], f"items[{number}][id]", 400)
        if each.get("deleted"):
            after.remove(item)
        if "price" in each:
            price = chosen(world, [each], "items")[0][0]
            item |= {"price": dict(price), "plan": shapes.plan(price)}
        item["quantity"] = each.get("quantity", item["quantity"])
    if not after:
        raise ApiError(400, "A subscription must have at least one active plan.", param="items")
    return after


def intervals(items: list[Object]) -> set[tuple[str, int]]:
    return {(item["price"]["recurring"]["interval"], item["price"]["recurring"]["interval_count"]) for item in items}


def period(item: Object) -> tuple[int, int]:
    return item["current_period_start"], item["current_period_end"]


def restart(world: World, items: list[Object], fields: Object) -> None:
    """Another interval begins now."""
    start = world.now()
    fields["billing_cycle_anchor"] = start
    for item in items:
        end = next_end(start, item["price"]["recurring"], start)
        item |= {"current_period_start": start, "current_period_end": end, "billed_until": end}


def prorations(world: World, before: list[Object], after: list[Object], restarts: bool) -> list[Object]:
    """What is left of the old given back, what is left of the new asked for."""
    now = world.now()
    kept = [] if restarts else [(each["id"], each["price"]["id"], each["quantity"]) for each in after]
    known = [] if restarts else [(each["id"], each["price"]["id"], each["quantity"]) for each in before]
    lines = []
    for sign, items, same in ((-1, before, kept), (1, after, known)):
        for item in items:
            if (item["id"], item["price"]["id"], item["quantity"]) in same:
                continue
            begin, end = period(item)
            left = max(0, end - max(now, begin)) / (end - begin)
            whole = restarts and sign > 0
            lines.append(shapes.line(world, item, sign * round(cost(item) * left), (now, end), proration=not whole))
    return lines
