"""What staff do to accounts: keep one out, let it in again, see it as its people do."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.actions import memberships_of
from accounts.callers import LOOK_OF_SESSION
from accounts.models import Account, Look, User
from events.actions import event, publish
from executor_one.kit import tenancy
from executor_one.kit.errors import Conflict
from executor_one.kit.staff import OPERATOR, OWNER, may, role_of

LEFT, OVER = "left", "over"  # how a look ended: they went, or it was ended for them


def suspend(account: Account, *, why: str, by: Any) -> None:
    """Keep the active account out: its keys and people are refused from the next request on. Conflict if it is already.

    Its open goals are cancelled by whoever calls this: accounts stand below goals.
    """
    changed = Account.objects.filter(pk=account.pk, suspended_at=None).update(
        suspended_at=timezone.now(), suspended_for=why
    )
    if not changed:
        raise Conflict("It is suspended already.")
    publish(event("account.suspended", {"account": account.pk, "reason": why}, actor=by.actor))


def resume(account: Account, *, by: Any) -> None:
    """Let the active account in again; Conflict if it is not suspended."""
    changed = (
        Account.objects.filter(pk=account.pk).exclude(suspended_at=None).update(suspended_at=None, suspended_for="")
    )
    if not changed:
        raise Conflict("It is not suspended.")
    publish(event("account.resumed", {"account": account.pk}, actor=by.actor))


def may_look_as(*, hijacker: Any, hijacked: Any) -> bool:
    """Whether staff may see the product as this person does: from operators up, and never as one of the staff."""
    return bool(hijacked and hijacked.is_active and may(hijacker, OPERATOR) and not role_of(hijacked))


def is_owner_left_without(user_id: Any) -> bool:
    """Whether the staff has an owner besides this person who can sign in.

    The owners are locked until the transaction ends: two who remove each other at once come one after the other, and
    the second sees what the first did.
    """
    owners = User.objects.filter(Q(staff_role=OWNER) | Q(is_superuser=True), is_active=True, is_staff=True)
    locked = list(owners.order_by("pk").select_for_update().values_list("pk", flat=True))
    return any(one != user_id for one in locked)


def tell_edited(user: User, fields: list[str], *, by: str) -> None:
    """Tell every account of a person what staff changed of them by hand."""
    for membership in sorted(memberships_of(user), key=lambda one: one.account_id):
        with tenancy.account_scope(membership.account_id):
            publish(event("staff.edited_person", {"user": str(user.pk), "fields": fields}, actor=by))


def begin_look(session: Any, staff: User, person: User) -> Look:
    """Staff see the product as a person from here on, for STAFF_LOOK_MINUTES: the session ends with it. It is told."""
    if not session.session_key:
        session.save()
    now = timezone.now()
    until = now + timedelta(minutes=settings.STAFF_LOOK_MINUTES)
    look = Look.objects.create(
        staff=staff, person=person, session_key=session.session_key, writes=settings.STAFF_MAY_ACT_AS, began_at=now,
        until=until, accounts=sorted(one.account_id for one in memberships_of(person)),
    )  # fmt: skip
    session[LOOK_OF_SESSION] = look.pk
    session.set_expiry(until)
    _tell(look, "staff.looked_in", writes=look.writes)
    return look


@transaction.atomic
def end_look(look_id: Any, *, how: str = OVER) -> None:
    """End a look, and with it the session that it was in; told once, whoever ends it first."""
    look = Look.objects.select_for_update(of=("self",)).filter(pk=look_id, ended_at=None).first()
    if look is None:
        return
    _store()(look.session_key).delete()
    look.ended_at = min(timezone.now(), look.until)
    look.save(update_fields=["ended_at"])
    _tell(look, "staff.left", how=how)


def end_looks_that_are_over() -> None:
    """Those whose staff did not come by again: their session is gone, or no longer theirs."""
    for look in Look.objects.open():
        if is_over(look.pk, _store()(look.session_key)):
            end_look(look.pk)


def is_over(look_id: Any, session: Any) -> bool:
    """Whether a look must end: its time, its session, the role of who looks, the person's password or their being."""
    look = Look.objects.open().select_related("staff", "person").filter(pk=look_id).first()
    if look is None or look.until <= timezone.now() or session.get(LOOK_OF_SESSION) != look.pk:
        return True
    person = look.person
    hashes = {person.get_session_auth_hash(), *person.get_session_auth_fallback_hash()}
    return not may(look.staff, OPERATOR) or not person.is_active or session.get(HASH_SESSION_KEY) not in hashes


def _store() -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore


def _tell(look: Look, kind: str, **more: Any) -> None:
    """Tell the accounts that the person was in as it began, in their order; the last thing of its transaction."""
    actor = f"staff:{look.staff_id}"
    for account in look.accounts:
        with tenancy.account_scope(account):
            if kind == "staff.left":
                publish(event("staff.left", {"user": str(look.person_id), **more}, actor=actor))
            else:
                publish(event("staff.looked_in", {"user": str(look.person_id), **more}, actor=actor))
