"""What is outside of the API: hosted pages with their buttons, and the control under /_fake."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.stripe_fake import changing, index, render
from tests.stripe_fake.wire import ApiError, Object

if TYPE_CHECKING:
    from tests.stripe_fake.control import FakeStripe
    from tests.stripe_fake.server import Request

Answer = tuple[int, dict[str, str], bytes]
CONTROL = (
    "pay", "decline", "pay_intent", "decline_intent",
    "abandon", "renew", "give_up", "fail_card", "mend_card", "refund", "cancel", "resume",
    "pay_invoice", "advance", "hold", "release", "deliver", "script", "settle",
)  # fmt: skip
SEEN = ("all", "get", "events", "deliveries", "requests", "held", "prices", "mistakes", "now")
BOOLEANS = ("paid", "at_period_end", "livemode", "cut", "should_retry")
INTEGERS = ("amount", "times", "at", "status")
FLOATS = ("hang", "days", "seconds", "timeout")


def answer(fake: FakeStripe, request: Request) -> Answer:
    place, _, wanted = request.path.strip("/").rpartition("/")
    hosted: dict[str, tuple[str, Callable[..., str], Callable[..., str]]] = {
        "c/pay": ("checkout.session", render.checkout, at_checkout),
        "p/session": ("billing_portal.session", render.portal, at_portal),
        "i": ("invoice", render.invoice, at_invoice),
    }
    try:
        if request.path == "/":
            with fake.world.lock:
                return html(index.index(fake))
        if place == "_fake":
            return control(fake, request, wanted)
        if place in hosted:
            return host(fake, request, wanted, *hosted[place])
    except (ApiError, ValueError, TypeError, LookupError) as error:
        told = str(error) if isinstance(error, ApiError) else f"{type(error).__name__}: {error}"
        return html(render.page("That did not work", "", told), getattr(error, "status", 400))
    return html(render.page("Not found", ""), 404)


def host(fake: FakeStripe, request: Request, wanted: str, kind: str, show: Any, act: Any) -> Answer:
    with fake.world.lock:
        about = fake.world.get(kind, wanted)
        if request.method == "GET":
            return html(show(fake, about))
        before = len(fake.world.of("event"))
    try:
        to = act(fake, about, request.params)
    except ApiError as error:
        with fake.world.lock:
            return html(show(fake, about, str(error)))
    fake.postman.arrived({event["id"] for event in fake.events()[before:]})
    return redirect(to)


def at_checkout(fake: FakeStripe, session: Object, form: Object) -> str:
    success = (session["success_url"] or "/").replace("{CHECKOUT_SESSION_ID}", session["id"])
    if form.get("do") == "back":
        return str(session["cancel_url"] or "/")
    if form.get("do") == "decline":
        fake.decline(session)
        raise ApiError(402, "Your card was declined.")
    fake.pay(session)
    return str(success)


def at_portal(fake: FakeStripe, session: Object, form: Object) -> str:
    of = form.get("subscription", "")
    if of and fake.get(of)["customer"] != session["customer"]:
        raise ApiError(404, "That is another customer's subscription.")
    actions: dict[str, Callable[[], object]] = {
        "change": lambda: change_plan(fake, of, form["price"]),
        "cancel_at_period_end": lambda: fake.cancel(of, at_period_end=True),
        "resume": lambda: fake.resume(of),
        "cancel": lambda: fake.cancel(of),
        "pay": lambda: fake.pay_invoice(form["invoice"]),
        "fail": lambda: fake.fail_card(session["customer"]),
        "mend": lambda: fake.mend_card(session["customer"]),
    }
    if form.get("do") not in actions:
        raise ApiError(400, "There is no such button.")
    actions[form["do"]]()
    after = (session["flow"] or {}).get("after_completion", {})
    if of and after.get("type") == "redirect":
        return str(after["redirect"]["return_url"])
    return f"/p/session/{session['id']}"


def change_plan(fake: FakeStripe, subscription: str, price: str) -> None:
    with fake.world.lock:
        found = fake.world.get("subscription", subscription)
        item = {"id": found["items"]["data"][0]["id"], "price": price}
        how = {"proration_behavior": "always_invoice", "payment_behavior": "error_if_incomplete"}
        changing.change(fake.world, found, {"items": [item]} | how)


def at_invoice(fake: FakeStripe, invoice: Object, form: Object) -> str:
    fake.pay_invoice(invoice)
    return f"/i/{invoice['id']}"


def control(fake: FakeStripe, request: Request, name: str) -> Answer:
    """GET what is seen, POST what is done; with `back` the answer is a page and not JSON."""
    form = dict(request.params)
    back = form.pop("back", "")
    if request.method == "GET" and name in SEEN:
        seen = getattr(fake, name)
        return as_json(seen(**form) if callable(seen) else seen)
    if request.method != "POST" or name not in CONTROL:
        known = f"GET {', '.join(SEEN)}; POST {', '.join(CONTROL)}"
        return html(render.page("Not found", f"<p>There is: {known}.</p>"), 404)
    action = getattr(fake, name)
    arguments = {key: typed(key, value) for key, value in form.items()}
    inspect.signature(action).bind(**arguments)
    before = len(fake.events())
    made = action(**arguments)
    if not back.startswith("/") or back.startswith("//"):
        return as_json(made)
    fake.postman.arrived({event["id"] for event in fake.events()[before:]})
    return redirect(back)


def typed(name: str, value: Any) -> Any:
    if name in BOOLEANS:
        return value in ("true", "1", "on")
    kind = int if name in INTEGERS else float if name in FLOATS else None
    return kind(value) if kind else value


def plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return getattr(value, "__dict__", None) or str(value)


def as_json(made: Any) -> Answer:
    return 200, {"Content-Type": "application/json"}, json.dumps(made, default=plain, indent=2).encode()


def html(text: str, status: int = 200) -> Answer:
    return status, {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}, text.encode()


def redirect(to: str) -> Answer:
    return 303, {"Location": to, "Cache-Control": "no-store"}, b""
