"""Which address does what."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from tests.stripe_fake import changing, checkout, invoice_shape, invoicing, payments, shapes, subscribing
from tests.stripe_fake.wire import ApiError, Object
from tests.stripe_fake.world import World, envelope, shown

Handler = Callable[[World, Object, str], Object]


class Route(NamedTuple):
    verb: str
    address: re.Pattern[str]
    form: str  # as `wire.check` knows it
    handler: Handler


def lister(kind: str, address: str, *filters: str) -> Handler:
    def handle(world: World, params: Object, wanted: str) -> Object:
        fields = {name: params[name] for name in filters if name in params}
        return world.page(world.of(kind, **fields), params, f"/v1/{address}")

    return handle


def getter(kind: str) -> Handler:
    return lambda world, params, wanted: world.get(kind, wanted)


def doer(kind: str, action: Callable[[World, Object], Object]) -> Handler:
    """An action on one object, which needs no parameters."""
    return lambda world, params, wanted: action(world, world.get(kind, wanted))


def updater(kind: str, event: str) -> Handler:
    def handle(world: World, params: Object, wanted: str) -> Object:
        about, fields = world.get(kind, wanted), {key: params[key] for key in params if key != "expand"}
        if "metadata" in fields:
            fields["metadata"] = changing.merged(about["metadata"], fields["metadata"])
        if "invoice_settings" in fields:
            fields["invoice_settings"] = about["invoice_settings"] | fields["invoice_settings"]
        return world.change(about, event, **{key: None if value == "" else value for key, value in fields.items()})

    return handle


def create_customer(world: World, params: Object, wanted: str) -> Object:
    params = {key: value for key, value in params.items() if key not in ("expand", "payment_method")}
    settings = params.pop("invoice_settings", {})
    made = shapes.customer(world, params)
    made["invoice_settings"] = made["invoice_settings"] | settings
    world.emit("customer.created", made)
    return made


def delete_customer(world: World, params: Object, wanted: str) -> Object:
    customer = world.get("customer", wanted)
    for subscription in world.of("subscription", customer=wanted):
        if subscription["status"] not in ("canceled", "incomplete_expired"):
            subscribing.finish(world, subscription)
    world.emit("customer.deleted", customer)
    customer["_gone"] = True
    return {"id": wanted, "object": "customer", "deleted": True}


def get_customer(world: World, params: Object, wanted: str) -> Object:
    if (world.objects.get(wanted) or {}).get("_gone"):
        return {"id": wanted, "object": "customer", "deleted": True}
    return world.get("customer", wanted)


def create_product(world: World, params: Object, wanted: str = "") -> Object:
    default = params.pop("default_price_data", None)
    made = shapes.product(world, {key: params[key] for key in params if key != "expand"})
    world.emit("product.created", made)
    if default:
        made["default_price"] = create_price(world, default | {"product": made["id"]})["id"]
    return made


def create_price(world: World, params: Object, wanted: str = "") -> Object:
    if "product_data" in params:
        params["product"] = create_product(world, params.pop("product_data"))["id"]
    if "product" not in params:
        raise ApiError(400, "Missing required param: product.", code="parameter_missing", param="product")
    world.get("product", params["product"], "product", 400)
    key, moved = params.get("lookup_key"), params.pop("transfer_lookup_key", False)
    for holder in world.of("price", lookup_key=key) if key else []:
        if not moved:
            message = f"A price (`{holder['id']}`) already uses that lookup key."
            raise ApiError(400, message, code="resource_already_exists", param="lookup_key")
        world.change(holder, "price.updated", lookup_key=None)
    made = shapes.price(world, {name: params[name] for name in params if name != "expand"})
    world.emit("price.created", made)
    return made


def list_prices(world: World, params: Object, wanted: str) -> Object:
    fields = {name: params[name] for name in ("active", "product", "currency", "type") if name in params}
    found = world.of("price", **fields)
    if "lookup_keys" in params:
        found = [price for price in found if price["lookup_key"] in params["lookup_keys"]]
    if recurring := params.get("recurring"):
        found = [price for price in found if recurring.items() <= (price["recurring"] or {}).items()]
    return world.page(found, params, "/v1/prices")


def list_subscriptions(world: World, params: Object, wanted: str) -> Object:
    status = params.get("status")
    ended = ("canceled", "incomplete_expired")
    tests: dict[Any, Callable[[str], bool]] = {
        None: lambda now: now != "canceled",
        "all": lambda now: True,
        "ended": lambda now: now in ended,
    }
    test = tests.get(status, lambda now: now == status)
    fields = {"customer": params["customer"]} if "customer" in params else {}
    found = [each for each in world.of("subscription", **fields) if test(each["status"])]
    if price := params.get("price"):
        found = [each for each in found if price in [item["price"]["id"] for item in each["items"]["data"]]]
    return world.page(found, params, "/v1/subscriptions")


def list_invoices(world: World, params: Object, wanted: str) -> Object:
    fields = {name: params[name] for name in ("customer", "status") if name in params}
    found = world.of("invoice", **fields)
    if of := params.get("subscription"):
        found = [each for each in found if each["parent"]["subscription_details"]["subscription"] == of]
    return world.page(found, params, "/v1/invoices")


def list_invoice_payments(world: World, params: Object, wanted: str) -> Object:
    """The only way from a charge to its invoice, since neither charges nor payment intents name it."""
    fields = {name: params[name] for name in ("invoice", "status") if name in params}
    found = world.of("invoice_payment", **fields)
    if intent := params.get("payment", {}).get("payment_intent"):
        found = [each for each in found if each["payment"]["payment_intent"] == intent]
    return world.page(found, params, "/v1/invoice_payments")


def list_events(world: World, params: Object, wanted: str) -> Object:
    kinds = params.get("types") or ([params["type"]] if "type" in params else [])
    found = [each for each in world.of("event") if not kinds or each["type"] in kinds or family(each) in kinds]
    return world.page(found, params, "/v1/events")


def family(event: Object) -> str:
    return str(event["type"]).rsplit(".", 1)[0] + ".*"


def create_intent(world: World, params: Object, wanted: str) -> Object:
    confirmed = params.pop("confirm", False)
    kept = {key: params[key] for key in params if key not in ("expand", "off_session", "return_url")}
    if "customer" in kept:
        world.get("customer", kept["customer"], "customer", 400)
    intent = payments.intend(world, kept)
    return payments.confirm(world, intent, None) if confirmed else intent


def routes() -> list[Route]:
    """Verb, address (`*` is an id), the client's own form, who answers."""
    kinds = {
        "customers": "customer", "products": "product", "prices": "price", "checkout/sessions": "checkout.session",
        "subscriptions": "subscription", "invoices": "invoice", "charges": "charge", "refunds": "refund",
        "payment_intents": "payment_intent", "events": "event", "payment_methods": "payment_method",
        "invoice_payments": "invoice_payment",
    }  # fmt: skip
    own: dict[str, Handler] = {"customers": get_customer}
    found = [
        ("GET", f"{address}/*", f"{kind}.retrieve", own.get(address, getter(kind))) for address, kind in kinds.items()
    ]
    listed = [(verb, address, form, handler) for verb, address, form, handler in TABLE]
    return [
        Route(verb, re.compile("/v1/" + address.replace("*", r"([^/]+)")), form, handler)
        for verb, address, form, handler in [*listed, *found]
    ]


TABLE: list[tuple[str, str, str, Handler]] = [
    ("POST", "customers", "customer.create", create_customer),
    ("GET", "customers", "customer.list", lister("customer", "customers", "email")),
    ("POST", "customers/*", "customer.update", updater("customer", "customer.updated")),
    ("DELETE", "customers/*", "", delete_customer),
    ("POST", "products", "product.create", create_product),
    ("GET", "products", "product.list", lister("product", "products", "active")),
    ("POST", "products/*", "product.update", updater("product", "product.updated")),
    ("POST", "prices", "price.create", create_price),
    ("GET", "prices", "price.list", list_prices),
    ("POST", "prices/*", "price.update", updater("price", "price.updated")),
    ("POST", "checkout/sessions", "checkout.session.create", lambda w, p, i: checkout.create(w, p)),
    ("GET", "checkout/sessions", "checkout.session.list",
     lister("checkout.session", "checkout/sessions", "customer", "status", "subscription")),
    ("POST", "checkout/sessions/*/expire", "checkout.session.expire", doer("checkout.session", checkout.expire)),
    ("GET", "checkout/sessions/*/line_items", "checkout.session_line_item.list",
     lambda w, p, i: checkout.line_items(w, w.get("checkout.session", i))),
    ("POST", "billing_portal/sessions", "billing_portal.session.create", lambda w, p, i: checkout.portal(w, p)),
    ("POST", "subscriptions", "subscription.create", lambda w, p, i: subscribing.create(w, p)),
    ("GET", "subscriptions", "subscription.list", list_subscriptions),
    ("POST", "subscriptions/*", "subscription.update",
     lambda w, p, i: changing.change(w, w.get("subscription", i), p)),
    ("DELETE", "subscriptions/*", "subscription.cancel",
     lambda w, p, i: subscribing.cancel(w, w.get("subscription", i), p)),
    ("GET", "invoices", "invoice.list", list_invoices),
    ("POST", "invoices/*/pay", "invoice.pay",
     lambda w, p, i: invoicing.pay(w, w.get("invoice", i), p.get("payment_method"))),
    ("POST", "invoices/*/void", "invoice.void_invoice", doer("invoice", invoicing.void)),
    ("GET", "invoice_payments", "invoice_payment.list", list_invoice_payments),
    ("GET", "charges", "charge.list", lister("charge", "charges", "customer", "payment_intent")),
    ("POST", "refunds", "refund.create", lambda w, p, i: payments.refund(w, p)),
    ("GET", "refunds", "refund.list", lister("refund", "refunds", "charge", "payment_intent")),
    ("POST", "payment_intents", "payment_intent.create", create_intent),
    ("GET", "payment_intents", "payment_intent.list", lister("payment_intent", "payment_intents", "customer")),
    ("POST", "payment_intents/*/confirm", "payment_intent.confirm",
     lambda w, p, i: payments.confirm(w, w.get("payment_intent", i), p.get("payment_method"))),
    ("GET", "payment_methods", "payment_method.list", lister("payment_method", "payment_methods", "customer", "type")),
    ("GET", "events", "event.list", list_events),
]  # fmt: skip
ROUTES = routes()


def living(world: World, customer: Object) -> Object:
    """What `expand[]=subscriptions` adds to a customer."""
    found = [each for each in world.of("subscription", customer=customer["id"]) if each["status"] != "canceled"]
    return envelope(map(shown, found), f"/v1/customers/{customer['id']}/subscriptions")


def refunds(world: World, charge: Object) -> Object:
    return envelope(world.of("refund", charge=charge["id"]), f"/v1/charges/{charge['id']}/refunds")


COMPUTED: dict[tuple[str, str], Callable[[World, Object], Any]] = {
    ("checkout.session", "line_items"): checkout.line_items,
    ("customer", "subscriptions"): living,
    ("invoice", "payments"): invoice_shape.payments,
    ("invoice", "confirmation_secret"): invoice_shape.confirmation_secret,
    ("charge", "refunds"): refunds,
}


def find(verb: str, path: str) -> tuple[Route, str]:
    for route in ROUTES:
        match = route.address.fullmatch(path)
        if match and route.verb == verb:
            return route, match[1] if match.groups() else ""
    message = f"Unrecognized request URL ({verb}: {path}). Or the fake does not know it."
    raise ApiError(404, message, saved=False)
