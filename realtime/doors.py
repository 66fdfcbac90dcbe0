"""Who comes in by a socket: the origin of a browser, a key or token in the first message, or the dashboard's cookie."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.contrib import auth
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.api.authentication import REFUSED, BearerAuthentication
from accounts.callers import signed_in
from billing.queries import advice
from executor_one.kit import origins, tenancy
from executor_one.kit.errors import LimitReached, Unauthorized, Unavailable
from executor_one.kit.threads import in_thread
from realtime.connections import PERMISSION, Credential, credential

NAMELESS = 'Say who you are: {"type": "auth", "token": "exo_..."}.'
LONGEST_TOKEN = 200


def now() -> str:
    """The time as events carry it."""
    return timezone.now().isoformat(timespec="microseconds").replace("+00:00", "Z")


def header(scope: Any, name: bytes) -> str:
    """A header of the handshake; empty when there is none."""
    return next((value.decode("latin1") for key, value in scope["headers"] if key == name), "")


def origin_of(scope: Any) -> str:
    return header(scope, b"origin")


def is_ours(scope: Any) -> bool:
    """Whether it comes from a page of ours, or from no browser."""
    return origins.is_ours(origin_of(scope), header(scope, b"host"))


def address_of(scope: Any) -> str:
    """The caller's network address (as executor_one.kit.addresses.address_of)."""
    direct = str((scope.get("client") or ["unknown"])[0])
    hops = settings.TRUSTED_PROXIES
    forwarded = [part.strip() for part in header(scope, b"x-forwarded-for").split(",") if part.strip()]
    return forwarded[-hops] if hops and len(forwarded) >= hops else direct


async def enter(scope: Any, token: Any) -> Credential:
    """What the caller proved; Unauthorized, LimitReached (the plan has no WebSocket) or Forbidden otherwise."""
    if token is not None and (not isinstance(token, str) or len(token) > LONGEST_TOKEN):
        raise Unauthorized(REFUSED)
    work = partial(_by_token, token, address_of(scope)) if token is not None else partial(_by_cookie, scope)
    try:
        return await in_thread(_threads(), work)
    except DatabaseError as error:
        raise Unavailable("The database is not reachable just now.") from error


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(4, thread_name_prefix="sockets")


def _by_token(token: str, address: str) -> Credential:
    with tenancy.no_account(), transaction.atomic():
        return _let_in(BearerAuthentication().principal_of(token, address), None)


def _by_cookie(scope: Any) -> Credential:
    """The dashboard's own socket. A browser sends cookies from any page, so it must say that the page is ours."""
    if not origin_of(scope):
        raise Unauthorized(NAMELESS)
    session = import_module(settings.SESSION_ENGINE).SessionStore(_session_key(scope))
    with tenancy.no_account(), transaction.atomic():
        request: Any = SimpleNamespace(session=session)
        user = auth.get_user(request)
        if not user.is_authenticated or not user.is_active:
            raise Unauthorized(NAMELESS)
        return _let_in(signed_in(user, session), session)


def _session_key(scope: Any) -> str:
    try:
        found = SimpleCookie(header(scope, b"cookie")).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        found = None
    if found is None or not found.value:
        raise Unauthorized(NAMELESS)
    return found.value


def _let_in(principal: Any, session: Any) -> Credential:
    if principal is None:
        raise Unauthorized(REFUSED)
    if not principal.check_in().may(PERMISSION):
        raise principal.refusal(PERMISSION)
    plan = principal.plan
    if not plan.websocket:
        better = advice(plan, "websocket")
        raise LimitReached(
            f"{plan.name} has no WebSocket.{f' {better.name} has it.' if better else ''}",
            limit="websocket", plan=plan.code, upgrade=better.code if better else None,
        )  # fmt: skip
    return credential(principal, session, needs_websocket=True)
