"""What couriers do with audit streams: claim one, take a parcel of what waits, hand in what came of sending it.

The cursor moves when the target has taken the parcel, in the transaction that says so and by who holds the newest
epoch. Whoever dies before that has changed nothing: the same events go out again when the lease is over.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Account
from events.actions import event, publish
from executor_one.kit import tenancy
from executor_one.kit.serializers import instant
from webhooks import secrets
from webhooks.models import AuditStream
from webhooks.patience import LEAST, ceiling
from webhooks.sending import SLOW_MS, Outcome
from webhooks.streams.formats import Event
from webhooks.streams.queries import MOST_BYTES, MOST_EVENTS, newest_seq, waiting

SECONDS = 15.0  # for one parcel: the look-up, the connection and the whole answer together
LEASE = timedelta(seconds=25)
LONGEST_WAIT = 300.0  # seconds between two tries, however long the target has been away
FAILING = Q(failed__gt=0) | Q(is_slow=True)
REST = timedelta(minutes=5)  # after which a suspended account's stream is looked at again
TOLD_AFTER = timedelta(minutes=1)  # of an outage. A shorter one tells nobody, or a target that takes one batch and
# refuses the next would be told of for ever: each telling is an event that it is sent.


@dataclass(frozen=True)
class Lease:
    """A claimed stream. `is_failing`: its last try failed, or took long."""

    stream: str
    epoch: int
    account: str
    is_failing: bool


@dataclass(frozen=True)
class Parcel:
    """Events on their way, and where to. `cursor`: the seq that they settle."""

    kind: str
    url: str
    format: str
    host: str
    port: int
    is_secured: bool
    events: Sequence[Event] = field(repr=False)
    before: int
    cursor: int
    secret: str = field(repr=False)


def claim(room: int, *, failing: bool, full: Collection[str] = ()) -> list[Lease]:
    """Lease up to `room` streams that are due: those whose last try failed or took long, or the others.

    The longest due first, one of each account, of none in `full`.
    """
    now = timezone.now()
    with tenancy.all_accounts(reason="a courier serves every account"):
        due = AuditStream.objects.active().filter(next_at__lte=now).exclude(busy_until__gt=now)
        due = (due.filter(FAILING) if failing else due.exclude(FAILING)).exclude(account__in=full)
        rows = _one_of_each(due.select_for_update(skip_locked=True, no_key=True).order_by("next_at")[:room])
        ids = [row.pk for row in rows]
        AuditStream.objects.filter(pk__in=ids).update(epoch=F("epoch") + 1, busy_until=now + LEASE)
    return [Lease(row.pk, row.epoch + 1, row.account_id, failing) for row in rows]


def _one_of_each(rows: Iterable[AuditStream]) -> list[AuditStream]:
    """The first of each account."""
    return list({row.account_id: row for row in reversed(list(rows))}.values())


def ring(account: str) -> bool:
    """Something happened to an account: its idle streams are due. True: one was locked, so ring again.

    Who settles a stream looks for newer events while it has the row's lock, and this one locks it before it looks
    whether it is idle: so of the two one always sees what was published in between.
    """
    with tenancy.account_scope(account):
        active = AuditStream.objects.active()
        free = [*active.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True)]
        AuditStream.objects.filter(pk__in=free, next_at=None).update(next_at=timezone.now())
        return bool(len(free) < active.count())


def take(lease: Lease) -> Parcel | None:
    """What is sent now; None: nothing is, and the stream was given back. secrets.UnknownKey or Damaged.

    After each failure a parcel is half as large: a target that takes no more than so much at once, or too long over
    much, still gets on.
    """
    with tenancy.account_scope(lease.account):
        row = _held(lease)
        if row is None:
            return None
        if Account.objects.filter(pk=lease.account, suspended_at__isnull=False).exists():
            _give_back(row, timezone.now() + REST)
            return None
        halved = min(row.failed, 9)
        found = waiting(row, max(1, MOST_EVENTS >> halved), MOST_BYTES >> halved)
        if not found.events:
            row.cursor = found.cursor
            _give_back(row, None)
            return None
        secret = _secret(row)
    return Parcel(
        row.kind, row.url, row.format, row.host, row.port or 0, row.protocol == AuditStream.Protocol.TLS,
        found.events, row.cursor, found.cursor, secret,
    )  # fmt: skip


def hand_in(lease: Lease, parcel: Parcel | None, outcome: Outcome) -> datetime | None:
    """Write what came of a try and free the stream: when it is due next, None for not now (or the lease was lost).

    Told of an outage that lasts longer than TOLD_AFTER: audit_stream.failing, once, and audit_stream.recovered.
    """
    with tenancy.account_scope(lease.account):
        row = _held(lease)
        if row is None:
            return None
        now, since, was_told = timezone.now(), row.failing_since, row.is_told
        row.last_status, row.is_slow = outcome.status, outcome.ms > SLOW_MS
        if outcome.ok and parcel is not None:
            row.cursor, row.sent, row.last_sent_at = parcel.cursor, row.sent + len(parcel.events), now
            row.failed, row.failing_since, row.is_told, row.last_error = 0, None, False, ""
            _give_back(row, None)
            if was_told:
                publish(event("audit_stream.recovered", {"stream": row.pk, "since": instant(since)}))
            return row.next_at
        row.failed, row.failing_since, row.last_error = row.failed + 1, since or now, outcome.error
        row.is_told = was_told or now - row.failing_since >= TOLD_AFTER
        _give_back(row, now + timedelta(seconds=wait_after(row.failed)))
        if row.is_told and not was_told:
            told = {"stream": row.pk, "since": instant(row.failing_since), "error": row.last_error}
            publish(event("audit_stream.failing", told))
        return row.next_at


def wait_after(failed: int) -> float:
    """Seconds until the next try, after so many that failed: from one to 5, 10, 20 ... 300. It is tried for ever."""
    return random.uniform(LEAST, min(LONGEST_WAIT, ceiling(failed)))  # noqa: S311 - spreads load, guards nothing


def _held(lease: Lease) -> AuditStream | None:
    """The stream, locked, if it is still this lease's."""
    held: AuditStream | None = (
        AuditStream.objects.select_for_update(no_key=True).filter(pk=lease.stream, epoch=lease.epoch).first()
    )
    return held


def _give_back(row: AuditStream, not_before: datetime | None) -> None:
    """Write a locked stream. It is due at once while there is more, which is looked for behind the lock (ring)."""
    more = timezone.now() if newest_seq() > row.cursor else None
    row.next_at = (not_before or more) if row.is_active else None
    row.busy_until, row.epoch = None, row.epoch + 1
    row.save()


def _secret(row: AuditStream) -> str:
    if not row.sealed:
        return ""
    place: dict[str, Any] = {"account": row.account_id, "endpoint": row.pk}
    return secrets.unseal(bytes(row.sealed), **place, masters=settings.CREDENTIAL_KEYS)
