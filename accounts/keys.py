"""API keys: what is done with them, whoever asks for it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts import roles, secrets
from accounts.models import Account, ApiKey, User
from billing.actions import limit_reached
from billing.models import Plan
from events.actions import event, publish
from executor_one.kit import tenancy
from executor_one.kit.errors import Conflict, Forbidden, Meaningless


def new_key(account: Account, *, name: str, role: str, user: User | None, **more: Any) -> tuple[ApiKey, str]:
    """The row of a new key and its secret; nobody is told and nothing is counted."""
    raw = secrets.make(secrets.KEY)
    key = ApiKey.objects.create(
        account=account, name=name, role=role, created_by=user, prefix=raw[: secrets.SHOWN],
        digest=secrets.digest(raw), **{"scopes": [roles.EVERYTHING], **more},
    )  # fmt: skip
    return key, raw


def create_key(
    *, role: str, scopes: list[str], expires_at: datetime | None, by: Any, plan: Plan, **words: str
) -> tuple[ApiKey, str]:
    """A new key of the active account (E8), at most as mighty as its maker; LimitReached at the ceiling (E-R7).

    `words`: its name, and a description.
    """
    if expires_at and expires_at <= timezone.now():
        message = "This has passed already."
        raise Meaningless(f"expiresAt: {message}", errors={"expiresAt": [message]})
    if roles.rank(role) > roles.rank(by.role):
        raise Forbidden(f"A {by.role} cannot make a key with the role {role}.")
    if not roles.may_give(by.scopes, scopes):
        raise Forbidden("A key cannot give scopes that it does not have itself.")
    # The account's row is the lock: of two parallel requests the second one counts the first one's key.
    account = Account.objects.select_for_update(no_key=True).get(pk=tenancy.active_account_id())
    if plan.api_keys is not None and ApiKey.objects.counted().count() >= plan.api_keys:
        raise limit_reached(plan, "api_keys")
    key, raw = new_key(account, role=role, user=by.user, scopes=scopes, expires_at=expires_at, **words)
    publish(event("key.created", {"key": key.pk}, actor=by.actor))
    return key, raw


def rotate_key(key: ApiKey, *, grace: timedelta, by: Any, plan: Plan) -> tuple[ApiKey, str]:
    """A new key in the place of another, with its name, role, scopes and expiry; the old one goes on for `grace`.

    The new one takes the old one's place under the plan's ceiling, so as many may be in their grace as it allows keys.
    """
    refuse_mightier(key, by, "rotate")
    if not roles.may_give(by.scopes, key.scopes):
        raise Forbidden("A key cannot give scopes that it does not have itself.")
    Account.objects.select_for_update(no_key=True).get(pk=tenancy.active_account_id())
    key, now = ApiKey.objects.select_for_update().get(pk=key.pk), timezone.now()
    if not key.opens(now) or key.rotated_at:
        raise Conflict("This key was revoked, is paused, has expired or was rotated; make a new one instead.")
    in_grace = ApiKey.objects.live().exclude(rotated_at=None).count()
    if grace and plan.api_keys is not None and in_grace >= plan.api_keys:
        raise Conflict("Too many rotated keys are in their grace already. Revoke one, or rotate without a grace.")
    fresh, raw = new_key(
        key.account,
        name=key.name,
        description=key.description,
        role=key.role,
        user=by.user,
        scopes=key.scopes,
        expires_at=key.expires_at,
    )
    key.rotated_at = now
    if grace:
        key.expires_at = min(key.expires_at or now + grace, now + grace)
    else:
        key.revoked_at = now
    key.save(update_fields=["rotated_at", "expires_at", "revoked_at"])
    told = {"key": key.pk, "replacedBy": fresh.pk, "graceSeconds": int(grace.total_seconds())}
    publish(
        event("key.created", {"key": fresh.pk}, actor=by.actor),
        event("key.rotated", told, actor=by.actor),
        *([] if grace else [event("key.revoked", {"key": key.pk}, actor=by.actor)]),
    )
    return fresh, raw


def update_key(key: ApiKey, *, by: Any, active: bool | None = None, **changes: Any) -> ApiKey:
    """Give a key another name, description or scopes (O4); `active` false refuses it from now on, true ends that.

    Conflict for one that is revoked or has expired: nothing brings it back.
    """
    refuse_mightier(key, by, "change")
    key, now = ApiKey.objects.select_for_update().get(pk=key.pk), timezone.now()
    if not roles.may_give(by.scopes, changes.get("scopes", key.scopes if active and key.paused_at else [])):
        raise Forbidden("A key cannot give scopes that it does not have itself.")
    if not key.is_live(now):
        raise Conflict("This key was revoked or has expired; make a new one instead.")
    changed = [name for name, value in changes.items() if getattr(key, name) != value]
    for name in changed:
        setattr(key, name, changes[name])
    told = [event("key.updated", {"key": key.pk, "changed": changed}, actor=by.actor)] if changed else []
    if active is not None and active != (key.paused_at is None):
        key.paused_at = None if active else now
        changed.append("paused_at")
        told.append(event("key.resumed" if active else "key.paused", {"key": key.pk}, actor=by.actor))
    if changed:
        key.save(update_fields=changed)
        publish(*told)
    return key


def revoke_key(key: ApiKey, *, by: Any) -> None:
    """From the next request on the key is refused (E10). Revoking it again changes nothing."""
    refuse_mightier(key, by, "revoke")
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now()):
        publish(event("key.revoked", {"key": key.pk}, actor=by.actor))


def delete_key(key: ApiKey, *, by: Any) -> None:
    """Revoke a key and show it to nobody any more (O5). The row stays: events name it."""
    refuse_mightier(key, by, "delete")
    now = timezone.now()
    was_live = ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now)
    if ApiKey.objects.filter(pk=key.pk, deleted_at=None).update(deleted_at=now):
        told = [event("key.revoked", {"key": key.pk}, actor=by.actor)] if was_live else []
        publish(*told, event("key.deleted", {"key": key.pk}, actor=by.actor))


def refuse_mightier(key: ApiKey, by: Any, deed: str) -> None:
    """Forbidden for a key with a higher role than the caller's."""
    if roles.rank(key.role) > roles.rank(by.role):
        raise Forbidden(f"A {by.role} cannot {deed} a key with the role {key.role}.")
