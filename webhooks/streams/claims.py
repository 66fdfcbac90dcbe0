"""What couriers do with audit streams: claim one, take a parcel of what waits, hand in what came of sending it.

The cursor moves when the target has taken the parcel, in the transaction that says so and by who holds the newest
epoch. Whoever dies before that has changed nothing: the same events go out again when the lease is over.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.models import Account
from events.actions import event, publish
from executor_one.kit import tenancy
from executor_one.kit.batch import Batch
from executor_one.kit.serializers import instant
from webhooks import secrets
from webhooks.models import AuditStream
from webhooks.patience import LEAST, ceiling
from webhooks.sending import SLOW_MS, Outcome
from webhooks.streams.formats import Event
from webhooks.streams.queries import MOST_BYTES, MOST_EVENTS, newest_seq, waiting
from webhooks.turns import Turn

SECONDS = 15.0  # for one parcel: the look-up, the connection and the whole answer together
LEASE = timedelta(seconds=25)
LONGEST_WAIT = 300.0  # seconds between two tries, however long the target has been away
REST = timedelta(minutes=5)  # after which a suspended account's stream is looked at again
TOLD_AFTER = timedelta(minutes=1)  # of an outage. A shorter one tells nobody, or a target that takes one batch and
# refuses the next would be told of for ever: each telling is an event that it is sent.

# As those of lanes (webhooks.claims): who has something due, and what is due of some accounts, $2.
DUE = """
    SELECT DISTINCT account_id FROM webhooks_auditstream
    WHERE is_active AND next_at <= $1 AND (busy_until IS NULL OR busy_until <= $1)"""
CLAIM = """
    WITH due AS (
        SELECT stream.id, stream.account_id, stream.next_at, asked.room, asked.more,
            stream.failed > 0 OR stream.is_slow AS is_more
        FROM unnest($2::text[], $3::int[], $4::int[]) asked(account, room, more)
        JOIN webhooks_auditstream stream ON stream.account_id = asked.account
        WHERE stream.is_active AND stream.next_at <= $1 AND (stream.busy_until IS NULL OR stream.busy_until <= $1)),
    turns AS (
        SELECT id, room, more, is_more,
            row_number() OVER (PARTITION BY account_id ORDER BY is_more, next_at) AS turn,
            row_number() OVER (PARTITION BY account_id, is_more ORDER BY next_at) AS turn_of_kind FROM due),
    free AS MATERIALIZED (
        SELECT stream.id FROM webhooks_auditstream stream JOIN turns ON turns.id = stream.id
        WHERE turns.turn <= turns.room AND (NOT turns.is_more OR turns.turn_of_kind <= turns.more)
            AND stream.is_active AND stream.next_at <= $1 AND (stream.busy_until IS NULL OR stream.busy_until <= $1)
        FOR NO KEY UPDATE OF stream SKIP LOCKED)
    UPDATE webhooks_auditstream stream SET epoch = stream.epoch + 1, busy_until = $5 FROM free
    WHERE stream.id = free.id RETURNING stream.id, stream.epoch, stream.account_id"""


@dataclass(frozen=True)
class Lease:
    """A claimed stream."""

    stream: str
    epoch: int
    account: str


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


def due_accounts() -> list[str]:
    """The accounts that have a stream which is due now."""
    batch = Batch()
    batch.sql(DUE, timezone.now())
    return [row[0] for row in batch.run_as(tenancy.ALL)[0]]


def claim(turns: Sequence[Turn]) -> list[Lease]:
    """Lease streams that are due, of each account as many as its turn has room for: those that do well first."""
    if not turns:
        return []
    now = timezone.now()
    asked = [list(each) for each in zip(*((turn.account, turn.room, turn.more) for turn in turns), strict=True)]
    batch = Batch()
    batch.sql(CLAIM, now, *asked, now + LEASE)
    return [Lease(*row) for row in batch.run_as(tenancy.ALL)[0]]


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
