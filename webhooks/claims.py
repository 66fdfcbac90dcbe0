"""What couriers do with lanes: claim, and hand in what came of a try. A stale epoch's writes are refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from events.actions import event, publish
from events.models import Event
from executor_one.kit import tenancy
from executor_one.kit.batch import Batch
from executor_one.kit.queue import enqueue
from executor_one.kit.serializers import instant
from realtime.wire import wire
from webhooks import secrets
from webhooks.actions import disable, host_of
from webhooks.models import WebhookEndpoint
from webhooks.patience import next_try
from webhooks.sending import GONE, Outcome
from webhooks.turns import Turn

LEASE = timedelta(seconds=20)  # a try takes ten at most
REST = timedelta(minutes=5)  # after which a suspended account's lane is looked at again
KEPT_TRIES = 100

# Accounts that have a lane which is due. It reads all that is due, so it is not asked at each claim.
DUE = """
    SELECT DISTINCT account_id FROM webhooks_webhooklane
    WHERE next_at <= $1 AND (busy_until IS NULL OR busy_until <= $1)"""
# Lanes that are due of some accounts, $2, of each its room, $3; then what each of them sends. `place` is how manieth an
# endpoint has on its way with it: endpoints have their turns as accounts have, and what failed or took long comes last.
# What is neither the first of its endpoint nor smooth counts as more, $4.
# MATERIALIZED, because a join may run a sub-select more than once, and each time it would lock further lanes. A lane
# whose delivery is not due any more is claimed too, and settled by who claims it. The delivery is locked too: another
# courier may have sent it since this statement began, and a lock is what makes Postgres look at the row as it is now.
CLAIM = """
    WITH lanes AS (
        SELECT lane.id, lane.account_id, lane.next_at, lane.is_failing, asked.room, asked.more,
            coalesce(lane.busy_until > $1, false) AS is_busy, row_number() OVER (
                PARTITION BY lane.endpoint_id ORDER BY coalesce(lane.busy_until > $1, false) DESC, lane.next_at
            ) AS place
        FROM unnest($2::text[], $3::int[], $4::int[]) asked(account, room, more)
        JOIN webhooks_webhooklane lane ON lane.account_id = asked.account AND lane.next_at IS NOT NULL
        WHERE lane.next_at <= $1 OR lane.busy_until > $1),
    due AS (SELECT *, place > 1 OR is_failing AS is_more FROM lanes WHERE NOT is_busy),
    turns AS (
        SELECT id, room, more, is_more,
            row_number() OVER (PARTITION BY account_id ORDER BY is_more, place, next_at) AS turn,
            row_number() OVER (PARTITION BY account_id, is_more ORDER BY place, next_at) AS turn_of_kind FROM due),
    free AS MATERIALIZED (
        SELECT lane.id FROM webhooks_webhooklane lane JOIN turns ON turns.id = lane.id
        WHERE turns.turn <= turns.room AND (NOT turns.is_more OR turns.turn_of_kind <= turns.more)
            AND lane.next_at <= $1 AND (lane.busy_until IS NULL OR lane.busy_until <= $1)
        FOR UPDATE OF lane SKIP LOCKED),
    taken AS (
        UPDATE webhooks_webhooklane lane SET epoch = lane.epoch + 1, busy_until = $5 FROM free
        WHERE lane.id = free.id RETURNING lane.id, lane.epoch, lane.account_id, lane.endpoint_id, lane.number)
    SELECT taken.id, taken.epoch, taken.account_id, taken.endpoint_id, endpoint.url, endpoint.sealed,
        CASE WHEN endpoint.before_until > $1 THEN endpoint.sealed_before END, endpoint.outage_at IS NOT NULL,
        account.suspended_at IS NOT NULL OR NOT endpoint.is_active, next.id, next.type, next.body,
        next.attempts - next.attempts_before, next.begun_at,
        told.id, told.type, coalesce(told.data->>'goal', ''),
        to_char(told.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), told.data::text
    FROM taken JOIN webhooks_webhookendpoint endpoint ON endpoint.id = taken.endpoint_id
    JOIN accounts_account account ON account.id = taken.account_id
    LEFT JOIN LATERAL (
        SELECT * FROM webhooks_webhookdelivery delivery
        WHERE delivery.endpoint_id = taken.endpoint_id AND delivery.lane = taken.number
            AND delivery.state = 'pending' AND delivery.next_at <= $1
        ORDER BY delivery.next_at, delivery.event LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED) next ON true
    LEFT JOIN events_event told ON told.id = next.event"""
HELD = "SELECT 1 FROM webhooks_webhooklane WHERE account_id = $1 AND id = $2 AND epoch = $3 FOR NO KEY UPDATE"
WRITE = """
    UPDATE webhooks_webhookdelivery SET state = $4, attempts = attempts + 1, next_at = $5, ended_at = $6,
        last_status = $7, last_error = $8, response = $9,
        tries = CASE WHEN jsonb_array_length(tries) < $11 THEN tries ELSE tries - 0 END || $10::jsonb
    WHERE account_id = $1 AND id = $12
        AND EXISTS (SELECT FROM webhooks_webhooklane WHERE account_id = $1 AND id = $2 AND epoch = $3)"""
# Its own statement, after the lock: it sees what fan-out, which rings under the same lock, has added meanwhile.
# The lease ends with it: handed in once more, because the first answer was lost on the way, a result is refused.
SETTLE = """
    UPDATE webhooks_webhooklane lane
    SET busy_until = NULL, epoch = lane.epoch + 1, is_failing = coalesce($4, is_failing),
        next_at = CASE WHEN endpoint.is_active THEN greatest($5, (
            SELECT min(next_at) FROM webhooks_webhookdelivery delivery WHERE delivery.endpoint_id = lane.endpoint_id
                AND delivery.lane = lane.number AND delivery.state = 'pending')) END
    FROM webhooks_webhookendpoint endpoint
    WHERE lane.account_id = $1 AND lane.id = $2 AND lane.epoch = $3 AND endpoint.id = lane.endpoint_id
    RETURNING lane.next_at"""


@dataclass(frozen=True)
class Lease:
    """A claimed lane and what is to be sent on it; `delivery` is "" where nothing is.

    `failed`: tries since it was last begun, all without success. `is_held`: nothing may be sent now.
    """

    lane: Any
    epoch: int
    account: str
    endpoint: str
    url: str
    sealed: tuple[bytes, ...] = field(repr=False)
    had_outage: bool
    is_held: bool
    delivery: str
    text: str = field(repr=False)
    failed: int
    begun_at: datetime

    def secrets(self) -> list[str]:
        """What signs, the newest first. secrets.UnknownKey or Damaged."""
        place = {"account": self.account, "endpoint": self.endpoint}
        return [secrets.unseal(one, **place, masters=settings.CREDENTIAL_KEYS) for one in self.sealed]


def due_accounts() -> list[str]:
    """The accounts that have something to send now."""
    batch = Batch()
    batch.sql(DUE, timezone.now())
    return [row[0] for row in batch.run_as(tenancy.ALL)[0]]


def claim(turns: Sequence[Turn]) -> list[Lease]:
    """Lease lanes that are due, of each account as many as its turn has room for: one of each endpoint first."""
    if not turns:
        return []
    now = timezone.now()
    asked = [list(each) for each in zip(*((turn.account, turn.room, turn.more) for turn in turns), strict=True)]
    batch = Batch()
    batch.sql(CLAIM, now, *asked, now + LEASE)
    return [_lease(row) for row in batch.run_as(tenancy.ALL)[0]]


def _lease(row: Any) -> Lease:
    delivery, _, body, failed, begun_at = row[9:14]
    text = body or ""
    if row[14] is not None:
        text = wire(*row[14:]).text
    sealed = tuple(bytes(one) for one in row[5:7] if one)
    lane, epoch, account, endpoint, url = row[:5]
    had_outage, is_held = row[7:9]
    return Lease(
        lane, epoch, account, endpoint, url, sealed, had_outage, is_held, delivery or "", text, failed or 0, begun_at
    )


def settle(lease: Lease, *, rest: bool = False) -> datetime | None:
    """Give a lane back on which nothing was sent; when it is due next. `rest`: not before REST is over."""
    batch = Batch()
    batch.sql(HELD, lease.account, lease.lane, lease.epoch)
    _settle(batch, lease, None, timezone.now() + REST if rest else None)
    return _due(batch.run_as(lease.account)[-1])


def hand_in(lease: Lease, outcome: Outcome) -> datetime | None:
    """Write what came of a try, and free the lane: when it is due next, None for not at all (or the lease was lost).

    A success ends an outage. What is given up (a day is over) begins one: webhook.dead and a mail, once. A receiver
    that is gone (410) switches its endpoint off: webhook.disabled.
    """
    now = timezone.now()
    again = None if outcome.ok else next_try(lease.begun_at, lease.failed + 1, now)
    if (outcome.ok and not lease.had_outage) or (again and outcome.status != GONE):
        batch = Batch()
        _write(batch, lease, outcome, again, now)
        return _due(batch.run_as(lease.account)[-1])
    return _hand_in_with_news(lease, outcome, again, now)


def _hand_in_with_news(lease: Lease, outcome: Outcome, again: datetime | None, now: datetime) -> datetime | None:
    """The same where the endpoint changes too. Its row is locked before the lane's, as everywhere."""
    if outcome.status == GONE:
        again = None
    with tenancy.account_scope(lease.account):
        live = WebhookEndpoint.objects.live().select_for_update(no_key=True)
        endpoint: WebhookEndpoint | None = live.filter(pk=lease.endpoint).first()
        batch = Batch()
        _write(batch, lease, outcome, again, now)
        rows = batch.run()
        if endpoint is None or not rows[0]:
            return None
        publish(*_news(endpoint, lease, outcome, now))
    return _due(rows[-1])


def _news(endpoint: WebhookEndpoint, lease: Lease, outcome: Outcome, now: datetime) -> list[Event]:
    """What is told of an endpoint after a try that changes it."""
    if outcome.ok:
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(outage_at=None)
        return []
    if outcome.status == GONE:
        if not endpoint.is_active:
            return []
        why = "The receiver answered 410: it is gone."
        disable(endpoint, why)
        enqueue("webhooks.tasks.tell_off", lease.account, endpoint.pk)
        return [event("webhook.disabled", {"webhook": endpoint.pk, "why": why})]
    return given_up(endpoint, lease.delivery, outcome.error, now)


def given_up(endpoint: WebhookEndpoint, delivery: str, error: str, now: datetime) -> list[Event]:
    """A delivery of a locked endpoint is dead: what is told of it, once until one succeeds again."""
    if endpoint.outage_at is not None:
        return []
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(outage_at=now)
    enqueue("webhooks.tasks.tell_dead", endpoint.account_id, endpoint.pk)
    told = {"webhook": endpoint.pk, "delivery": delivery, "host": host_of(endpoint), "error": error}
    return [event("webhook.dead", told)]


def _write(batch: Batch, lease: Lease, outcome: Outcome, again: datetime | None, now: datetime) -> None:
    state = "delivered" if outcome.ok else "pending" if again else "dead"
    ended = None if again else now
    told = {"at": instant(outcome.at), "status": outcome.status, "error": outcome.error, "ms": outcome.ms}
    held = (lease.account, lease.lane, lease.epoch)
    batch.sql(HELD, *held)
    batch.sql(
        WRITE, *held, state, again, ended, outcome.status, outcome.error, outcome.response, json.dumps([told]),
        KEPT_TRIES, lease.delivery,
    )  # fmt: skip
    _settle(batch, lease, not outcome.is_smooth, None)


def _settle(batch: Batch, lease: Lease, failing: bool | None, not_before: datetime | None) -> None:
    batch.sql(SETTLE, lease.account, lease.lane, lease.epoch, failing, not_before)


def _due(rows: Any) -> datetime | None:
    due: datetime | None = rows[0][0] if rows else None
    return due
