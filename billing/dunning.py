"""What an account has for what Stripe says of its subscriptions: a decision over plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

GRACE = timedelta(days=7)  # between a failed payment and Free

ACTIVE, PAST_DUE, UNPAID, ENDED = "active", "past_due", "unpaid", "ended"
# Stripe's words. "incomplete" never was paid: it gives nothing, and takes nothing either.
GOOD, BAD = {"active", "trialing"}, {"past_due", "unpaid"}


class Told(Protocol):
    """A subscription of a customer."""

    @property
    def id(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def price(self) -> str: ...
    @property
    def created(self) -> int: ...


class UnknownPrice(ValueError):
    """A subscription is paid whose price belongs to no plan of ours."""


@dataclass(frozen=True)
class Standing:
    """What follows. `plan`: the code of the plan the account has now; "" for Free."""

    status: str
    plan: str
    subscription: Told | None
    past_due_since: datetime | None = None
    note: str = ""

    @property
    def grace_until(self) -> datetime | None:
        return self.past_due_since + GRACE if self.past_due_since else None


def standing(
    told: Iterable[Told], plans: Mapping[str, tuple[int, str]], *, past_due_since: datetime | None, now: datetime
) -> Standing:
    """`plans`: by price, the rank and code of the plan. Of several subscriptions the one that gives most counts."""
    alive = [one for one in told if one.status in GOOD | BAD]
    if not alive:
        return Standing(ENDED, "", None)
    if unknown := [one.price for one in alive if one.price not in plans]:
        raise UnknownPrice(f"no plan has the price {unknown[0]}")
    best = max(alive, key=lambda one: (one.status in GOOD, plans[one.price][0], one.created))
    several = len(alive) > 1
    note = f"{len(alive)} subscriptions are paid; {best.id} counts" if several else ""
    code = plans[best.price][1]
    if best.status in GOOD:
        return Standing(ACTIVE, code, best, note=note)
    since = past_due_since or now
    if since + GRACE <= now:
        return Standing(UNPAID, "", best, since, note)
    return Standing(PAST_DUE, code, best, since, note)
