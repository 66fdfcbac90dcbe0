"""What staff do to accounts: keep one out, let it in again, see it as its people do."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from accounts.actions import memberships_of
from accounts.models import Account, User
from events.actions import event, publish
from executor_one.kit import tenancy
from executor_one.kit.errors import Conflict
from executor_one.kit.staff import OPERATOR, may, role_of


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


def tell_edited(user: User, fields: list[str], *, by: str) -> None:
    """Tell every account of a person what staff changed of them by hand."""
    for membership in sorted(memberships_of(user), key=lambda one: one.account_id):
        with tenancy.account_scope(membership.account_id):
            publish(event("staff.edited_person", {"user": str(user.pk), "fields": fields}, actor=by))


def tell_looking(user: User, kind: str, *, by: str, **more: Any) -> None:
    """Tell every account of a person that staff began, or ended, to see it as they do. Last in its transaction."""
    for membership in sorted(memberships_of(user), key=lambda one: one.account_id):  # streams in their order
        with tenancy.account_scope(membership.account_id):
            if kind == "staff.left":
                publish(event("staff.left", {"user": str(user.pk)}, actor=by))
            else:
                publish(event("staff.looked_in", {"user": str(user.pk), **more}, actor=by))
