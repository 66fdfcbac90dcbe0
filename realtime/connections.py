"""Every open socket and stream of this process, and whether what it proved still holds.

A revoked key, an ended session, a lost membership, a disabled user or a smaller plan ends its connections: at once when
the event that says so comes by, after CHECK_SECONDS in any case.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from django.contrib.auth import HASH_SESSION_KEY

from accounts import roles
from accounts.callers import TOKEN_OF_SESSION, Principal
from realtime.hub import SLOW, Hub, Subscription, hub
from realtime.neighbours import Neighbours
from realtime.seats import seats
from realtime.wire import Filter

logger = logging.getLogger(__name__)

CHECK_SECONDS = 3.0
PERMISSION = "goals.view"
NOT_VALID, PAYMENT, FORBIDDEN, SLOW_READER, RESTARTING = 4401, 4402, 4403, 4408, 1012

# Of the account $1: which of these keys, session tokens and (browser) sessions still hold, with role and scopes; which
# of these users are still active members, with their role and password; whether the plan has WebSocket. Of a suspended
# account nothing holds.
STILL = """
    SELECT kind, name, role, scopes, password FROM (
    SELECT 'key' AS kind, id AS name, role, scopes, '' AS password FROM accounts_apikey
    WHERE account_id = $1 AND id = ANY($2::text[]) AND revoked_at IS NULL AND paused_at IS NULL
        AND (expires_at IS NULL OR expires_at > clock_timestamp())
    UNION ALL
    SELECT 'token', id::text, '', NULL, '' FROM accounts_sessiontoken
    WHERE account_id = $1 AND id = ANY($3::bigint[]) AND revoked_at IS NULL AND expires_at > clock_timestamp()
    UNION ALL
    SELECT 'cookie', session_key, '', NULL, '' FROM django_session
    WHERE session_key = ANY($4::text[]) AND expire_date > clock_timestamp()
    UNION ALL
    SELECT 'user', member.user_id::text, member.role, NULL, person.password
    FROM accounts_membership member JOIN accounts_user person ON person.id = member.user_id
    WHERE member.account_id = $1 AND member.user_id = ANY($5::uuid[]) AND person.is_active
    UNION ALL
    SELECT 'websocket', plan.code, '', NULL, '' FROM billing_subscription paid
    JOIN billing_plan plan ON plan.code = paid.plan_id WHERE paid.account_id = $1 AND plan.websocket
    ) known WHERE EXISTS (SELECT FROM accounts_account WHERE id = $1 AND suspended_at IS NULL)"""


@dataclass(frozen=True)
class Credential:
    """What a connection proved: a key, or a user with the token or the browser session (or both) of their sign-in."""

    account_id: str
    key: str = ""
    user: str = ""
    token: int | None = None
    session_key: str = ""
    password: str = ""  # as it is stored: a browser session dies with it
    needs_websocket: bool = False


def credential(principal: Principal, session: Any = None, *, needs_websocket: bool = False) -> Credential:
    """What is checked again of a caller; `session` is the browser's, for one who came with a cookie."""
    if principal.kind == "key":
        return Credential(principal.account_id, key=principal.id, needs_websocket=needs_websocket)
    if principal.kind == "token" and principal.session:
        return Credential(
            principal.account_id, user=principal.id, token=principal.session.pk, needs_websocket=needs_websocket
        )
    return Credential(
        principal.account_id,
        user=principal.id,
        token=session.get(TOKEN_OF_SESSION),
        session_key=session.session_key,
        password=principal.user.password if principal.user and session.get(HASH_SESSION_KEY) else "",
        needs_websocket=needs_websocket,
    )


class Connection:
    """One open socket or stream: what it proved, what it follows, and how it ended (code, reason)."""

    def __init__(self, credential: Credential, filter: Filter) -> None:
        self.credential = credential
        self.ended: asyncio.Future[tuple[int, str]] = asyncio.get_running_loop().create_future()
        self._registry = registry()
        self.subscription = Subscription(self._registry.hub, credential.account_id, filter, self._too_slow)

    async def open(self, since: int | None) -> None:
        """Follow, and be checked from now on."""
        self._registry.add(self)
        await self.subscription.start(since)

    def end(self, code: int, reason: str) -> None:
        """Have it closed by whoever serves it."""
        if not self.ended.done():
            self.ended.set_result((code, reason))

    def close(self) -> None:
        """It is gone."""
        self._registry.hub.leave(self.subscription)
        self._registry.remove(self)

    def _too_slow(self) -> None:
        self.end(SLOW_READER, SLOW)


class Found:
    """The answer to STILL."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self.known: dict[str, dict[str, tuple[str, Any, str]]] = defaultdict(dict)
        for kind, name, role, scopes, password in rows:
            self.known[kind][name] = (role, scopes, password)

    def verdict(self, one: Credential) -> tuple[int, str] | None:
        """Why a connection must end, or None."""
        holder = self.known["key"].get(one.key) if one.key else self.known["user"].get(one.user)
        gone = (
            holder is None
            or (one.token is not None and str(one.token) not in self.known["token"])
            or (one.session_key and one.session_key not in self.known["cookie"])
            or (one.password and one.password != holder[2])
        )
        if holder is None or gone:
            return NOT_VALID, "This key or session is not valid any more."
        if not roles.allows(holder[0], holder[1] if one.key else [roles.EVERYTHING], PERMISSION):
            return FORBIDDEN, f"This needs the permission {PERMISSION}, which your role or key does not have."
        if one.needs_websocket and not self.known["websocket"]:
            return PAYMENT, "Your plan has no WebSocket any more."
        return None


class Registry:
    """The connections of one event loop, by account."""

    def __init__(self) -> None:
        self.hub: Hub = hub()
        self.hub.on_doubt = self.doubt
        self.by_account: dict[str, set[Connection]] = defaultdict(set)
        self._doubted: set[str] = set()
        self._wake = asyncio.Event()
        self._checking: asyncio.Task[None] | None = None
        self._counting: asyncio.Task[None] | None = None

    def add(self, connection: Connection) -> None:
        self.by_account[connection.credential.account_id].add(connection)
        if self._checking is None:
            loop = asyncio.get_running_loop()
            self._checking = loop.create_task(self._check_for_ever())
            self._counting = loop.create_task(Neighbours(seats).run())

    def remove(self, connection: Connection) -> None:
        account_id = connection.credential.account_id
        self.by_account[account_id].discard(connection)
        if not self.by_account[account_id]:
            del self.by_account[account_id]

    def doubt(self, account_id: str) -> None:
        """Check the connections of this account at once."""
        self._doubted.add(account_id)
        self._wake.set()

    async def _check_for_ever(self) -> None:
        due = asyncio.get_running_loop().time() + CHECK_SECONDS
        while True:
            try:
                async with asyncio.timeout_at(due):
                    await self._wake.wait()
                accounts = [*self._doubted]
            except TimeoutError:
                accounts, due = [*self.by_account], asyncio.get_running_loop().time() + CHECK_SECONDS
            self._wake.clear()
            self._doubted.clear()
            try:
                await asyncio.gather(*map(self._check, accounts))
            except (psycopg.Error, ValueError):
                logger.exception("events: credentials could not be checked")

    async def _check(self, account_id: str) -> None:
        connections = list(self.by_account.get(account_id, ()))
        if not connections:
            return
        held = [connection.credential for connection in connections]
        rows = await self.hub.small.ask(
            account_id, STILL, account_id,
            list({one.key for one in held if one.key}),
            list({one.token for one in held if one.token is not None}),
            list({one.session_key for one in held if one.session_key}),
            list({one.user for one in held if one.user}),
        )  # fmt: skip
        found = Found(rows)
        for connection in connections:
            if verdict := found.verdict(connection.credential):
                connection.end(*verdict)


_registries: WeakKeyDictionary[asyncio.AbstractEventLoop, Registry] = WeakKeyDictionary()


def registry() -> Registry:
    """The registry of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _registries:
        _registries[loop] = Registry()
    return _registries[loop]
