"""`/ws`: an account's events over WebSocket (E22)."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any
from uuid import UUID

from channels.generic.websocket import AsyncWebsocketConsumer

from executor_one.kit.errors import DomainError, problem
from executor_one.kit.flow import flow_of
from realtime import doors
from realtime.connections import FORBIDDEN, NOT_VALID, PAYMENT, RESTARTING, Connection
from realtime.hub import Dropped
from realtime.reading import goal_exists
from realtime.seats import Seat, seats
from realtime.wire import Filter, Unreadable, Wire, read_since, read_types

logger = logging.getLogger(__name__)

Consumer: Any = AsyncWebsocketConsumer  # it has no types
AUTH_SECONDS = 10.0
GARBAGE, TOO_MANY, BROKEN = 4400, 4429, 1011
NO_GOAL = "There is no goal with this id."
MOST_GARBAGE = 10  # messages that make no sense before the socket is closed
CODES = {401: NOT_VALID, 402: PAYMENT, 403: FORBIDDEN, 429: TOO_MANY, 503: 1013}
FIELDS = {
    "auth": {"type", "token", "types", "goal", "since"},
    "subscribe": {"type", "types", "goal", "since"},
    "ping": {"type"},
}


class EventSocket(Consumer):  # type: ignore[misc]
    """One socket: it says who it is, then it is told everything of its account, until it says what of it it wants."""

    channel_layer_alias = "none"  # its events come from the hub of its process

    def __init__(self) -> None:
        super().__init__()
        self.connection: Connection | None = None
        self.seat: Seat | None = None
        self.address = ""  # while it has not said who it is
        self.garbage = 0
        self.is_closed = False
        self.tasks: list[asyncio.Task[None]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve it; when the process ends, tell it to come back."""
        self.flow = flow_of(scope)
        try:
            await super().__call__(scope, receive, send)
        except asyncio.CancelledError:
            await self.close(RESTARTING, "The server restarts. Connect again with since.")
            raise
        finally:
            self._leave()

    async def dispatch(self, message: dict[str, Any]) -> None:
        """As Channels', without its thread hop a message: nothing here uses Django's connections."""
        await getattr(self, message["type"].replace(".", "_"))(message)

    async def connect(self) -> None:
        """The handshake: a browser must come from a page of ours, and nobody may fill the process namelessly."""
        if not doors.is_ours(self.scope):
            await self._reject(403, "Sockets of browsers are for pages of this site only (Origin).")
            return
        address = doors.address_of(self.scope)
        try:
            seats.enter(address)
        except DomainError as refused:
            await self._reject(refused.status, refused.message)
            return
        self.address = address
        await self.accept()
        self._start(self._hurry())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """One message of the client's."""
        if self.is_closed:
            return
        try:
            message = _read(text_data)
            kind = message["type"]
            if self.connection is None and kind != "auth":
                await self._shut(401, 'Say who you are first: {"type": "auth", "token": "exo_..."}')
            elif kind == "auth":
                await self._auth(message)
            elif kind == "subscribe":
                await self._subscribe(message)
            else:
                await self._say({"type": "pong"})
        except Unreadable as reason:
            await self._complain(400, str(reason))
        except DomainError as refused:
            await self._shut(refused.status, refused.message, **refused.members)

    async def disconnect(self, code: int) -> None:
        """The client is gone."""
        self._leave()

    async def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Once."""
        if not self.is_closed:
            self.is_closed = True
            await super().close(code, reason)

    # -- what a client can say ------------------------------------------------------------------

    async def _auth(self, message: dict[str, Any]) -> None:
        if self.connection is not None:
            await self._complain(409, "This socket has said who it is already.")
            return
        filter, since = _wanted(message)
        credential = await doors.enter(self.scope, message.get("token"))
        if self.is_closed:  # it took too long
            return
        self.seat = seats.take(credential.account_id)
        self._prove()
        self.connection = connection = Connection(credential, filter)
        knows_goal = await self._has_goal(filter.goal)
        if not knows_goal:
            connection.subscription.filter = Filter()  # as a `subscribe` that is refused: nothing is narrowed
        await connection.open(since)
        await self._say({"type": "connected", "timestamp": doors.now(), "id": str(connection.subscription.position)})
        if not knows_goal:
            await self._complain(404, NO_GOAL)
        self._start(self._serve(connection))

    async def _subscribe(self, message: dict[str, Any]) -> None:
        assert self.connection
        filter, since = _wanted(message)
        if not await self._has_goal(filter.goal):
            await self._complain(404, NO_GOAL)
            return
        subscription = self.connection.subscription

        def answer(position: int) -> str:
            wanted = {"types": list(filter.types), "goal": filter.goal or None, "id": str(position)}
            return json.dumps({"type": "subscribed", "timestamp": doors.now(), **wanted})

        if since is None:
            subscription.change(filter, answer)
        else:
            await subscription.rewind(since, filter, answer)

    async def _has_goal(self, goal: str) -> bool:
        """Whether the account has it, or none is asked for; a foreign one and one that never was get the same words."""
        assert self.connection
        if not goal:
            return True
        account_id = self.connection.credential.account_id
        return await goal_exists(self.connection.subscription.hub.small, account_id, goal)

    # -- what runs beside -----------------------------------------------------------------------

    def _start(self, work: Any) -> None:
        self.tasks.append(asyncio.get_running_loop().create_task(work))

    async def _hurry(self) -> None:
        await asyncio.sleep(AUTH_SECONDS)
        if self.connection is None:
            await self.close(NOT_VALID, f"You did not say who you are within {AUTH_SECONDS:.0f} s.")

    async def _serve(self, connection: Connection) -> None:
        """Tell what happens until the connection is to end."""
        telling = asyncio.ensure_future(self._tell(connection))
        try:
            code, reason = await connection.ended
        finally:
            telling.cancel()
        await self.close(code, reason)

    async def _tell(self, connection: Connection) -> None:
        try:
            while True:
                await self.flow.wait()  # a page is read for who takes it
                for item in await connection.subscription.next():
                    await self.flow.wait()
                    await self.send(item.text if isinstance(item, Wire) else item)
        except Dropped:
            return
        except Exception:
            logger.exception("a socket of %s failed", connection.credential.account_id)
            connection.end(BROKEN, "Something broke on our side. Connect again with since.")

    # -- words ----------------------------------------------------------------------------------

    async def _say(self, message: dict[str, Any]) -> None:
        await self.flow.wait()
        await self.send(json.dumps(message))

    async def _complain(self, status: int, message: str) -> None:
        """An answer in the words of our errors; too many of them and the socket is closed."""
        self.garbage += 1
        await self._say(_error(status, message))
        if self.garbage >= MOST_GARBAGE:
            await self.close(GARBAGE, f"{MOST_GARBAGE} messages of yours made no sense.")

    async def _shut(self, status: int, message: str, **members: Any) -> None:
        await self._say(_error(status, message, **members))
        await self.close(CODES.get(status, BROKEN), message)

    async def _reject(self, status: int, message: str) -> None:
        """Refuse the handshake; executor_one.kit.server makes the answer of it."""
        self.is_closed = True
        await self.base_send({"type": "websocket.close", "status": status, "reason": message})

    def _prove(self) -> None:
        if self.address:
            seats.prove(self.address)
            self.address = ""

    def _leave(self) -> None:
        self.is_closed = True
        self._prove()
        if self.seat:
            self.seat.give_back()
        if self.connection:
            self.connection.close()
        for task in self.tasks:
            task.cancel()


def _read(text: str | None) -> dict[str, Any]:
    """A message of a client, or Unreadable."""
    try:
        message = json.loads(text or "")
    except (ValueError, RecursionError):
        raise Unreadable("A message is a JSON object in a text frame.") from None
    kind = message.get("type") if isinstance(message, dict) else None
    if not isinstance(kind, str) or kind not in FIELDS:
        raise Unreadable("type: This must be one of auth, subscribe, ping.")
    if unknown := set(message) - FIELDS[kind]:
        raise Unreadable(f"{min(unknown)[:60]}: This field is not known.")
    return dict(message)


def _wanted(message: dict[str, Any]) -> tuple[Filter, int | None]:
    """The filter and the id to resume behind that a message names, or Unreadable."""
    types, goal = message.get("types"), message.get("goal")
    if goal is not None:
        goal = _goal_id(goal)
    return Filter(read_types(types if types is not None else []), goal or ""), read_since(message.get("since"))


def _goal_id(given: Any) -> str:
    try:
        return str(UUID(given))
    except (ValueError, AttributeError, TypeError):
        raise Unreadable("goal: This is not the id of a goal.") from None


def _error(status: int, message: str, **members: Any) -> dict[str, Any]:
    """The members of an error answer (executor_one.kit.errors) under the type of a message."""
    told = {
        name: value for name, value in problem(status, message, **members).items() if name not in ("title", "status")
    }
    return {**told, "type": "error"}
