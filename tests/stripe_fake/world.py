"""What Stripe knows: objects by id, a clock that can be moved, lists and what can be expanded in them."""

from __future__ import annotations

import copy
import secrets
import string
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from tests.stripe_fake.wire import ApiError, Object, missing

LETTERS = string.ascii_letters + string.digits
PREFIXES = {
    "customer": "cus_", "product": "prod_", "price": "price_", "checkout.session": "cs_",
    "billing_portal.session": "bps_", "subscription": "sub_", "subscription_item": "si_", "invoice": "in_",
    "line_item": "il_", "item": "li_", "charge": "ch_", "refund": "re_", "payment_intent": "pi_",
    "payment_method": "pm_", "invoice_payment": "inpay_", "event": "evt_", "invoice_item": "ii_",
}  # fmt: skip
LENGTHS = {"checkout.session": 58, "customer": 14, "product": 14, "subscription_item": 14}
ADDRESSES = {"checkout.session": "checkout/sessions", "line_item": "lines", "item": "line_items"}


def token(letters: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(letters))


def envelope(data: Iterable[Object], url: str, more: bool = False) -> Object:
    return {"object": "list", "data": list(data), "has_more": more, "url": url}


class World:
    """One Stripe account in one mode. Whoever reads or writes holds `lock`."""

    def __init__(self, livemode: bool, url: str = "") -> None:
        self.livemode, self.url = livemode, url
        self.lock = threading.RLock()
        self.objects: dict[str, Object] = {}
        self.failing: set[str] = set()  # customers whose card is refused
        self.pending: dict[str, list[Object]] = {}  # lines for the next invoice of a subscription
        self.offset = 0.0
        self.request: Object = {"id": None, "idempotency_key": None}
        self.listener: Callable[[Object], None] = lambda event: None
        self.computed: dict[tuple[str, str], Callable[[World, Object], Any]] = {}

    def now(self) -> int:
        return int(time.time() + self.offset)

    def move_to(self, moment: float) -> None:
        """Only forwards: what has happened stays in the past."""
        self.offset += max(0.0, moment - (time.time() + self.offset))

    def new_id(self, kind: str) -> str:
        mode = ("live_" if self.livemode else "test_") if kind == "checkout.session" else ""
        return PREFIXES[kind] + mode + token(LENGTHS.get(kind, 24))

    def make(self, kind: str, **fields: Any) -> Object:
        made: Object = {
            "id": fields.pop("id", None) or self.new_id(kind),
            "object": kind,
            "created": self.now(),
            "livemode": self.livemode,
        }
        made.update(fields)
        self.objects[made["id"]] = made
        return made

    def get(self, kind: str, wanted: str, param: str = "id", status: int = 404) -> Object:
        """`status` is 400 where the id was a parameter and not the address."""
        found = self.objects.get(wanted)
        if found is None or found["object"] != kind or found.get("_gone"):
            raise missing(kind, wanted, param, status)
        return found

    def of(self, kind: str, **fields: Any) -> list[Object]:
        """The newest first, as in every list of Stripe's."""
        found = [
            each
            for each in self.objects.values()
            if each["object"] == kind
            and not each.get("_gone")
            and all(each.get(key) == value for key, value in fields.items())
        ]
        return found[::-1]

    def emit(self, kind: str, about: Object, previous: Object | None = None) -> Object:
        data: Object = {"object": shown(about)}
        if previous is not None:
            data["previous_attributes"] = copy.deepcopy(previous)
        event = self.make(
            "event", type=kind, api_version=api_version(), data=data,
            pending_webhooks=1, request=dict(self.request),
        )  # fmt: skip
        self.listener(event)
        return event

    def change(self, about: Object, kind: str, **fields: Any) -> Object:
        """Set fields and tell it with what they were before; nothing is told when nothing changes."""
        before = {key: copy.deepcopy(about.get(key)) for key, value in fields.items() if about.get(key) != value}
        about.update(fields)
        if before:
            self.emit(kind, about, before)
        return about

    def page(self, found: list[Object], params: Object, url: str) -> Object:
        """`limit`, `starting_after`, `ending_before`, `created[gte]`."""
        found = [each for each in found if within(each["created"], params.get("created"))]
        limit = params.get("limit", 10)
        if not 1 <= limit <= 100:
            raise ApiError(400, "This value must be between 1 and 100.", param="limit")
        ids = [each["id"] for each in found]
        if before := params.get("ending_before"):
            found = found[: position(ids, before, "ending_before")]
            return envelope(map(shown, found[-limit:]), url, len(found) > limit)
        if after := params.get("starting_after"):
            found = found[position(ids, after, "starting_after") + 1 :]
        return envelope(map(shown, found[:limit]), url, len(found) > limit)

    def expand(self, answer: Object, paths: list[str]) -> Object:
        for path in paths:
            if path.count(".") > 3 + path.startswith("data."):
                raise ApiError(400, "You cannot expand more than 4 levels of a property.", param="expand")
            self.open(answer, path.split("."), path)
        return answer

    def open(self, place: Any, keys: list[str], path: str) -> None:
        if isinstance(place, list):
            for each in place:
                self.open(each, keys, path)
            return
        if not isinstance(place, dict):
            return
        key = keys[0]
        compute = self.computed.get((place.get("object", ""), key))
        if compute and not place.get(key):
            place[key] = copy.deepcopy(compute(self, self.objects[place["id"]]))
        elif key not in place:
            raise ApiError(400, f"This property cannot be expanded ({path}).", param="expand")
        else:
            place[key] = self.opened(place[key])
        if keys[1:]:
            self.open(place[key], keys[1:], path)

    def opened(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.opened(each) for each in value]
        return shown(self.objects[value]) if isinstance(value, str) and value in self.objects else value


def shown(about: Object) -> Object:
    """As it leaves the house: a copy without what only we know, which begins with an underscore."""
    return copy.deepcopy({key: value for key, value in about.items() if not key.startswith("_")})


def position(ids: list[str], wanted: str, param: str) -> int:
    if wanted not in ids:
        raise missing("object", wanted, param, 400)
    return ids.index(wanted)


def within(moment: int, wanted: Any) -> bool:
    if not isinstance(wanted, dict):
        return wanted is None or moment == wanted
    tests = {"gt": moment.__gt__, "gte": moment.__ge__, "lt": moment.__lt__, "lte": moment.__le__}
    return all(tests[key](int(limit)) for key, limit in wanted.items())


def api_version() -> str:
    import stripe

    return str(stripe.api_version)
