"""Sign-up, sign-in, second factors, verification, passwords: one rule each, for the API and the pages."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError as Weak
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts import egress, keys, sealing, secrets
from accounts.models import Account, ApiKey, Membership, OneTimeToken, Role, SessionToken, User, account_id
from billing.actions import ECOSYSTEM, FREE, set_plan
from billing.models import Subscription
from events.actions import EXECUTOR, event, publish, told_last
from executor_one.kit import rates, tenancy
from executor_one.kit.errors import Conflict, Gone, Malformed, Unauthorized
from executor_one.kit.ids import uuid7
from executor_one.kit.queue import enqueue

SESSION_LIFE = timedelta(hours=12)
LINK_LIFE = timedelta(hours=24)
WRONG_LOGIN = "The e-mail address or the password is wrong."
WRONG_CODE = "This code is wrong, or was used already."
NEEDS_CODE = "This account has a second factor. Send its six-digit code, or a recovery code, as `code` too."
SEEDS = {"totp": "secret", "recovery_codes": "seed"}  # where allauth keeps what a factor's codes are made of
VERIFY_RATE = (3, 3600)  # mails to one person
TAKEN = "There is an account with this e-mail address already."


@transaction.atomic
def register(*, email: str, password: str, name: str = "") -> tuple[Account, str]:
    """A user, their account on Free, and its first API key (E3): answers the account and the raw key, once."""
    refuse_weak(password, User(email=email, name=name))
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, password, name=name)
    except IntegrityError as error:
        raise Conflict(TAKEN) from error
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
    account = Account(id=account_id(), name=name or email.partition("@")[0], email=user.email, number=_next_number())
    with tenancy.account_scope(account):
        account.save(force_insert=True)
        Membership.objects.create(account=account, user=user, role=Role.OWNER)
        Subscription.objects.create(account=account, plan_id=FREE)
        key, raw = keys.new_key(account, name="First key", role=Role.OWNER, user=user)
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


def check_password(user: User, password: str, *, address: str) -> None:
    """That somebody who is signed in still knows the password; counted like a sign-in. Unauthorized if it is wrong."""
    if sign_in(email=user.email, password=password, address=address).pk != user.pk:
        raise Unauthorized(WRONG_LOGIN)


def second_factors(user: User) -> list[str]:
    """What may follow the user's password ("totp", "webauthn", "recovery_codes"); empty: nothing has to."""
    types = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    return sorted(types) if types - {Authenticator.Type.RECOVERY_CODES} else []


def use_code(user: User, code: str) -> Authenticator:
    """The second factor that a code belongs to; each code works once. Unauthorized when it belongs to none.

    Tries are counted by user, whoever makes them, as in sign_in(): the caller must commit after Unauthorized.
    """
    bucket = f"login:code:{user.pk}"
    rates.take(bucket, settings.LOGIN_RATE, message="Too many tries with codes.")
    for factor in Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.WEBAUTHN):
        if factor.wrap().validate_code(code):
            if settings.LOGIN_RATE:
                rates.give_back(bucket)
            factor.user = user
            return factor
    raise Unauthorized(WRONG_CODE)


def spend_code(user: User, code: str) -> None:
    """A code that has proved a new app is used: nobody who saw it typed signs in with it."""
    for factor in Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP):
        factor.wrap().validate_code(code)


def unverified_address(user: User) -> str:
    """An address of the person's that no link has proved yet: their own, or the one they want; "" if there is none."""
    found = EmailAddress.objects.filter(user=user, verified=False).order_by("-primary").first()
    return found.email if found else ""


def pass_second_factor(user: User, code: str) -> None:
    """For a sign-in that has only one answer: nothing to do without a second factor, else `code` must be right."""
    factors = second_factors(user)
    if not factors:
        return
    if not code:
        raise Unauthorized(NEEDS_CODE, secondFactor=factors)
    use_code(user, code).record_usage()


def reseal_factors(masters: list[str]) -> tuple[int, list[Any]]:
    """Seal the seeds of all second factors with the first key: how many were not yet, and the ids that no key opens."""
    changed, broken = 0, []
    for factor in Authenticator.objects.filter(type__in=SEEDS).order_by("pk").iterator(chunk_size=500):
        name = SEEDS[factor.type]
        try:
            sealing.unseal(factor.data[name], masters[:1])
            continue
        except sealing.Unreadable:
            pass
        try:
            text = sealing.unseal(factor.data[name], masters)
        except sealing.Unreadable:
            broken.append(factor.pk)
            continue
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().filter(pk=factor.pk).first()
            if row and row.data[name] == factor.data[name]:
                row.data[name] = sealing.seal(text, masters)
                row.save(update_fields=["data"])
                changed += 1
    return changed, broken


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
    tell_signed_in(user)
    return session, raw


def tell_signed_in(user: User) -> None:
    """Somebody has signed in, by whichever door: told once, in the stream of the active account."""
    publish(event("session.started", {"user": str(user.pk)}, actor=f"user:{user.pk}"))


def rename_account(account: Account, name: str, *, by: Any) -> None:
    """A new name of the active account."""
    if account.name != name:
        Account.objects.filter(pk=account.pk).update(name=name)
        account.name = name
        publish(event("account.renamed", {"account": account.pk}, actor=by.actor))


def set_egress(hosts: Sequence[str], *, actor: str) -> list[str]:
    """What the commands of the active account may reach from now on: the list as it is kept; empty, nothing.

    Commands that run already lose a host within seconds. Malformed for what is no host; Conflict where the operator
    lets nobody out.
    """
    try:
        wanted = egress.hosts_of(hosts)
    except egress.Wrong as wrong:
        raise Malformed(f"hosts: {wrong}", errors={"hosts": [str(wrong)]}) from None
    if wanted and not settings.EGRESS:
        raise Conflict("The operator of this installation lets no command reach the network.")
    with transaction.atomic():
        account = Account.objects.select_for_update(no_key=True).get()
        if account.egress_hosts == wanted:
            return wanted
        told = {"account": account.pk, "hosts": wanted, "before": account.egress_hosts}
        Account.objects.filter(pk=account.pk).update(egress_hosts=wanted)
        publish(event("account.egress_changed", told, actor=actor))
    return wanted


def end_session(user: User, token: int | None = None, *, by: str = "") -> None:
    """Sign-out: one session is told to have ended, and the token that it has in the active account stops working.

    A session whose token was revoked before has ended, and was told, by that. `by`: who ended it, if not the person.
    """
    if token and not SessionToken.objects.filter(pk=token, user=user, revoked_at=None).update(
        revoked_at=timezone.now()
    ):
        return
    publish(event("session.ended", {"user": str(user.pk)}, actor=by or f"user:{user.pk}"))


def end_tokens(user: User, *, but: int | None) -> set[int]:
    """Every bearer token of the user in the active account but one stops working; tells nobody. Their ids."""
    live = SessionToken.objects.filter(user=user, revoked_at=None).exclude(pk=but or 0)
    ended = set(live.select_for_update().values_list("pk", flat=True))
    SessionToken.objects.filter(pk__in=ended).update(revoked_at=timezone.now())
    return ended


def factors_of(user: User) -> dict[int, str]:
    """The kinds of the person's second factors ("totp", "webauthn", "recovery_codes") by their ids."""
    return dict(Authenticator.objects.filter(user=user).order_by("pk").values_list("pk", "type"))


def tell_factors(user: User, before: dict[int, str]) -> None:
    """Tell each of the person's accounts which second factors have come and gone since `before`; the last thing."""
    now, actor = factors_of(user), f"user:{user.pk}"
    gone = [{"user": str(user.pk), "kind": before[id]} for id in before if id not in now]
    come = [{"user": str(user.pk), "kind": now[id]} for id in now if id not in before]
    for membership in by_account(user) if gone or come else []:
        with tenancy.account_scope(membership.account_id):
            publish(
                *(event("factor.removed", data, actor=actor) for data in gone),
                *(event("factor.added", data, actor=actor) for data in come),
            )


def set_preferences(user: User, **changed: str) -> None:
    """How a person is called, how the dashboard looks to them, and how it tells them times: nobody else's business."""
    User.objects.filter(pk=user.pk).update(**changed)


def make_link_token(user: User, purpose: str, *, email: str) -> str:
    """A one-time secret for a mail. Earlier ones stay good until one is used: a job may run, and mail, twice."""
    raw = secrets.make(purpose)
    OneTimeToken.objects.create(
        digest=secrets.digest(raw), user=user, purpose=purpose, email=email, expires_at=timezone.now() + LINK_LIFE
    )
    return raw


def use_link_token(raw: str, purpose: str) -> OneTimeToken:
    """The link's row, used from now on. Malformed for an unknown one, Gone for a used or expired one."""
    token = OneTimeToken.objects.select_for_update(of=("self",)).filter(digest=secrets.digest(raw), purpose=purpose)
    found = token.select_related("user").first()
    if found is None:
        message = "This link is not valid."
        raise Malformed(message, errors={"token": [message]})
    if found.used_at or found.expires_at <= timezone.now():
        raise Gone("This link was used already or is older than 24 hours. Ask for a new one.")
    used = OneTimeToken.objects.filter(user=found.user, purpose=purpose, email=found.email, used_at=None)
    used.update(used_at=timezone.now())
    return found


@transaction.atomic
def verify_email(raw: str) -> User:
    """The mailed address is the user's (E5). One of ECOSYSTEM_DOMAINS makes their accounts Ecosystem (E-R10).

    It is the address of sign-up, or the one that they asked to change to, which becomes theirs now.
    """
    link = use_link_token(raw, OneTimeToken.Purpose.VERIFY)
    user = User.objects.select_for_update(no_key=True).get(pk=link.user_id)
    is_new_address = link.email != user.email
    if is_new_address:
        _change_email(user, link.email)
    user.verified_at = user.verified_at or timezone.now()
    user.save(update_fields=["verified_at"])
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"primary": True, "verified": True})
    domain = user.email.rpartition("@")[2]
    for membership in by_account(user):
        with tenancy.account_scope(membership.account_id), told_last():
            told, actor = {"user": str(user.pk)}, f"user:{user.pk}"
            if is_new_address:
                publish(event("user.email_changed", told, actor=actor))
            publish(event("user.verified", told, actor=actor))
            if membership.role == Role.OWNER and domain in {name.lower() for name in settings.ECOSYSTEM_DOMAINS}:
                set_plan(membership.account, ECOSYSTEM, actor="executor")
    return user


def request_verification(user: User) -> None:
    """Mail the link that verifies the user's address again. TooSoon after three in an hour."""
    rates.take(f"verify:{user.pk}", VERIFY_RATE, message="A link was mailed a moment ago.")
    enqueue("accounts.tasks.send_verification", str(user.pk))


def by_account(user: User) -> list[Membership]:
    """The user's memberships in the order in which who tells several accounts of something takes their streams."""
    return sorted(memberships_of(user), key=lambda membership: membership.account_id)


def request_email_change(user: User, email: str) -> None:
    """Mail a link to the new address; it becomes the user's when it is followed, and until then nothing changes.

    An address that somebody else has is not told apart here: its owner gets no mail, and the asker learns nothing.
    """
    email = email.lower()
    EmailAddress.objects.filter(user=user, verified=False).exclude(email=user.email).delete()
    if email == user.email or User.objects.filter(email=email).exists():
        return
    EmailAddress.objects.create(user=user, email=email, primary=False, verified=False)
    enqueue("accounts.tasks.send_email_change", str(user.pk), email)


def _change_email(user: User, email: str) -> None:
    """Only the last address that was asked for; Conflict when somebody else has taken it meanwhile."""
    if not EmailAddress.objects.filter(user=user, email=email, verified=False).exists():
        raise Gone("Another address was asked for since, or the change was called off. Ask for it again.")
    old = user.email
    try:
        with transaction.atomic():
            user.email = email
            user.save(update_fields=["email"])
    except IntegrityError as error:
        raise Conflict(TAKEN) from error
    EmailAddress.objects.filter(user=user).exclude(email=email).delete()
    enqueue("accounts.tasks.send_notice", str(user.pk), "email_changed", old)


def count_sign_up(address: str) -> None:
    """TooSoon when too many have signed up from a network address; one that is refused afterwards counts too."""
    rates.take(f"signup:{address}", settings.SIGNUP_RATE, message="Too many sign-ups from here.")


def request_password_reset(email: str, *, address: str) -> None:
    """Mail a link to a known address; for an unknown one the same work is done, for nobody. TooSoon when too often."""
    for bucket in (f"forgot:mail:{email.lower()}", f"forgot:address:{address}"):
        rates.take(bucket, settings.LOGIN_RATE, message="Too many requests for a new password.")
    known = User.objects.filter(email=email.lower()).values_list("pk", flat=True).first()
    enqueue("accounts.tasks.send_reset", str(known or uuid7()))


@transaction.atomic
def reset_password(raw: str, password: str) -> User:
    """A new password by a mailed link; every session token of the user ends, and cookies die with the password.

    Whoever signed up with an address that was never verified need not be who reads its mail: the keys that were made
    before are revoked then.
    """
    user = use_link_token(raw, OneTimeToken.Purpose.RESET).user
    revoked: dict[str, list[str]] = {}
    for membership in [] if user.is_verified else by_account(user):
        with tenancy.account_scope(membership.account_id):
            strangers = ApiKey.objects.filter(created_by=user, revoked_at=None)
            revoked[membership.account_id] = list(strangers.values_list("pk", flat=True))
            strangers.update(revoked_at=timezone.now())
    _set_password(user, password)
    for account, theirs in revoked.items():
        with tenancy.account_scope(account):
            publish(*(event("key.revoked", {"key": key}, actor=EXECUTOR) for key in theirs))
    return user


@transaction.atomic
def change_password(user: User, password: str, *, then: Callable[[], None]) -> None:
    """A new password of somebody who has just proved the old one (check_password). All sessions end, as with a reset.

    `then` keeps the session at hand alive; it is called before anybody is told (docs/decisions/0020).
    """
    _set_password(user, password, then)


def _set_password(user: User, password: str, then: Callable[[], None] = lambda: None) -> None:
    refuse_weak(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
    then()
    enqueue("accounts.tasks.send_notice", str(user.pk), "password_changed", user.email)
    memberships = by_account(user)
    for membership in memberships:
        with tenancy.account_scope(membership.account_id):
            SessionToken.objects.filter(user=user, revoked_at=None).update(revoked_at=timezone.now())
    for membership in memberships:
        with tenancy.account_scope(membership.account_id):
            publish(event("password.changed", {"user": str(user.pk)}, actor=f"user:{user.pk}"))


def refuse_weak(password: str, user: User) -> None:
    """Malformed when the password is short, common, only digits, or like the user's address or name."""
    try:
        validate_password(password, user)
    except Weak as weak:
        raise Malformed(f"password: {weak.messages[0]}", errors={"password": list(weak.messages)}) from weak
