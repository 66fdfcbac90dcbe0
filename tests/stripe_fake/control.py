"""What a test holds in its hand: the fake with everything that customers, banks and networks do to it."""

from __future__ import annotations

import contextlib
import secrets
from typing import Any, Self

from tests.stripe_fake import checkout, deliveries, invoicing, payments, routes, subscribing
from tests.stripe_fake.deliveries import Delivery, Post, Postman
from tests.stripe_fake.faults import Fault, Faults, Idempotency
from tests.stripe_fake.shapes import DAY
from tests.stripe_fake.wire import ApiError, Object
from tests.stripe_fake.world import World, shown

CATALOGUE = (("Pro", "pro", 2900), ("Enterprise", "enterprise", 29900))
PACKAGES = (
    ("100 model calls", "calls-100", 500),
    ("500 model calls", "calls-500", 2000),
    ("2,000 model calls", "calls-2000", 6000),
)
Named = str | Any  # an id, or anything that has one: an object of the client's or of ours


def named(thing: Named) -> str:
    return thing if isinstance(thing, str) else str(thing["id"])


class FakeStripe:
    """A Stripe account behind `url`. Events without a `webhook` address are held until `release(through=...)`."""

    def __init__(
        self, *, webhook: str | None = None, api_key: str = "", webhook_secret: str = "", port: int = 0,
        catalogue: bool = True,
    ) -> None:  # fmt: skip
        from tests.stripe_fake.server import Request, Server

        self.api_key = api_key or f"sk_test_{secrets.token_hex(12)}"
        if not self.api_key.startswith(("sk_test_", "sk_live_")):
            raise ValueError("A secret key begins with sk_test_ or sk_live_.")
        self.webhook_secret = webhook_secret or f"whsec_{secrets.token_hex(16)}"
        self.world = World(livemode=self.api_key.startswith("sk_live_"))
        self.world.computed = routes.COMPUTED
        self.faults, self.idempotency = Faults(), Idempotency()
        self.requests: list[Request] = []
        self.mistakes: list[str] = []
        self.postman = Postman(webhook, self.webhook_secret)
        self.server = Server(self, port)
        self.url = self.world.url = f"http://127.0.0.1:{self.server.server_port}"
        if catalogue:
            self.stock()
        self.world.listener = self.postman.take
        self.server.thread.start()

    def stock(self) -> None:
        for name, key, amount in CATALOGUE + PACKAGES:
            made = routes.create_product(self.world, {"name": name, "description": f"executor.one {name}"})
            about: Object = {"product": made["id"], "currency": "usd", "unit_amount": amount, "lookup_key": key}
            often: Object = {"recurring": {"interval": "month"}} if (name, key, amount) in CATALOGUE else {}
            routes.create_price(self.world, about | often)
        for event in self.world.of("event"):  # it was there before anybody listened
            del self.world.objects[event["id"]]

    def close(self) -> None:
        self.server.close()
        self.postman.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # What there is

    @property
    def prices(self) -> dict[str, str]:
        """Ids by lookup key."""
        with self.world.lock:
            return {price["lookup_key"]: price["id"] for price in self.world.of("price") if price["lookup_key"]}

    def get(self, thing: Named) -> Object:
        with self.world.lock:
            return shown(self.world.objects[named(thing)])

    def all(self, kind: str, **fields: Any) -> list[Object]:
        """Of one kind ("subscription", "invoice", "checkout.session"), the newest first."""
        with self.world.lock:
            return [shown(each) for each in self.world.of(kind, **fields)]

    def events(self, kind: str | None = None) -> list[Object]:
        """The oldest first."""
        return [event for event in self.all("event")[::-1] if kind in (None, event["type"])]

    def deliveries(self, kind: str | None = None) -> list[Delivery]:
        return [each for each in [*self.postman.log] if kind in (None, each.type)]

    # What people do

    def pay(self, session: Named) -> Object:
        return self._do("checkout.session", session, checkout.pay)

    def decline(self, session: Named) -> Object:
        return self._do("checkout.session", session, checkout.decline)

    def pay_intent(self, intent: Named) -> Object:
        """Stripe's script in somebody's page confirms the payment, with a card that works."""
        return self._do("payment_intent", intent, payments.confirm, "pm_card_visa")

    def decline_intent(self, intent: Named) -> Object:
        """And with a card that is refused."""
        with self.world.lock, contextlib.suppress(ApiError):
            payments.confirm(self.world, self.world.get("payment_intent", named(intent)), "pm_card_chargeDeclined")
        return self.get(intent)

    def abandon(self, session: Named) -> Object:
        """They close the page; a day later the session expires."""
        return self._do("checkout.session", session, checkout.expire)

    def cancel(self, subscription: Named, at_period_end: bool = False) -> Object:
        """In the portal: at the end of the period only `cancel_at` is set, as billing_mode=flexible has it."""
        if not at_period_end:
            return self._do("subscription", subscription, subscribing.cancel, {})
        return self._schedule(subscription, lambda found: subscribing.period_end(found))

    def resume(self, subscription: Named) -> Object:
        return self._schedule(subscription, lambda found: None)

    def pay_invoice(self, invoice: Named) -> Object:
        return self._do("invoice", invoice, invoicing.pay)

    def fail_card(self, customer: Named) -> Object:
        """Their card is refused from now on."""
        with self.world.lock:
            payments.give_card(self.world, self.world.get("customer", named(customer)))
            self.world.failing.add(named(customer))
        return self.get(customer)

    def mend_card(self, customer: Named) -> Object:
        """A card that works; also the first one, for who has none yet."""
        with self.world.lock:
            payments.give_card(self.world, self.world.get("customer", named(customer)))
        return self.get(customer)

    # What time and the operator do

    def renew(self, subscription: Named, paid: bool = True) -> Object:
        """The period ends: the clock moves there, unless it is there already."""
        return self._do("subscription", subscription, subscribing.renew, not paid)

    def give_up(self, subscription: Named, becomes: str = "canceled") -> Object:
        """All retries of the open invoice failed; `becomes` "canceled" or "unpaid"."""
        return self._do("subscription", subscription, subscribing.give_up, becomes)

    def refund(self, charge: Named, amount: int | None = None) -> Object:
        """`charge` may be a payment intent as well."""
        kind = "payment_intent" if named(charge).startswith("pi_") else "charge"
        with self.world.lock:
            about: Object = {kind: named(charge)} | ({"amount": amount} if amount else {})
            return shown(payments.refund(self.world, about))

    @property
    def now(self) -> int:
        return self.world.now()

    def advance(self, days: float = 0, seconds: float = 0) -> int:
        """Move the clock and let happen what was due: renewals, ends, expiries."""
        return self.move_to(self.now + days * DAY + seconds)

    def move_to(self, moment: float) -> int:
        with self.world.lock:
            self.world.move_to(moment)
            subscribing.run_due(self.world)
        return self.now

    # Webhooks

    def hold(self) -> None:
        """Collect events instead of delivering them."""
        self.postman.holding = True

    @property
    def held(self) -> list[Object]:
        return [shown(event) for event in self.postman.held]

    def release(self, order: Any = None, through: Post | None = None) -> list[Delivery]:
        """Deliver what is held, in this thread; see `deliveries.arranged` for the order. `through(body, headers)`
        answers the status: a test client of Django's in the test's own transaction, say."""
        return self.postman.release(order, through)

    def deliver(
        self, event: Named, times: int = 1, *, at: int | None = None, secret: str | None = None,
        livemode: bool | None = None, tampered: Object | None = None, through: Post | None = None,
    ) -> list[Delivery]:  # fmt: skip
        """Once more, in this thread and never retried. `event` is an id, an event, or a type: its newest. `at` is the
        time of the signature, `tampered` changes the object behind the signature's back."""
        found = self._event(event)
        if livemode is not None:
            found = found | {"livemode": livemode}
        post = through or (deliveries.post_to(self.postman.address) if self.postman.address else None)
        if post is None:
            raise ValueError("There is no webhook address: say through what to deliver.")
        how = {"at": at, "secret": secret, "tampered": tampered}
        return [self.postman.attempt(found, post, number + 1, **how) for number in range(times)]

    def sign(self, event: Named, **how: Any) -> tuple[bytes, dict[str, str]]:
        """Body and headers of a delivery, to post by oneself."""
        return deliveries.signed(self._event(event), how.pop("secret", None) or self.webhook_secret, **how)

    def emit(self, kind: str, about: Named, **fields: Any) -> Object:
        """An event that no change made: of any type, about an object with other `fields`."""
        with self.world.lock:
            found = about if isinstance(about, dict) else self.world.objects[named(about)]
            return shown(self.world.emit(kind, found | fields))

    def settle(self, timeout: float = 10.0) -> bool:
        """Wait until every event is delivered or given up."""
        return self.postman.settle(timeout)

    # Trouble

    def script(self, pattern: str, **fields: Any) -> Fault:
        """`script("POST /v1/customers", status=500)`: see `faults.Fault` for the fields."""
        return self.faults.add(pattern, **fields)

    def _do(self, kind: str, thing: Named, action: Any, *more: Any) -> Object:
        with self.world.lock:
            return shown(action(self.world, self.world.get(kind, named(thing)), *more))

    def _schedule(self, thing: Named, moment: Any) -> Object:
        with self.world.lock:
            found = self.world.get("subscription", named(thing))
            fields = subscribing.schedule_end(self.world, found, moment(found))
            return shown(self.world.change(found, subscribing.UPDATED, **fields))

    def _event(self, event: Named) -> Object:
        if not isinstance(event, str):
            return dict(event)
        if event.startswith("evt_"):
            return self.get(event)
        return self.events(event)[-1]
