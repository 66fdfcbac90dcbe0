"""Sign-up, sign-in, verification, password reset, API keys."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError as Weak
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts import roles, secrets
from accounts.models import Account, ApiKey, Membership, OneTimeToken, Role, SessionToken, User, account_id
from billing.actions import ECOSYSTEM, FREE, limit_reached, set_plan
from billing.models import Plan, Subscription
from events.actions import event, publish, told_last
from executor_one.kit import rates, tenancy
from executor_one.kit.errors import Conflict, Forbidden, Gone, Malformed, Meaningless, Unauthorized
from executor_one.kit.ids import uuid7
from executor_one.kit.queue import enqueue

SESSION_LIFE = timedelta(hours=12)
LINK_LIFE = timedelta(hours=24)
WRONG_LOGIN = "The e-mail address or the password is wrong."


@transaction.atomic
def register(*, email: str, password: str, name: str = "") -> tuple[Account, str]:
    """A user, their account on Free, and its first API key (E3): answers the account and the raw key, once."""
    refuse_weak(password, User(email=email, name=name))
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, password, name=name)
    except IntegrityError as error:
        raise Conflict("There is an account with this e-mail address already.") from error
    account = Account(id=account_id(), name=name or email.partition("@")[0], email=user.email, number=_next_number())
    with tenancy.account_scope(account):
        account.save(force_insert=True)
        Membership.objects.create(account=account, user=user, role=Role.OWNER)
        Subscription.objects.create(account=account, plan_id=FREE)
        key, raw = _new_key(account, name="First key", role=Role.OWNER, user=user)
        publish(
            event("account.registered", {"account": account.pk}, actor=f"user:{user.pk}"),
            event("key.created", {"key": key.pk}, actor=f"user:{user.pk}"),
        )
    enqueue("accounts.tasks.send_verification", str(user.pk))
    return account, raw


def _next_number() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('accounts_account_number')")
        return int(cursor.fetchone()[0])


def sign_in(*, email: str, password: str, address: str) -> User:
    """The user, or Unauthorized; an unknown address costs the same time as a wrong password.

    Every try takes a token of the e-mail address and of the network address before anything is looked up, so parallel
    guesses are counted too; a success gives both back. The caller must commit after Unauthorized, or nothing counts.
    """
    email = email.lower()
    buckets = _login_buckets(email, address)
    for key, rate in buckets.items():
        rates.take(key, rate, message="Too many tries to sign in.")
    user = User.objects.filter(email=email, is_active=True).first()
    if user is None:
        make_password(password)
    if user is None or not user.check_password(password):
        raise Unauthorized(WRONG_LOGIN)
    for key in buckets:
        rates.give_back(key)
    return user


def _login_buckets(email: str, address: str) -> dict[str, rates.Rate]:
    if settings.LOGIN_RATE is None:
        return {}
    tries, seconds = settings.LOGIN_RATE
    mail = hashlib.sha256(email.encode()).hexdigest()[:32]
    return {f"login:mail:{mail}": (tries, seconds), f"login:address:{address}": (tries * 10, seconds)}


def memberships_of(user: User) -> list[Membership]:
    """The user's memberships, oldest first, in whichever accounts."""
    with tenancy.proof_scope(str(user.pk)):
        return list(Membership.objects.filter(user=user).select_related("user").order_by("created_at", "id"))


def start_session(account: Account, user: User) -> tuple[SessionToken, str]:
    """A bearer token of a person for 12 hours; the active account is `account`."""
    raw = secrets.make(secrets.SESSION)
    session = SessionToken.objects.create(
        account=account, user=user, digest=secrets.digest(raw), expires_at=timezone.now() + SESSION_LIFE
    )
    publish(event("session.started", {"user": str(user.pk)}, actor=f"user:{user.pk}"))
    return session, raw


def end_session(user: User, tokens: set[int]) -> None:
    """Sign-out: these session tokens of the user in the active account stop working at once."""
    SessionToken.objects.filter(pk__in=tokens, user=user, revoked_at=None).update(revoked_at=timezone.now())
    publish(event("session.ended", {"user": str(user.pk)}, actor=f"user:{user.pk}"))


def make_link_token(user: User, purpose: str) -> str:
    """A one-time secret for a mail. Earlier ones stay good until one is used: a job may run, and mail, twice."""
    raw = secrets.make(purpose)
    OneTimeToken.objects.create(
        digest=secrets.digest(raw), user=user, purpose=purpose, expires_at=timezone.now() + LINK_LIFE
    )
    return raw


def use_link_token(raw: str, purpose: str) -> User:
    """The user a link belongs to; works once. Malformed for an unknown one, Gone for a used or expired one."""
    token = OneTimeToken.objects.select_for_update(of=("self",)).filter(digest=secrets.digest(raw), purpose=purpose)
    found = token.select_related("user").first()
    if found is None:
        message = "This link is not valid."
        raise Malformed(message, errors={"token": [message]})
    if found.used_at or found.expires_at <= timezone.now():
        raise Gone("This link was used already or is older than 24 hours. Ask for a new one.")
    OneTimeToken.objects.filter(user=found.user, purpose=purpose, used_at=None).update(used_at=timezone.now())
    return found.user


@transaction.atomic
def verify_email(raw: str) -> User:
    """The address is the user's (E5). One of ECOSYSTEM_DOMAINS makes their accounts Ecosystem (E-R10)."""
    user = use_link_token(raw, OneTimeToken.Purpose.VERIFY)
    user.verified_at = user.verified_at or timezone.now()
    user.save(update_fields=["verified_at"])
    domain = user.email.rpartition("@")[2]
    for membership in _by_account(user):
        with tenancy.account_scope(membership.account_id), told_last():
            publish(event("user.verified", {"user": str(user.pk)}, actor=f"user:{user.pk}"))
            if membership.role == Role.OWNER and domain in {name.lower() for name in settings.ECOSYSTEM_DOMAINS}:
                set_plan(membership.account, ECOSYSTEM, actor="executor")
    return user


def _by_account(user: User) -> list[Membership]:
    """The user's memberships in the order in which who tells several accounts of something takes their streams."""
    return sorted(memberships_of(user), key=lambda membership: membership.account_id)


def request_password_reset(email: str) -> None:
    """Mail a link to a known address; for an unknown one the same work is done, for nobody."""
    known = User.objects.filter(email=email.lower()).values_list("pk", flat=True).first()
    enqueue("accounts.tasks.send_reset", str(known or uuid7()))


@transaction.atomic
def reset_password(raw: str, password: str) -> User:
    """A new password by a mailed link; every session token of the user ends, and cookies die with the password."""
    user = use_link_token(raw, OneTimeToken.Purpose.RESET)
    refuse_weak(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
    for membership in _by_account(user):
        with tenancy.account_scope(membership.account_id):
            SessionToken.objects.filter(user=user, revoked_at=None).update(revoked_at=timezone.now())
            publish(event("password.changed", {"user": str(user.pk)}, actor=f"user:{user.pk}"))
    return user


def refuse_weak(password: str, user: User) -> None:
    """Malformed when the password is short, common, only digits, or like the user's address or name."""
    try:
        validate_password(password, user)
    except Weak as weak:
        raise Malformed(f"password: {weak.messages[0]}", errors={"password": list(weak.messages)}) from weak


def _new_key(account: Account, *, name: str, role: str, user: User | None, **more: Any) -> tuple[ApiKey, str]:
    raw = secrets.make(secrets.KEY)
    key = ApiKey.objects.create(
        account=account, name=name, role=role, created_by=user, prefix=raw[: secrets.SHOWN],
        digest=secrets.digest(raw), **{"scopes": [roles.EVERYTHING], **more},
    )  # fmt: skip
    return key, raw


def create_key(
    *, name: str, role: str, scopes: list[str], expires_at: datetime | None, by: Any, plan: Plan
) -> tuple[ApiKey, str]:
    """A new key of the active account (E8), at most as mighty as its maker; LimitReached at the ceiling (E-R7)."""
    if expires_at and expires_at <= timezone.now():
        message = "This has passed already."
        raise Meaningless(f"expiresAt: {message}", errors={"expiresAt": [message]})
    if roles.rank(role) > roles.rank(by.role):
        raise Forbidden(f"A {by.role} cannot make a key with the role {role}.")
    if roles.EVERYTHING not in by.scopes and not set(scopes) <= set(by.scopes):
        raise Forbidden("A key cannot give scopes that it does not have itself.")
    # The account's row is the lock: of two parallel requests the second one counts the first one's key.
    account = Account.objects.select_for_update(no_key=True).get(pk=tenancy.active_account_id())
    if plan.api_keys is not None and ApiKey.objects.live().count() >= plan.api_keys:
        raise limit_reached(plan, "api_keys")
    key, raw = _new_key(account, name=name, role=role, user=by.user, scopes=scopes, expires_at=expires_at)
    publish(event("key.created", {"key": key.pk}, actor=by.actor))
    return key, raw


def revoke_key(key: ApiKey, *, by: Any) -> None:
    """From the next request on the key is refused (E10). Revoking it again changes nothing."""
    if roles.rank(key.role) > roles.rank(by.role):
        raise Forbidden(f"A {by.role} cannot revoke a key with the role {key.role}.")
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now()):
        publish(event("key.revoked", {"key": key.pk}, actor=by.actor))
