"""`publish()`: say what happened, inside the transaction that did it."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from events.models import Event
from executor_one.kit import receipts, tenancy
from executor_one.kit.batch import Batch
from executor_one.kit.notices import NOTIFY

EXECUTOR = "executor"  # the actor of what the platform does by itself
CHANNEL = "events"


def event(type: str, data: dict[str, Any], *, actor: str = EXECUTOR) -> Event:
    """An event of the active account, not yet written: `type` in the past tense ("goal.cancelled"), ids in `data`."""
    return Event(
        account_id=tenancy.active_account_id(),
        type=type,
        data=data,
        actor=actor,
        receipt=receipts.current(),
        created_at=timezone.now(),
    )


def publish(*happened: Event) -> None:
    """Append events in order and wake their readers at commit."""
    batch = Batch()
    publish_in(batch, *happened)
    batch.run()


def publish_in(batch: Batch, *happened: Event) -> None:
    """The same as a part of a batch that the caller runs."""
    if happened:
        batch.insert(*happened)
        batch.sql(NOTIFY, CHANNEL, happened[0].account_id)
