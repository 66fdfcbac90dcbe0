"""What customers do with webhooks: make, change, rotate, delete, test, send again (A15, A16)."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from actuators.outbound import parse_url
from events.actions import event, publish
from executor_one.kit import tenancy
from executor_one.kit.batch import Batch
from executor_one.kit.errors import Conflict, Malformed, NotFound
from executor_one.kit.serializers import instant
from webhooks import choosing, secrets
from webhooks.models import LANES, AuditStream, WebhookDelivery, WebhookEndpoint, WebhookLane, delivery_id, lane_of
from webhooks.queries import delivery_or_404, newest_event, with_id
from webhooks.targets import target_of

MOST = 20  # endpoints of one account
DEFAULT_GRACE, LONGEST_GRACE = 24, 168  # hours in which a rotated secret signs too
OFF = "This webhook is off: set isActive to true first."
SEALED = ("sealed", "sealed_before")
PAUSED = "Somebody switched it off."
LOCK_LANES = """
    SELECT 1 FROM webhooks_webhooklane WHERE account_id = $1 AND endpoint_id = ANY($2)
    ORDER BY endpoint_id, number FOR UPDATE"""
RING = """
    UPDATE webhooks_webhooklane lane SET next_at = least(coalesce(lane.next_at, $4), $4)
    FROM unnest($2::text[], $3::int[]) rung(endpoint, number)
    WHERE lane.account_id = $1 AND lane.endpoint_id = rung.endpoint AND lane.number = rung.number"""


def create(url: str, types: list[str], description: str = "", *, actor: str) -> tuple[WebhookEndpoint, str]:
    """Send events to an address from now on: the endpoint, and its secret, which is shown this once.

    Malformed (400) names the field; Conflict (409) when the account has MOST already.
    """
    target, wanted = target_of(url), _types(types)
    account = tenancy.active_account_id()
    with transaction.atomic():
        # The rows themselves are the lock: of two requests that make the last one, the second waits and counts anew.
        list(WebhookEndpoint.objects.live().select_for_update(no_key=True).order_by("pk").values_list("pk"))
        if WebhookEndpoint.objects.live().count() >= MOST:
            raise Conflict(f"An account has {MOST} webhooks at most. Delete one first.")
        row = WebhookEndpoint(
            account_id=account, url=str(target), types=wanted, description=description, created_by=actor,
            cursor=newest_event(),
        )  # fmt: skip
        secret = secrets.make()
        row.sealed = _sealed(row, secret)
        row.save(force_insert=True)
        WebhookLane.objects.bulk_create(
            WebhookLane(account_id=account, endpoint=row, number=number) for number in range(LANES)
        )
        publish(event("webhook.created", {"webhook": row.pk, "host": target.host, "types": wanted}, actor=actor))
    return row, secret


def change(id: str, fields: Mapping[str, Any], *, actor: str) -> WebhookEndpoint:
    """Change url, types, description or is_active, whatever of them is given.

    Switched off, nothing is sent and no delivery is made; what waits stays and is given up a day after its event.
    Switched on again, it begins with what happens from then on, and with what waits.
    """
    with transaction.atomic():
        row, changed = _locked(id), []
        values = dict(fields)
        if "url" in values:
            values["url"] = str(target_of(values["url"]))
        if "types" in values:
            values["types"] = _types(values["types"])
        for name, value in values.items():
            if getattr(row, name) != value:
                setattr(row, name, value)
                changed.append(name)
        if not changed:
            return row
        if "is_active" in changed:
            _switch(row, PAUSED, timezone.now())
        row.updated_at = timezone.now()
        row.save()
        told = [{"is_active": "isActive"}.get(name, name) for name in changed]
        publish(event("webhook.updated", {"webhook": row.pk, "fields": told}, actor=actor))
    return row


def disable(row: WebhookEndpoint, why: str) -> None:
    """Switch a locked endpoint off because its receiver wants nothing more. The caller publishes webhook.disabled."""
    row.is_active = False
    _switch(row, why, timezone.now())
    row.save()


def rotate(id: str, grace_hours: int, *, actor: str) -> tuple[WebhookEndpoint, str]:
    """A new secret, shown this once. The old one signs too for `grace_hours`; one that was older ends now."""
    with transaction.atomic():
        row, now = _locked(id), timezone.now()
        secret = secrets.make()
        row.sealed_before = row.sealed if grace_hours else None
        row.before_until = now + timedelta(hours=grace_hours) if grace_hours else None
        row.sealed, row.updated_at = _sealed(row, secret), now
        row.save()
        told = {"webhook": row.pk, "graceSeconds": grace_hours * 3600}
        publish(event("webhook.rotated", told, actor=actor))
    return row, secret


def delete(id: str, *, actor: str) -> None:
    """Delete an endpoint: it is gone at once, with its secrets; nothing more is sent, and what was is not listed."""
    with transaction.atomic():
        row = _locked(id)
        row.is_active, row.deleted_at = False, timezone.now()
        row.sealed, row.sealed_before = b"", None
        row.save()
        _lock_lanes(row.pk)
        WebhookLane.objects.filter(endpoint=row).delete()
        publish(event("webhook.deleted", {"webhook": row.pk}, actor=actor))


def send_test(id: str, *, actor: str) -> WebhookDelivery:
    """Send a webhook.test at once, shaped like an event, whatever types are asked for. Conflict when it is off."""
    with transaction.atomic():
        row, now = _locked(id), timezone.now()
        if not row.is_active:
            raise Conflict(OFF)
        made = delivery_id()
        said = {"id": made, "type": choosing.TEST, "timestamp": instant(now), "data": {"webhook": row.pk}}
        delivery = WebhookDelivery.objects.create(
            account_id=row.account_id, id=made, endpoint=row, type=choosing.TEST, lane=lane_of(""),
            body=json.dumps(said), begun_at=now, next_at=now, created_at=now,
        )  # fmt: skip
        ring(row.account_id, [(row.pk, delivery.lane)], now)
        publish(event("webhook.tested", {"webhook": row.pk, "delivery": made}, actor=actor))
    return delivery


def redeliver(id: str, *, actor: str) -> WebhookDelivery:
    """Send a delivery once more, whatever came of it: the same Webhook-Id and body, and a day of tries.

    One that still waits is tried now. Conflict when the endpoint is off.
    """
    with transaction.atomic():
        endpoint = _locked(delivery_or_404(id).endpoint_id)
        if not endpoint.is_active:
            raise Conflict(OFF)
        now = timezone.now()
        _lock_lanes(endpoint.pk)
        row = WebhookDelivery.objects.select_for_update().get(pk=id)
        row.state, row.ended_at, row.next_at = WebhookDelivery.State.PENDING, None, now
        row.begun_at, row.attempts_before = now, row.attempts
        row.save(update_fields=["state", "ended_at", "next_at", "begun_at", "attempts_before"])
        ring(row.account_id, [(endpoint.pk, row.lane)], now)
        publish(event("webhook.redelivered", {"webhook": endpoint.pk, "delivery": row.pk}, actor=actor))
    return row


def ring(account: str, lanes: Collection[tuple[str, int]], now: datetime) -> None:
    """Something is due in these lanes, (endpoint, number), now. They are locked in their order, as everywhere."""
    endpoints, numbers = [endpoint for endpoint, _ in lanes], [number for _, number in lanes]
    batch = Batch()
    batch.sql(LOCK_LANES, account, endpoints)
    batch.sql(RING, account, endpoints, numbers, now)
    batch.run()


def host_of(row: WebhookEndpoint) -> str:
    """The host of its address: what events and mails say of where it is, for the rest may hold a token."""
    return parse_url(row.url).host


def reseal() -> tuple[int, list[str]]:
    """Seal every secret with the first of CREDENTIAL_KEYS: how many rows were not yet, and whose no key opens."""
    changed, broken = 0, []
    with tenancy.all_accounts(reason="a master key belongs to the installation, not to an account"):
        endpoints = WebhookEndpoint.objects.live().select_for_update(no_key=True).order_by("pk")
        streams = AuditStream.objects.select_for_update(no_key=True).order_by("pk")
        for row, fields in [*((row, SEALED) for row in endpoints), *((row, SEALED[:1]) for row in streams)]:
            try:
                fresh = {name: _anew(row, name) for name in fields}
            except (secrets.UnknownKey, secrets.Damaged):
                broken.append(row.pk)
                continue
            anew = {name: value for name, value in fresh.items() if value is not None}
            if anew:
                changed += type(row).objects.filter(pk=row.pk).update(**anew)
    return changed, broken


def _anew(row: WebhookEndpoint | AuditStream, field: str) -> bytes | None:
    """What one of its sealed fields becomes; None where it stays as it is."""
    held, masters = getattr(row, field), settings.CREDENTIAL_KEYS
    if not held or secrets.is_current(bytes(held), masters):
        return None
    place = {"account": row.account_id, "endpoint": row.pk}
    return secrets.seal(secrets.unseal(bytes(held), **place, masters=masters), **place, masters=masters)


def _switch(row: WebhookEndpoint, why: str, now: datetime) -> None:
    """Its lanes follow whether it is on. It begins anew behind the newest event."""
    _lock_lanes(row.pk)
    lanes = WebhookLane.objects.filter(endpoint=row)
    if row.is_active:
        row.cursor, row.disabled_at, row.disabled_for, row.outage_at = newest_event(), None, "", None
        lanes.update(next_at=now, is_failing=False)  # a courier looks, and settles when nothing waits
    else:
        row.disabled_at, row.disabled_for = now, why
        lanes.update(next_at=None)


def _locked(id: str) -> WebhookEndpoint:
    live = WebhookEndpoint.objects.live().select_for_update(no_key=True)
    row: WebhookEndpoint | None = with_id(live, id).first()
    if row is None:
        raise NotFound("There is no webhook with this id.")
    return row


def _lock_lanes(endpoint: str) -> None:
    list(WebhookLane.objects.filter(endpoint_id=endpoint).order_by("number").select_for_update().values_list("pk"))


def _types(given: list[str]) -> list[str]:
    try:
        return choosing.types_of(given)
    except choosing.Wrong as wrong:
        raise Malformed(f"types: {wrong}", errors={"types": [str(wrong)]}) from None


def _sealed(row: WebhookEndpoint, secret: str) -> bytes:
    return secrets.seal(secret, account=row.account_id, endpoint=row.pk, masters=settings.CREDENTIAL_KEYS)
