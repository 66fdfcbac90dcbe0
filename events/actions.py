"""`publish()`: say what happened, inside the transaction that did it.

The ids of what one account sees become visible in their order: a reader that goes on after the last id it has read
misses nothing. For that a publisher locks the account's stream before it takes ids, until its transaction ends, so
**publishing is the last thing that a transaction does**: who has published takes no lock (writes no row) that another
transaction may hold while it waits to publish. `told_last()` and `gathered()` see to that where a deed is made of
others. See docs/decisions/0020-ids-become-visible-in-order.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from django.utils import timezone

from events.models import Event
from executor_one.kit import receipts, tenancy
from executor_one.kit.batch import Batch
from executor_one.kit.notices import NOTIFY

EXECUTOR = "executor"  # the actor of what the platform does by itself
CHANNEL = "events"
EVERYONE = "*"  # the notice of what happened to the installation: it is in every account's stream

# Publishers of different accounts do not wait for each other; one for the installation waits for all of them, and they
# for it, because what it tells is in each of their streams.
ACCOUNT_TURN = "SELECT pg_advisory_xact_lock_shared(2020, 0), pg_advisory_xact_lock(2021, hashtext($1))"
INSTALLATION_TURN = "SELECT pg_advisory_xact_lock(2020, 0)"

_gathered: ContextVar[list[Event] | None] = ContextVar("gathered_events", default=None)


def event(type: str, data: dict[str, Any], *, actor: str = EXECUTOR, at: datetime | None = None) -> Event:
    """An event of the active account, not yet written: `type` in the past tense ("goal.cancelled"), ids in `data`.

    Every type and what its data holds stands in events.catalogue. `at`: when it happened, if that was not just now.
    """
    return Event(
        account_id=tenancy.active_account_id(),
        type=type,
        data=data,
        actor=actor,
        receipt=receipts.current(),
        created_at=at or timezone.now(),
    )


def publish(*happened: Event) -> None:
    """Append events of one account in order and wake their readers at commit: the last thing before it."""
    later = _gathered.get()
    if later is not None:
        later.extend(happened)
        return
    batch = Batch()
    publish_in(batch, *happened)
    batch.run()


def publish_in(batch: Batch, *happened: Event) -> None:
    """The same as a part of a batch that the caller runs: its last part."""
    if happened:
        take_turn(batch)
        batch.insert(*happened)
        batch.sql(NOTIFY, CHANNEL, happened[0].account_id)


def take_turn(batch: Batch) -> None:
    """Lock the active account's stream: nobody else publishes in it before this transaction ends.

    What is read after it in the same transaction is true of the moment at which the ids are taken. Who needs the
    streams of several accounts takes them in the order of the accounts' ids.
    """
    batch.sql(ACCOUNT_TURN, tenancy.active_account_id())


def publish_for_all(type: str, data: dict[str, Any]) -> None:
    """Append what happened to the installation, for every account to see; inside all_accounts(), and last."""
    told = Event(type=type, data=data, actor=EXECUTOR, receipt=receipts.current(), created_at=timezone.now())
    batch = Batch()
    batch.sql(INSTALLATION_TURN)
    batch.insert(told)
    batch.sql(NOTIFY, CHANNEL, EVERYONE)
    batch.run()


@contextmanager
def gathered(into: list[Event]) -> Iterator[None]:
    """What is published in this block is appended to a list instead; the caller publishes that at its own end."""
    token = _gathered.set(into)
    try:
        yield
    finally:
        _gathered.reset(token)


@contextmanager
def told_last() -> Iterator[None]:
    """What is published in this block is written when it ends; nothing of it when it raises. Also a decorator."""
    told: list[Event] = []
    with gathered(told):
        yield
    publish(*told)
