"""One request to /v1: the key, the idempotency, the form, the action, the expansion."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.stripe_fake import routes, wire
from tests.stripe_fake.faults import Fault
from tests.stripe_fake.wire import ApiError, Object
from tests.stripe_fake.world import api_version, shown, token

if TYPE_CHECKING:
    from tests.stripe_fake.control import FakeStripe
    from tests.stripe_fake.server import Request

Answer = tuple[int, dict[str, str], bytes]
During = Callable[[], Fault | None]


def answer(fake: FakeStripe, request: Request, during: During) -> Answer:
    request_id = f"req_{token(14)}"
    headers = {"Content-Type": "application/json", "Request-Id": request_id, "Stripe-Version": api_version()}
    key = request.header("Idempotency-Key") if request.method == "POST" else ""
    if key:
        headers["Idempotency-Key"] = key
    try:
        authenticate(fake, request)
        status, body = once(fake, request, key, headers, during)
    except ApiError as error:
        status, body = error.status, told(error, request_id)
    return status, headers, body


def authenticate(fake: FakeStripe, request: Request) -> None:
    if not request.key:
        message = "You did not provide an API key. You need to provide your API key in the Authorization header."
        raise ApiError(401, message, saved=False)
    if request.key != fake.api_key:
        hidden = request.key[:8] + "*" * max(0, len(request.key) - 12) + request.key[-4:]
        raise ApiError(401, f"Invalid API Key provided: {hidden}", saved=False)


def once(fake: FakeStripe, request: Request, key: str, headers: dict[str, str], during: During) -> tuple[int, bytes]:
    """Do it, or answer what the same key was answered before."""
    if key:
        asked = (request.method, request.path, request.form)
        if known := fake.idempotency.begin(key, asked, headers["Request-Id"]):
            assert known.answer
            headers |= {"Idempotent-Replayed": "true", "Original-Request": known.request_id}
            return known.answer
    done: tuple[int, bytes] | None = None
    try:
        status, body, saved = act(fake, request, key, headers, during)
        done = (status, body) if saved else None
        return status, body
    finally:
        if key:
            fake.idempotency.end(key, done)


def act(
    fake: FakeStripe, request: Request, key: str, headers: dict[str, str], during: During
) -> tuple[int, bytes, bool]:
    """Status, body, and whether a repetition is to get the same."""
    request_id = headers["Request-Id"]
    if fault := during():
        status, made, more = fault.answer() if fault.status else (500, {}, {})
        headers |= more
        return status, json.dumps(made).encode(), bool(fault.status)
    try:
        return 200, json.dumps(perform(fake, request, key, request_id), indent=2).encode(), True
    except ApiError as error:
        return error.status, told(error, request_id), error.saved
    except Exception:  # noqa: BLE001  our own mistake: a test must see it, not hang
        fake.mistakes.append(traceback.format_exc())
        mistake = ApiError(500, f"The fake has a mistake: {fake.mistakes[-1]}", kind="api_error")
        return 500, told(mistake, request_id), False


def perform(fake: FakeStripe, request: Request, key: str, request_id: str) -> Object:
    route, wanted = routes.find(request.method, request.path)
    params = wire.check(request.params, route.form)
    expand = params.pop("expand", [])
    world = fake.world
    with world.lock:
        if request.method != "GET":
            world.request = {"id": request_id, "idempotency_key": key or None}
        try:
            return world.expand(shown(route.handler(world, params, wanted)), expand)
        finally:
            world.request = {"id": None, "idempotency_key": None}


def told(error: ApiError, request_id: str) -> bytes:
    more = {"request_log_url": f"https://dashboard.stripe.com/test/logs/{request_id}"}
    if code := error.body["error"].get("code"):
        more["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
    return json.dumps({"error": error.body["error"] | more}, indent=2).encode()
