"""Who belongs to an account: roles, invitations, leaving. A role reaches at most as high as the one who gives it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Value
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts import roles, secrets
from accounts.keys import revoke_key
from accounts.models import Account, ApiKey, Invitation, Membership, Role, SessionToken, User
from events.actions import event, gathered, publish
from events.models import Event
from executor_one.kit import rates, tenancy
from executor_one.kit.errors import Conflict, Forbidden, Gone, Malformed
from executor_one.kit.queue import enqueue

INVITATION_LIFE = timedelta(days=7)
INVITE_RATE = (20, 3600)  # of one account: each sends a mail to somebody who did not ask for it
LAST_OWNER = "An account needs an owner. Make somebody else the owner first."


def link_secret(invitation_id: str) -> str:
    """What the mailed link carries; it can be made again, by whoever has SECRET_KEY, and is stored nowhere."""
    key = salted_hmac("accounts.invitation", invitation_id, algorithm="sha256").digest()
    return secrets.derive(secrets.INVITE, key)


def set_role(member: Membership, role: str, *, by: Any) -> None:
    """Give a member another role. Forbidden above the caller's own, Conflict for the last owner."""
    _refuse_higher(member.role, by)
    _refuse_higher(role, by)
    if member.role == role:
        return
    if member.role == Role.OWNER:
        _refuse_last_owner(member)
    Membership.objects.filter(pk=member.pk).update(role=role)
    before, member.role = member.role, role
    told = {"user": str(member.user_id), "from": before, "to": role}
    publish(event("member.role_changed", told, actor=by.actor))


def remove_member(member: Membership, *, by: Any, revoke_keys: bool = False) -> int:
    """Take a member out; their sessions lose the account at once. How many of the keys that they made were revoked.

    Without `revoke_keys` those stay the account's. One that is mightier than the caller is a Forbidden, as by itself.
    """
    _refuse_higher(member.role, by)
    told: list[Event] = []
    with gathered(told):
        keys = list(ApiKey.objects.live().filter(created_by=member.user_id)) if revoke_keys else []
        if keys and not by.may("keys.edit"):
            raise Forbidden("To revoke the keys too needs the permission keys.edit, which you do not have.")
        for key in keys:
            revoke_key(key, by=by)
        _take_out(member, actor=by.actor)
    publish(*told)
    return len(keys)


def leave(*, by: Any) -> None:
    """The caller leaves the active account."""
    if by.user is None:
        raise Conflict("A key belongs to the account; only a person can leave it.")
    _take_out(Membership.objects.get(user=by.user), actor=by.actor)


def _take_out(member: Membership, *, actor: str) -> None:
    if member.role == Role.OWNER:
        _refuse_last_owner(member)
    SessionToken.objects.filter(user_id=member.user_id, revoked_at=None).update(revoked_at=timezone.now())
    Membership.objects.filter(pk=member.pk).delete()
    publish(event("member.removed", {"user": str(member.user_id)}, actor=actor))


def _refuse_higher(role: str, by: Any) -> None:
    if roles.rank(role) > roles.rank(by.role):
        raise Forbidden(f"This takes the role {role}; yours is {by.role}.")


def _refuse_last_owner(member: Membership) -> None:
    """The account's row is the lock: of two owners who leave at once, the second one sees that they are the last."""
    Account.objects.select_for_update(no_key=True).get(pk=tenancy.active_account_id())
    if not Membership.objects.filter(role=Role.OWNER).exclude(pk=member.pk).exists():
        raise Conflict(LAST_OWNER)


def invite(*, email: str, role: str, by: Any) -> Invitation:
    """Ask somebody to join, by mail. Conflict for a member, and for an address that was asked already."""
    _refuse_higher(role, by)
    email = email.lower()
    account_id = tenancy.active_account_id()
    rates.take(f"invite:{account_id}", INVITE_RATE, message="Too many invitations from this account.")
    Account.objects.select_for_update(no_key=True).get(pk=account_id)
    members = Membership.objects.filter(user__email=email).annotate(known=Value("member")).values_list("known")
    asked = Invitation.objects.open().filter(email=email).annotate(known=Value("asked")).values_list("known")
    known = {row[0] for row in members.union(asked)}
    if "member" in known:
        raise Conflict("This person is a member already.")
    if known:
        raise Conflict("This address was invited already. Revoke that invitation to send another one.")
    invitation = Invitation(
        account_id=account_id, email=email, role=role, invited_by=by.user,
        expires_at=timezone.now() + INVITATION_LIFE,
    )  # fmt: skip
    invitation.digest = secrets.digest(link_secret(invitation.pk))
    invitation.save(force_insert=True)
    publish(event("invitation.created", {"invitation": invitation.pk, "role": role}, actor=by.actor))
    enqueue("accounts.tasks.send_invitation", account_id, invitation.pk)
    return invitation


def revoke_invitation(invitation: Invitation, *, by: Any) -> None:
    """The mailed link stops working at once. Again, or for one that was accepted, nothing changes."""
    _refuse_higher(invitation.role, by)
    open_ones = Invitation.objects.filter(pk=invitation.pk, revoked_at=None, accepted_at=None)
    if open_ones.update(revoked_at=timezone.now()):
        publish(event("invitation.revoked", {"invitation": invitation.pk}, actor=by.actor))


def invitation_of(raw: str) -> tuple[Invitation, str]:
    """The invitation of a mailed link, and the account's name. Malformed for an unknown link, Gone for an old one."""
    digest = secrets.digest(raw)
    with tenancy.proof_scope(digest):
        found = Invitation.objects.filter(digest=digest).first()
    if found is None:
        message = "This link is not valid."
        raise Malformed(message, errors={"token": [message]})
    if not found.is_open(timezone.now()):
        raise Gone("This invitation was used, revoked, or is older than 7 days. Ask for a new one.")
    with tenancy.account_scope(found.account_id):
        return found, Account.objects.get(pk=found.account_id).name


@transaction.atomic
def accept_invitation(raw: str, *, user: User) -> Membership:
    """Join the account of a mailed link, with the role that it offers; it is for the address it was mailed to only."""
    found, _ = invitation_of(raw)
    if found.email != user.email:
        raise Forbidden(f"This invitation is for {found.email}; you are signed in as {user.email}.")
    with tenancy.account_scope(found.account_id):
        invitation = Invitation.objects.select_for_update(of=("self",)).get(pk=found.pk)
        if not invitation.is_open(timezone.now()):
            raise Gone("This invitation was used or revoked a moment ago.")
        try:
            with transaction.atomic():
                member = Membership.objects.create(account_id=found.account_id, user=user, role=invitation.role)
        except IntegrityError as error:
            raise Conflict("You are a member of this account already.") from error
        Invitation.objects.filter(pk=invitation.pk).update(accepted_at=timezone.now())
        told = {"user": str(user.pk), "role": member.role}
        publish(event("member.joined", told, actor=f"user:{user.pk}"))
    return member
