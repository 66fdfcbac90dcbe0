"""The hosted pages: plain HTML, self-contained, without a script."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING

from tests.stripe_fake.wire import Object

if TYPE_CHECKING:
    from tests.stripe_fake.control import FakeStripe

STYLE = """
:root { color-scheme: light dark; background: light-dark(#fff, #131316); color: light-dark(#18181b, #f4f4f5);
  font: 16px/1.5 system-ui, sans-serif }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem }
main.narrow { max-width: 30rem; margin: 0 auto }
a { color: light-dark(#4338ca, #a5b4fc) } h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 2rem }
form { display: inline-block; margin: .15rem .3rem .15rem 0 }
button, select, input { font: inherit; padding: .35rem .8rem; border: 1px solid; border-radius: .35rem;
  background: light-dark(#f1f1f4, #2a2a31); color: inherit }
button.main { background: #4338ca; color: #fff; border-color: #4338ca }
:focus-visible { outline: 3px solid #f59e0b; outline-offset: 2px }
.scroll { overflow-x: auto } table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8886; vertical-align: top }
.price { font-size: 2rem; margin: .2rem 0 } .notice { border-left: 4px solid #dc2626; padding: .4rem .8rem }
code { font-size: .85em; overflow-wrap: anywhere }
"""


def page(title: str, body: str, notice: str = "", narrow: bool = True) -> str:
    told = f'<p class="notice" role="alert">{escape(notice)}</p>' if notice else ""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} · fake Stripe</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f'<style>{STYLE}</style></head><body><main class="{"narrow" if narrow else "wide"}">'
        f"<p>Fake Stripe: no money moves here.</p><h1>{escape(title)}</h1>{told}{body}</main></body></html>"
    )


def button(label: str, action: str, main: bool = False, about: str = "", **fields: str) -> str:
    """A form of one button; `about` tells screen readers which of many it is."""
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in fields.items()
    )
    spoken = f' aria-label="{escape(f"{label}: {about}")}"' if about else ""
    kind = ' class="main"' if main else ""
    return (
        f'<form method="post" action="{escape(action)}">{hidden}<button{kind}{spoken}>{escape(label)}</button></form>'
    )


def link(label: str, to: str) -> str:
    return f'<a href="{escape(to)}">{escape(label)}</a>'


def money(amount: int, currency: str) -> str:
    return f"{amount / 100:,.2f} {currency.upper()}"


def day(moment: int | None) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M") if moment else "never"


def table(caption: str, heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Cells are HTML already."""
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    if not body:
        return f"<h2>{escape(caption)}</h2><p>None yet.</p>"
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    return (
        f'<h2>{escape(caption)}</h2><div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def code(text: object) -> str:
    return f"<code>{escape(str(text))}</code>"


def checkout(fake: FakeStripe, session: Object, notice: str = "") -> str:
    if session["status"] != "open":
        return page("This checkout is closed", f"<p>It is {escape(session['status'])}.</p>", notice)
    lines = ""
    for price, count in session["_prices"]:
        name = fake.world.objects[price["product"]]["name"]
        often = f" per {price['recurring']['interval']}" if price["recurring"] else ""
        each = money(price["unit_amount"] * count, price["currency"]) + often
        lines += f'<h2>{count} x {escape(name)}</h2><p class="price">{escape(each)}</p>'
    who = (session["customer_details"] or {}).get("email") or "a new customer"
    address = f"/c/pay/{session['id']}"
    buttons = (
        button("Pay", address, main=True, do="pay")
        + button("Decline card", address, do="decline")
        + button("Back", address, do="back")
    )
    return page("Checkout", f"{lines}<p>For {escape(who)}</p>{buttons}", notice)


def plan_of(fake: FakeStripe, subscription: Object) -> str:
    names = [fake.world.objects[item["price"]["product"]]["name"] for item in subscription["items"]["data"]]
    total = sum(item["price"]["unit_amount"] * item["quantity"] for item in subscription["items"]["data"])
    return f"{', '.join(names)}, {money(total, subscription['currency'])}"


def portal(fake: FakeStripe, session: Object, notice: str = "") -> str:
    customer, address = fake.world.objects[session["customer"]], f"/p/session/{session['id']}"
    parts = [
        portal_plan(fake, each, address)
        for each in fake.world.of("subscription", customer=customer["id"])
        if each["status"] not in ("canceled", "incomplete_expired")
    ] or ["<p>No plan.</p>"]
    refused = customer["id"] in fake.world.failing
    card = button("Use a card that works", address, do="mend") if refused else button(
        "Let the card fail", address, do="fail"
    )  # fmt: skip
    parts.append(f"<h2>Card</h2><p>{'It is refused.' if refused else 'It works.'}</p>{card}")
    rows = [
        [
            code(each["number"] or "draft"), escape(money(each["total"], each["currency"])), escape(each["status"]),
            day(each["created"]),
            button("Pay", address, about=each["number"] or "", do="pay", invoice=each["id"])
            if each["status"] == "open" else "",
        ]
        for each in fake.world.of("invoice", customer=customer["id"])
    ]  # fmt: skip
    parts.append(table("Invoices", ["Number", "Total", "Status", "Of", "Action"], rows))
    if session["return_url"]:
        parts.append(f"<p>{link('Return', session['return_url'])}</p>")
    return page(f"Plan of {customer['email'] or customer['id']}", "".join(parts), notice)


def portal_plan(fake: FakeStripe, subscription: Object, address: str) -> str:
    of, end = subscription["id"], subscription["items"]["data"][0]["current_period_end"]
    now = {item["price"]["id"] for item in subscription["items"]["data"]}
    options = "".join(
        f'<option value="{price["id"]}">{escape(fake.world.objects[price["product"]]["name"])}, '
        f"{escape(money(price['unit_amount'], price['currency']))} per {price['recurring']['interval']}</option>"
        for price in fake.world.of("price", active=True, type="recurring")
        if price["id"] not in now
    )
    change = (
        f'<form method="post" action="{address}"><input type="hidden" name="subscription" value="{of}">'
        f'<label>Another plan <select name="price">{options}</select></label> '
        f'<button name="do" value="change">Change plan</button></form>'
    )
    ends = subscription["cancel_at"]
    ending = f"Ends {day(ends)}." if ends else f"Renews {day(end)}."
    later = ("Resume", "resume") if ends else ("Cancel at period end", "cancel_at_period_end")
    return (
        f"<h2>{escape(plan_of(fake, subscription))}</h2><p>{escape(subscription['status'])}. {ending}</p>{change}<div>"
        + button(later[0], address, do=later[1], subscription=of)
        + button("Cancel now", address, do="cancel", subscription=of)
        + "</div>"
    )


def invoice(fake: FakeStripe, about: Object, notice: str = "") -> str:
    lines = [[escape(line["description"]), money(line["amount"], line["currency"])] for line in about["lines"]["data"]]
    pay = button("Pay", f"/i/{about['id']}", main=True, do="pay") if about["status"] == "open" else ""
    total = f"<p>{escape(about['status'])}: {money(about['amount_due'], about['currency'])}</p>"
    return page(f"Invoice {about['number'] or ''}", table("Lines", ["What", "Amount"], lines) + total + pay, notice)
