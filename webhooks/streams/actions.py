"""What customers do with audit streams: make, change, pause, test, delete (A14)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Account
from events.actions import event, publish
from events.catalogue import EVENTS
from executor_one.kit import tenancy
from executor_one.kit.errors import Conflict, NotFound
from webhooks import choosing, secrets
from webhooks.models import AuditStream
from webhooks.queries import with_id
from webhooks.streams.queries import newest_seq
from webhooks.streams.targets import NAMES, changed_target, host_in, new_target, wrong

MOST = 5  # streams of one account
OFF = "This audit stream is paused: set isActive to true first."
NOW, BEGINNING = STARTS = ("now", "beginning")


def create(name: str, kind: str, types: list[str], start: str = NOW, *, actor: str, **target: Any) -> AuditStream:
    """Send events to a system that keeps logs: from now on, or all there are. `target`: the kind's own fields.

    Malformed (400) names the field; Conflict (409) when the account has MOST already; NotBuilt (501) for a file where
    the operator allows none.
    """
    kept, wanted = new_target(kind, target), _types(types)
    account = tenancy.active_account_id()
    with transaction.atomic():
        Account.objects.select_for_update(no_key=True).get(pk=account)  # of two that make the last one, one waits
        if AuditStream.objects.count() >= MOST:
            raise Conflict(f"An account has {MOST} audit streams at most. Delete one first.")
        secret = kept.pop("secret", "")
        row = AuditStream(
            account_id=account, name=name, kind=kind, types=wanted, created_by=actor, next_at=timezone.now(),
            cursor=0 if start == BEGINNING else newest_seq(), **kept,
        )  # fmt: skip
        row.sealed = _sealed(row, secret)
        row.save(force_insert=True)
        told = {"stream": row.pk, "name": name, "kind": kind, "host": host_in(row), "types": wanted}
        publish(event("audit_stream.created", {**told, "after": row.cursor}, actor=actor))
    return row


def change(id: str, fields: Mapping[str, Any], *, actor: str) -> AuditStream:
    """Change name, types, is_active or the target, whatever of them is given.

    Paused, nothing is sent, and nothing is lost: it goes on where it was. A new target gets what the old one had not
    taken; what is on its way to the old one at this moment does not count.
    """
    with transaction.atomic():
        row = _locked(id)
        values = {name: value for name, value in fields.items() if name not in NAMES}
        values |= changed_target(row, {name: value for name, value in fields.items() if name in NAMES})
        secret = values.pop("secret", None)
        if "types" in values:
            values["types"] = _types(values["types"])
        changed = [name for name, value in values.items() if getattr(row, name) != value]
        for name in changed:
            setattr(row, name, values[name])
        if secret is not None:
            row.sealed = _sealed(row, secret)
            changed.append("secret")
        if not changed:
            return row
        _begin_anew(row, changed)
        row.save()
        told = [{"is_active": "isActive"}.get(name, name) for name in changed]
        publish(event("audit_stream.updated", {"stream": row.pk, "fields": told}, actor=actor))
    return row


def delete(id: str, *, actor: str) -> None:
    """Delete a stream, with its secret: nothing more is sent. What a file holds stays there."""
    with transaction.atomic():
        row = _locked(id)
        told = {"stream": row.pk, "after": row.cursor}
        row.delete()
        publish(event("audit_stream.deleted", told, actor=actor))


def send_test(id: str, *, actor: str) -> AuditStream:
    """Publish audit_stream.tested, which this stream sends whatever its types, and try now. Conflict when paused."""
    with transaction.atomic():
        row = _locked(id)
        if not row.is_active:
            raise Conflict(OFF)
        row.next_at = timezone.now()
        row.save(update_fields=["next_at"])
        publish(event("audit_stream.tested", {"stream": row.pk}, actor=actor))
    return row


def _begin_anew(row: AuditStream, changed: list[str]) -> None:
    """A changed stream is tried at once. One that leads elsewhere is no longer who holds it: its cursor stays."""
    row.updated_at = timezone.now()
    row.next_at = row.updated_at if row.is_active else None
    if set(changed) & {*NAMES, "types"}:
        row.epoch, row.busy_until = row.epoch + 1, None
    if "is_active" in changed:
        row.failed, row.failing_since, row.is_told = 0, None, False


def _locked(id: str) -> AuditStream:
    row: AuditStream | None = with_id(AuditStream.objects.select_for_update(no_key=True), id).first()
    if row is None:
        raise NotFound("There is no audit stream with this id.")
    return row


def _types(given: list[str]) -> list[str]:
    try:
        return choosing.types_of(given, EVENTS)
    except choosing.Wrong as fault:
        raise wrong("types", str(fault)) from None


def _sealed(row: AuditStream, secret: str) -> bytes | None:
    if not secret:
        return None
    return secrets.seal(secret, account=row.account_id, endpoint=row.pk, masters=settings.CREDENTIAL_KEYS)
