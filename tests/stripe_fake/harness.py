"""What tests of the fake, and tests that use it, share: a client, a receiver of webhooks, a visitor of pages."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

import stripe

from tests.stripe_fake.control import FakeStripe
from tests.stripe_fake.deliveries import NoRedirect


class Receiver(ThreadingHTTPServer):
    """Takes webhooks; `statuses` are its next answers, 200 after them."""

    daemon_threads = True

    def __init__(self) -> None:
        self.taken: list[tuple[bytes, str]] = []
        self.statuses: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.taken.append((body, self.headers["Stripe-Signature"]))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """A test reads `taken`."""

        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/hook"
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.shutdown()
        self.server_close()

    def events(self, fake: FakeStripe) -> list[stripe.Event]:
        """As the client verifies them."""
        return [stripe.Webhook.construct_event(body, header, fake.webhook_secret) for body, header in self.taken]


def client_of(fake: FakeStripe, key: str = "", retries: int = 0, **options: Any) -> Any:
    """The real client, its part for the API's first version."""
    addresses: Any = {"api": fake.url}
    made = stripe.StripeClient(key or fake.api_key, base_addresses=addresses, max_network_retries=retries, **options)
    return made.v1


def session_of(fake: FakeStripe, customer: str = "", plan: str = "pro", **more: Any) -> Any:
    fields: dict[str, Any] = {
        "mode": "subscription", "line_items": [{"price": fake.prices[plan], "quantity": 1}],
        "success_url": "http://127.0.0.1:1/ok?session={CHECKOUT_SESSION_ID}", "cancel_url": "http://127.0.0.1:1/no",
    }  # fmt: skip
    who = {"customer": customer} if customer else {}
    return client_of(fake).checkout.sessions.create(fields | who | more)


def subscribed(fake: FakeStripe, plan: str = "pro") -> Any:
    customer = client_of(fake).customers.create({"email": "buyer@example.com"})
    paid = fake.pay(session_of(fake, customer.id, plan))
    return client_of(fake).subscriptions.retrieve(paid["subscription"])


def item_of(subscription: Any) -> Any:
    return subscription["items"].data[0]


def kinds(events: Any) -> list[str]:
    return [event["type"] for event in events]


def visit(address: str, **form: str) -> tuple[int, str, str]:
    """Status, text and where it sends the browser; a form is posted."""
    opener = build_opener(ProxyHandler({}), NoRedirect)
    try:
        with opener.open(Request(address, urlencode(form).encode() if form else None), timeout=10) as answer:
            return answer.status, answer.read().decode(), ""
    except HTTPError as error:
        with error:
            return error.code, error.read().decode(), error.headers["Location"] or ""
