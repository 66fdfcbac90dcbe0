"""Webhooks: signed, delivered in the background, tried again until they are taken, held back where a test wants it."""

from __future__ import annotations

import hashlib
import heapq
import hmac
import json
import random
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.stripe_fake.wire import Object

Post = Callable[[bytes, dict[str, str]], int]  # body, headers -> status
BACK_OFF = (0.1, 0.3, 1.0, 2.0, 5.0, 10.0)
PATIENCE = 10.0


@dataclass(frozen=True)
class Delivery:
    """One attempt."""

    event: str
    type: str
    attempt: int
    status: int | None  # None: no answer at all
    error: str
    at: float
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)

    @property
    def taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def sign(body: bytes, secret: str, at: int) -> str:
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def signed(
    event: Object, secret: str, at: int | None = None, tampered: Object | None = None
) -> tuple[bytes, dict[str, str]]:
    """Body and headers; what is `tampered` with changes the object after it was signed."""
    body = json.dumps(event, indent=2).encode()
    signature = sign(body, secret, int(time.time()) if at is None else at)
    if tampered is not None:
        changed = event["data"] | {"object": event["data"]["object"] | tampered}
        body = json.dumps(event | {"data": changed}, indent=2).encode()
    return body, {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": signature,
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    }


def post_to(address: str) -> Post:
    def post(body: bytes, headers: dict[str, str]) -> int:
        # No proxy: the address is this machine's.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirect)
        request = urllib.request.Request(address, body, headers)
        try:
            with opener.open(request, timeout=PATIENCE) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    return post


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Stripe takes a redirect for a failure."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


class Postman:
    """One thread that delivers one event after another, the due ones first."""

    def __init__(self, address: str | None, secret: str) -> None:
        self.address, self.secret = address, secret
        self.holding = False
        self.held: list[Object] = []
        self.log: list[Delivery] = []
        self.changed = threading.Condition()
        self.waiting: list[tuple[float, int, int, Object]] = []  # due, number, attempt, event
        self.busy: str | None = None
        self.number = 0
        self.closed = False
        self.thread = threading.Thread(target=self.run, name="stripe-fake-postman", daemon=True)
        self.thread.start()

    def take(self, event: Object) -> None:
        """A new event: to be delivered, or held where nobody listens or a test says so."""
        with self.changed:
            if self.holding or not self.address:
                self.held.append(event)
            else:
                self.queue(event, 1, 0.0)

    def queue(self, event: Object, attempt: int, delay: float) -> None:
        with self.changed:
            self.number += 1
            heapq.heappush(self.waiting, (time.perf_counter() + delay, self.number, attempt, event))
            self.changed.notify_all()

    def run(self) -> None:
        while (taken := self.next()) is not None:
            attempt, event = taken
            assert self.address
            made = self.attempt(event, post_to(self.address), attempt)
            if not made.taken and attempt <= len(BACK_OFF):
                self.queue(event, attempt + 1, BACK_OFF[attempt - 1])
            with self.changed:
                self.busy = None
                self.changed.notify_all()

    def next(self) -> tuple[int, Object] | None:
        with self.changed:
            while not self.closed:
                left = self.waiting[0][0] - time.perf_counter() if self.waiting else None
                if left is not None and left <= 0:
                    _, _, attempt, event = heapq.heappop(self.waiting)
                    self.busy = event["id"]
                    return attempt, event
                self.changed.wait(left)
        return None

    def attempt(self, event: Object, post: Post, number: int = 1, **how: Any) -> Delivery:
        """Deliver once, in this thread."""
        body, headers = signed(event, how.pop("secret", None) or self.secret, **how)
        status, error = None, ""
        try:
            status = post(body, headers)
        except OSError as failure:
            error = str(failure) or type(failure).__name__
        made = Delivery(event["id"], event["type"], number, status, error, time.time(), body, headers)
        with self.changed:
            event["pending_webhooks"] = 0 if made.taken else 1
            self.log.append(made)
            self.changed.notify_all()
        return made

    def release(self, order: Any = None, through: Post | None = None) -> list[Delivery]:
        """Deliver what was held, now and in this thread; without an address the next ones are held again."""
        with self.changed:
            held, self.held, self.holding = self.held, [], False
        post = through or (post_to(self.address) if self.address else None)
        if post is None:
            raise ValueError("There is no webhook address: say through what to deliver.")
        made = []
        for event in arranged(held, order):
            made.append(self.attempt(event, post))
            if not made[-1].taken and not through:
                self.queue(event, 2, BACK_OFF[0])
        return made

    def settle(self, timeout: float = 10.0) -> bool:
        """Wait until nothing is on its way any more; False when that takes too long."""
        until = time.perf_counter() + timeout
        with self.changed:
            while self.waiting or self.busy:
                left = until - time.perf_counter()
                if left <= 0 or self.closed:
                    return False
                self.changed.wait(left)
        return True

    def arrived(self, events: set[str], timeout: float = 5.0) -> bool:
        """Wait until these were taken; at once True where there is nobody to take them."""
        until = time.perf_counter() + timeout
        with self.changed:
            while self.address and not self.holding and events - {each.event for each in self.log if each.taken}:
                left = until - time.perf_counter()
                if left <= 0 or self.closed:
                    return False
                self.changed.wait(left)
        return True

    def close(self) -> None:
        with self.changed:
            self.closed = True
            self.changed.notify_all()
        self.thread.join(PATIENCE)


def arranged(events: list[Object], order: Any) -> list[Object]:
    """None: as they came. "reversed", "shuffled", a list of types (the others last), or a key."""
    if order == "reversed":
        return events[::-1]
    if order == "shuffled":
        return random.sample(events, len(events))
    if isinstance(order, list | tuple):
        places = {kind: place for place, kind in enumerate(order)}
        return sorted(events, key=lambda event: places.get(event["type"], len(places)))
    return sorted(events, key=order) if order else events
