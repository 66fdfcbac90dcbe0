"""The index for people: all objects, events and deliveries, with buttons for what time and banks do."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING

from tests.stripe_fake.render import button, code, day, link, money, page, plan_of, table
from tests.stripe_fake.wire import Object

if TYPE_CHECKING:
    from tests.stripe_fake.control import FakeStripe

SHOWN = 50


def do(label: str, name: str, about: str, **fields: str) -> str:
    return button(label, f"/_fake/{name}", main=False, about=about, back="/", **fields)


def index(fake: FakeStripe, notice: str = "") -> str:
    mode = "live" if fake.world.livemode else "test"
    clock = (
        f"<p>Mode {mode}. The clock says {day(fake.now)}. Webhooks go to "
        f"{code(fake.postman.address or 'nobody: they are held')}.</p>"
        f'<form method="post" action="/_fake/advance"><input type="hidden" name="back" value="/">'
        f'<label>Days <input name="days" value="31" size="4" inputmode="numeric"></label> '
        f"<button>Move the clock</button></form>"
        f"<p>{link('Requests as JSON', '/_fake/requests')}, {link('events', '/_fake/events')}, "
        f"{link('deliveries', '/_fake/deliveries')}</p>"
    )
    parts = [clock, subscriptions(fake), sessions(fake), customers(fake), invoices(fake), intents(fake), charges(fake)]
    return page("Index", "".join([*parts, prices(fake), events(fake), deliveries(fake)]), notice, narrow=False)


def subscriptions(fake: FakeStripe) -> str:
    def row(each: Object) -> list[str]:
        of, actions = each["id"], ""
        if each["status"] not in ("canceled", "incomplete_expired"):
            actions = (
                do("Renew paid", "renew", of, subscription=of, paid="true")
                + do("Renew failing", "renew", of, subscription=of, paid="false")
                + do("Give up", "give_up", of, subscription=of)
                + do("Cancel now", "cancel", of, subscription=of)
            )
        end = each["items"]["data"][0]["current_period_end"]
        return [
            code(of),
            escape(plan_of(fake, each)),
            escape(each["status"]),
            day(end),
            day(each["cancel_at"]),
            actions,
        ]

    heads = ["Subscription", "Plan", "Status", "Period ends", "Cancels", "Actions"]
    return table("Subscriptions", heads, map(row, fake.world.of("subscription")))


def sessions(fake: FakeStripe) -> str:
    def row(each: Object) -> list[str]:
        of = each["id"]
        open_ = link("Open", f"/c/pay/{of}") + " " + do("Abandon", "abandon", of, session=of)
        return [code(of), escape(each["status"]), code(each["customer"] or ""), open_ if each["url"] else ""]

    return table("Checkout sessions", ["Session", "Status", "Customer", "Actions"],
                 map(row, fake.world.of("checkout.session")))  # fmt: skip


def customers(fake: FakeStripe) -> str:
    def row(each: Object) -> list[str]:
        of, refused = each["id"], each["id"] in fake.world.failing
        card = "refused" if refused else "works" if each["invoice_settings"]["default_payment_method"] else "none"
        action = do("Let the card fail", "fail_card", of, customer=of)
        mend = do("Mend the card", "mend_card", of, customer=of)
        return [code(of), escape(each["email"] or ""), card, mend if refused else action]

    return table("Customers", ["Customer", "Email", "Card", "Actions"], map(row, fake.world.of("customer")))


def invoices(fake: FakeStripe) -> str:
    def row(each: Object) -> list[str]:
        total = escape(money(each["total"], each["currency"]))
        return [code(each["id"]), total, escape(each["status"]), day(each["created"]), link("Open", f"/i/{each['id']}")]

    return table("Invoices", ["Invoice", "Total", "Status", "Of", "Page"], map(row, fake.world.of("invoice")))


def intents(fake: FakeStripe) -> str:
    """Payments that wait for somebody's script: the fake has none, so the buttons do what it would."""

    def row(each: Object) -> list[str]:
        of, actions = each["id"], ""
        if each["status"] == "requires_payment_method":
            actions = do("Pay", "pay_intent", of, intent=of) + do("Decline card", "decline_intent", of, intent=of)
        return [code(of), escape(money(each["amount"], each["currency"])), escape(each["status"]), actions]

    return table("Payments", ["Payment", "Amount", "Status", "Actions"], map(row, fake.world.of("payment_intent")))


def charges(fake: FakeStripe) -> str:
    def row(each: Object) -> list[str]:
        left = each["paid"] and not each["refunded"]
        refund = do("Refund", "refund", each["id"], charge=each["id"]) if left else ""
        back = escape(money(each["amount_refunded"], each["currency"]))
        return [code(each["id"]), escape(money(each["amount"], each["currency"])), escape(each["status"]), back, refund]

    return table("Charges", ["Charge", "Amount", "Status", "Refunded", "Actions"], map(row, fake.world.of("charge")))


def prices(fake: FakeStripe) -> str:
    rows = [
        [
            code(each["id"]), escape(fake.world.objects[each["product"]]["name"]), code(each["lookup_key"] or ""),
            escape(money(each["unit_amount"] or 0, each["currency"])),
        ]
        for each in fake.world.of("price")
    ]  # fmt: skip
    return table("Prices", ["Price", "Product", "Lookup key", "Amount"], rows)


def events(fake: FakeStripe) -> str:
    rows = [
        [
            code(each["id"]), escape(each["type"]), day(each["created"]), code(each["data"]["object"].get("id", "")),
            "no" if each["pending_webhooks"] else "yes",
            do("Redeliver", "deliver", each["id"], event=each["id"]) if fake.postman.address else "",
        ]
        for each in fake.world.of("event")[:SHOWN]
    ]  # fmt: skip
    return table("Events", ["Event", "Type", "At", "About", "Delivered", "Actions"], rows)


def deliveries(fake: FakeStripe) -> str:
    rows = [
        [
            escape(datetime.fromtimestamp(each.at, UTC).strftime("%H:%M:%S")), code(each.event), escape(each.type),
            str(each.attempt), escape(str(each.status or each.error)),
        ]
        for each in fake.postman.log[: -SHOWN - 1 : -1]
    ]  # fmt: skip
    return table("Deliveries", ["At", "Event", "Type", "Attempt", "Answer"], rows)
