"""Reads of audit streams, and of the events that wait for them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Max

from events import audit
from events.audit import Wanted
from events.catalogue import EVENTS
from events.models import Event
from executor_one.kit import tenancy
from executor_one.kit.errors import NotFound
from webhooks.choosing import wants_any
from webhooks.models import AuditStream
from webhooks.queries import with_id
from webhooks.streams.formats import compact

TESTED = "audit_stream.tested"
PAGE = 100  # events that are read at once: a parcel that is full sooner leaves the rest unread
MOST_EVENTS, MOST_BYTES = 500, 512 * 1024  # of a parcel, counted as JSON; a larger event goes alone


@dataclass(frozen=True)
class Waiting:
    """The next events of a stream, and the seq of the last that they settle: one of them, or left out by its types."""

    events: list[dict[str, Any]]
    cursor: int


def stream_or_404(id: str) -> AuditStream:
    """A stream of the active account; another account's is not there."""
    found: AuditStream | None = with_id(AuditStream.objects.all(), id).first()
    if found is None:
        raise NotFound("There is no audit stream with this id.")
    return found


def newest_seq() -> int:
    """The seq of the active account's last event; 0 when there is none."""
    account = tenancy.active_account_id()
    return Event.objects.filter(account=account).aggregate(newest=Max("seq"))["newest"] or 0


def with_streams(accounts: Collection[str] | None = None) -> list[str]:
    """Which of these accounts have streams that are not paused; None: of all accounts."""
    with tenancy.all_accounts(reason="a courier serves every account"):
        active = AuditStream.objects.active()
        if accounts is not None:
            active = active.filter(account__in=accounts)
        return sorted(set(active.values_list("account_id", flat=True)))


def waiting(row: AuditStream, most: int = MOST_EVENTS, size: int = MOST_BYTES) -> Waiting:
    """What stands behind the cursor of a stream of the active account: `most` events of `size` bytes, or fewer."""
    newest = newest_seq()  # before the pages: what comes after it is theirs, or the next parcel's
    types = known_types(row.types)
    found: list[dict[str, Any]] = []
    cursor, held = row.cursor, 0
    while len(found) < most:
        asked = Wanted(row.account_id, types=types, after=cursor, oldest_first=True)
        page = audit.page(asked, min(PAGE, most - len(found)))
        for event in page.rows:
            held += len(compact(event))
            if found and held > size:
                return Waiting(found, cursor)
            cursor = event["seq"]
            if event["type"] != TESTED or wants_any(row.types) or event["data"].get("stream") == row.pk:
                found.append(event)
        if page.position is None:
            return Waiting(found, max(cursor, newest))
        cursor = page.position
    return Waiting(found, cursor)


def known_types(types: Sequence[str]) -> tuple[str, ...] | None:
    """The types that the log is asked for, with the one of tests; None: all."""
    if wants_any(types):
        return None
    families = tuple(name.removesuffix("*") for name in types if name.endswith(".*"))
    wanted = {name for name in EVENTS if name in types or (families and name.startswith(families))}
    return tuple(sorted(wanted | {TESTED}))
