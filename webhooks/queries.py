"""Reads of endpoints and deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from executor_one.kit import tenancy
from executor_one.kit.batch import Batch
from executor_one.kit.errors import NotFound
from executor_one.kit.serializers import NUL
from realtime.reading import NEWEST
from realtime.wire import Wire, wire
from webhooks.models import WebhookDelivery, WebhookEndpoint

T = TypeVar("T", bound=Model)

EVENT = """
    SELECT id, type, coalesce(data->>'goal', ''),
        to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), data::text
    FROM events_event WHERE id = $1"""


def with_id(rows: QuerySet[T], id: str) -> QuerySet[T]:
    """The row with this id; none for a text that Postgres cannot be asked for."""
    return rows.none() if NUL in id else rows.filter(pk=id)


def endpoint_or_404(id: str) -> WebhookEndpoint:
    """An endpoint of the active account; another account's or a deleted one is not there."""
    found: WebhookEndpoint | None = with_id(WebhookEndpoint.objects.live(), id).first()
    if found is None:
        raise NotFound("There is no webhook with this id.")
    return found


def delivery_or_404(id: str) -> WebhookDelivery:
    """A delivery of the active account, with its endpoint."""
    found = with_id(deliveries().select_related("endpoint"), id).first()
    if found is None:
        raise NotFound("There is no delivery with this id.")
    return found


def deliveries() -> QuerySet[WebhookDelivery]:
    """The active account's deliveries, the newest first; those of a deleted endpoint are gone with it."""
    return WebhookDelivery.objects.filter(endpoint__deleted_at=None).order_by("-created_at", "-event", "-id")


def chosen(
    *, webhook: str = "", state: str = "", type: str = "", since: datetime | None = None, until: datetime | None = None
) -> QuerySet[WebhookDelivery]:
    """Those of them that fit; "" and None choose nothing. `since` is included, `until` is not."""
    wanted: dict[str, Any] = {
        "endpoint": webhook, "state": state, "type": type, "created_at__gte": since, "created_at__lt": until,
    }  # fmt: skip
    found = deliveries()
    if NUL in webhook + type:  # Postgres cannot be asked for it
        return found.none()
    return found.filter(**{name: value for name, value in wanted.items() if value})


def newest_event() -> int:
    """The id of the last event that the active account can read; 0 when there is none."""
    batch = Batch()
    batch.sql(NEWEST, tenancy.active_account_id())
    return int(batch.run()[0][0][0])


def text_of(delivery: WebhookDelivery) -> str:
    """The JSON text that a delivery sends, as readers of SSE and WebSocket get it."""
    if delivery.event is None:
        return delivery.body
    batch = Batch()
    batch.sql(EVENT, delivery.event)
    told: Wire = wire(*batch.run()[0][0])
    return told.text
