"""Fan-out: what happened to an account becomes deliveries, exactly one for each event and endpoint that wants it.

It happens beside the event, not in its transaction: publishing costs the same with webhooks and without.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from events.queries import FOLLOWING_HEADS
from executor_one.kit import tenancy
from executor_one.kit.batch import Batch
from webhooks.actions import ring
from webhooks.choosing import wants
from webhooks.models import WebhookEndpoint, delivery_id, lane_of

PAGE = 500  # events that are looked at in one transaction

# Accounts with active endpoints: of those that are named, or all of them.
WITH_ENDPOINTS = """
    SELECT DISTINCT account_id FROM webhooks_webhookendpoint
    WHERE deleted_at IS NULL AND is_active AND ($1::text[] IS NULL OR account_id = ANY($1))"""
# All that one look makes, however many endpoints an account has: who has many keeps a courier no longer than others.
MAKE = """
    INSERT INTO webhooks_webhookdelivery (account_id, id, endpoint_id, event, type, lane, body, state, attempts,
        attempts_before, begun_at, next_at, last_error, response, tries, created_at)
    SELECT $1, made.id, made.endpoint, made.event, made.type, made.lane, '', 'pending', 0, 0, $7, $7, '', '', '[]', $7
    FROM unnest($2::text[], $3::text[], $4::bigint[], $5::text[], $6::int[]) made(id, endpoint, event, type, lane)"""
ADVANCE = "UPDATE webhooks_webhookendpoint SET cursor = $3 WHERE account_id = $1 AND id = ANY($2) AND cursor < $3"


@dataclass(frozen=True)
class Spread:
    """What came of a look. `is_behind`: more events wait, or another courier is at an endpoint; look again."""

    made: int
    is_behind: bool


def with_endpoints(accounts: Collection[str] | None = None) -> list[str]:
    """Which of these accounts have active endpoints; None: of all accounts."""
    batch = Batch()
    batch.sql(WITH_ENDPOINTS, None if accounts is None else list(accounts))
    return [row[0] for row in batch.run_as(tenancy.ALL)[0]]


def spread(account: str, page: int = PAGE) -> Spread:
    """Make the deliveries of what happened to an account since its endpoints looked last.

    Who has an endpoint's row has its cursor: deliveries and cursor are written in one transaction, so a courier that
    dies in it has made nothing, and two of them make nothing twice.
    """
    with tenancy.account_scope(account):
        active = WebhookEndpoint.objects.active().count()
        endpoints = list(
            WebhookEndpoint.objects.active().select_for_update(skip_locked=True, no_key=True).order_by("pk")
        )
        if not endpoints:
            return Spread(0, is_behind=active > 0)
        events = _heads(account, min(row.cursor for row in endpoints), page)
        made = _deliver(account, endpoints, events, timezone.now()) if events else 0
    return Spread(made, is_behind=len(events) == page or len(endpoints) < active)


def _heads(account: str, after: int, page: int) -> list[Sequence[Any]]:
    """(id, type, goal) of the events behind one."""
    batch = Batch()
    batch.sql(FOLLOWING_HEADS, account, after, page)
    return batch.run()[0]


def _deliver(account: str, endpoints: list[WebhookEndpoint], events: list[Sequence[Any]], now: datetime) -> int:
    """Deliveries of what these endpoints want of these events; their cursors go behind the last one."""
    made = [
        (delivery_id(), row.pk, id, type, lane_of(goal))
        for row in endpoints
        for id, type, goal in events
        if id > row.cursor and wants(row.types, type)
    ]
    batch = Batch()
    if made:
        batch.sql(MAKE, account, *map(list, zip(*made, strict=True)), now)
    batch.sql(ADVANCE, account, [row.pk for row in endpoints], events[-1][0])
    batch.run()
    if made:
        ring(account, {(endpoint, lane) for _, endpoint, _, _, lane in made}, now)
    return len(made)
