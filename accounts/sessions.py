"""Where a person is signed in: cookies' sessions (django-allauth lists them) and the tokens that go with them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout, update_session_auth_hash
from django.http import HttpRequest
from django.utils import timezone

from accounts import actions
from accounts.callers import HOME_OF_TOKEN, TOKEN_OF_SESSION
from accounts.models import SessionToken, User
from events.actions import event, publish
from executor_one.kit import tenancy


def of(user: User) -> list[Any]:
    """The sessions of a person that still work, newest first."""
    keys = _store().get_model_class().objects.filter(expire_date__gt=timezone.now()).values("session_key")
    return list(UserSession.objects.filter(user=user, session_key__in=keys).order_by("-created_at"))


def end_current(request: HttpRequest) -> None:
    """Sign out: this cookie's session and the token of the same sign-in stop working at once."""
    user: Any = request.user
    if user.is_authenticated:
        held = _token_of(request.session)
        UserSession.objects.filter(session_key=request.session.session_key).delete()
        logout(request)
        _end_token(user, *held)
    else:
        logout(request)


def go_on(request: HttpRequest, user: User) -> None:
    """Keep this session after its person's password was changed; all others of theirs have ended by it."""
    update_session_auth_hash(request, user)
    UserSession.objects.filter(user=user).delete()
    UserSession.objects.create_from_request(request)
    for name in (TOKEN_OF_SESSION, HOME_OF_TOKEN):  # of the token that has ended too
        request.session.pop(name, None)


def end_one(row: Any) -> None:
    """Sign a person out where that session is."""
    held = _token_of(_store()(row.session_key))
    row.end()
    _end_token(row.user, *held)


def end_others(request: HttpRequest) -> int:
    """Sign a person out everywhere but here, their bearer tokens included; answers how many sessions have ended."""
    user: Any = request.user
    others = list(UserSession.objects.filter(user=user).exclude(session_key=request.session.session_key))
    for row in others:
        row.end()
    kept, _ = _token_of(request.session)
    touched = []
    for membership in actions.by_account(user):
        with tenancy.account_scope(membership.account_id):
            live = SessionToken.objects.filter(user=user, revoked_at=None).exclude(pk=kept or 0)
            if live.update(revoked_at=timezone.now()):
                touched.append(membership.account_id)
    for account_id in touched:
        with tenancy.account_scope(account_id):
            publish(event("session.ended", {"user": str(user.pk)}, actor=f"user:{user.pk}"))
    return len(others)


def _store() -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore


def _token_of(session: Any) -> tuple[Any, Any]:
    """The id and the account of the bearer token that a sign-in by the API has made beside its cookie."""
    return session.get(TOKEN_OF_SESSION), session.get(HOME_OF_TOKEN)


def _end_token(user: User, token: Any, home: Any) -> None:
    """Revoke such a token; it tells of it, so all else is written before."""
    if not token:
        return
    memberships = actions.memberships_of(user)
    home = home or (memberships[0].account_id if memberships else None)
    if any(membership.account_id == home for membership in memberships):
        with tenancy.account_scope(home):
            actions.end_session(user, {token})
