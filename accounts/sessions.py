"""Where a person is signed in: cookies' sessions (django-allauth lists them) and the tokens that go with them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout, update_session_auth_hash
from django.http import HttpRequest
from django.utils import timezone

from accounts import actions, staffing
from accounts.callers import HOME_OF_SESSION, LOOK_OF_SESSION, TOKEN_OF_SESSION
from accounts.models import User
from executor_one.kit import tenancy


def of(user: User) -> list[Any]:
    """The sessions of a person that still work, newest first."""
    keys = _store().get_model_class().objects.filter(expire_date__gt=timezone.now()).values("session_key")
    return list(UserSession.objects.filter(user=user, session_key__in=keys).order_by("-created_at"))


def began(request: HttpRequest, user: User) -> None:
    """Tell of a sign-in at the dashboard, in the account where it lands. The session keeps which one that is."""
    memberships = actions.memberships_of(user)
    if memberships:
        home = request.session[HOME_OF_SESSION] = memberships[0].account_id
        with tenancy.account_scope(home):
            actions.tell_signed_in(user)


def end_current(request: HttpRequest) -> None:
    """Sign out: this cookie's session and the token of the same sign-in stop working at once."""
    if look := request.session.get(LOOK_OF_SESSION):  # staff's; no session of the person ends
        staffing.end_look(look, how=staffing.LEFT)
        logout(request)
        return
    user: Any = request.user
    if user.is_authenticated:
        held = _held_by(request.session)
        UserSession.objects.filter(session_key=request.session.session_key).delete()
        logout(request)
        _tell_end(user, *held)
    else:
        logout(request)


def go_on(request: HttpRequest, user: User) -> None:
    """Keep this session after its person's password was changed; all others of theirs have ended by it."""
    update_session_auth_hash(request, user)
    UserSession.objects.filter(user=user).delete()
    UserSession.objects.create_from_request(request)
    request.session.pop(TOKEN_OF_SESSION, None)  # it has ended too


def end_one(row: Any) -> None:
    """Sign a person out where that session is."""
    held = _held_by(_store()(row.session_key))
    row.end()
    _tell_end(row.user, *held)


def end_others(request: HttpRequest) -> int:
    """Sign a person out everywhere but here, their bearer tokens included; answers how many sessions have ended."""
    user: Any = request.user
    others = list(UserSession.objects.filter(user=user).exclude(session_key=request.session.session_key))
    live = {row.session_key for row in of(user)}
    held = [_held_by(_store()(row.session_key)) for row in others if row.session_key in live]
    for row in others:
        row.end()
    kept, _ = _held_by(request.session)
    accounts = [membership.account_id for membership in actions.memberships_of(user)]
    ended: dict[str, int] = {}
    for account_id in sorted(accounts):
        with tenancy.account_scope(account_id):
            ended[account_id] = len(actions.end_tokens(user, but=kept) - {token for token, _ in held})
    for _, home in held:
        ended[_told_in(accounts, home)] += 1
    for account_id, number in ended.items():
        with tenancy.account_scope(account_id):
            for _ in range(number):
                actions.end_session(user)
    return len(others)


def _store() -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore


def _held_by(session: Any) -> tuple[Any, Any]:
    """The id of the bearer token that a sign-in by the API has made beside its cookie, and the sign-in's account."""
    return session.get(TOKEN_OF_SESSION), session.get(HOME_OF_SESSION)


def _told_in(accounts: list[str], home: Any) -> str:
    """The account in whose stream the end of a session is told: where its sign-in was, else the person's oldest."""
    return home if home in accounts else accounts[0]


def _tell_end(user: User, token: Any, home: Any) -> None:
    """The end of a session, and of the token that belongs to it; it tells of it, so all else is written before."""
    accounts = [membership.account_id for membership in actions.memberships_of(user)]
    if not accounts:
        return
    told = _told_in(accounts, home)
    with tenancy.account_scope(told):
        actions.end_session(user, token if home in (told, None) else None)
