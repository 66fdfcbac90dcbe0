"""Events as server-sent events: live from the hub, or what is known now."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from executor_one.kit import tenancy
from executor_one.kit.batch import Batch
from executor_one.kit.flow import Flow
from realtime.connections import Connection, Credential
from realtime.reading import FOLLOWING, before, following_params, page_of
from realtime.wire import GOAL_ENDS, Filter, Wire

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 15.0
RETRY_MS = 2000
BEGIN = f"retry: {RETRY_MS}\n\n".encode()
PIECE_BYTES = 65_536  # of one write, and the event that goes beyond
HEARTBEAT = b": still here\n\n"
LINGER_SECONDS = 3.0  # for the last output of tries that are killed because their goal ended
TRY_ENDS = ("task.completed", "task.failed", "task.cancelled", "task.lost", "correction.applied")


@dataclass
class Wish:
    """What a stream is to tell: behind which event, of which goal, of which types."""

    since: int | None  # None: from now on, or from the goal's first event
    types: Filter
    goal: str = ""
    goal_made_at: datetime | None = None
    goal_has_ended: bool = False
    is_long_over: bool = False  # ended so long ago that nothing can follow


class Story:
    """Whether a goal's stream has told everything: the goal's end, and that of every try that was seen to start."""

    def __init__(self, wish: Wish) -> None:
        self.goal = wish.goal
        self.has_ended, self.is_told = wish.goal_has_ended, wish.is_long_over
        self._running: set[str] = set()
        self._sees_all = wish.since is None

    def hear(self, event: Wire) -> None:
        """Learn from the next event. Without a goal a story has no end."""
        if not self.goal:
            return
        if event.type in GOAL_ENDS:
            self.has_ended = True
        elif event.type == "task.started":
            self._running.add(_try(event))
        elif event.type in TRY_ENDS:
            self._running.discard(_try(event))
        nothing_runs = event.type == "goal.completed" or (self._sees_all and not self._running)
        self.is_told = self.is_told or (self.has_ended and nothing_runs)


def _try(event: Wire) -> str:
    data = json.loads(event.text)["data"]
    return f"{data.get('task')}/{data.get('attempt')}"


def ending(reason: str, message: str) -> bytes:
    """The last event of a stream that ends for good."""
    return f"event: end\ndata: {json.dumps({'reason': reason, 'message': message})}\n\n".encode()


ALL_TOLD = ending("goal_ended", "The goal has ended and all is told.")


async def live(credential: Credential, wish: Wish, flow: Flow) -> AsyncIterator[bytes]:
    """The stream, piece by piece; the first one once the subscription stands."""
    connection = Connection(credential, Filter(goal=wish.goal) if wish.goal else wish.types)
    connection.ended.add_done_callback(lambda _: flow.hurry())
    try:
        await connection.open(await _begins(connection, wish))
        # An id alone is no event, and is kept: who loses the connection before the first event loses none of them.
        position = connection.subscription.position
        yield BEGIN + f"id: {position}\n: you stand behind {position}\n\n".encode()
        async for piece in _pieces(connection, wish, flow):
            yield piece
    finally:
        connection.close()


async def _begins(connection: Connection, wish: Wish) -> int | None:
    if wish.since is not None or wish.goal_made_at is None:
        return wish.since
    return await before(connection.subscription.hub.small, connection.credential.account_id, wish.goal_made_at)


async def _pieces(connection: Connection, wish: Wish, flow: Flow) -> AsyncIterator[bytes]:
    story = Story(wish)
    while not (story.is_told and connection.subscription.is_idle):
        await flow.wait()
        told = await _next(connection, LINGER_SECONDS if story.has_ended else HEARTBEAT_SECONDS)
        if connection.ended.done():
            yield ending(*_reason(connection.ended.result()))
            return
        if told is None:
            if story.has_ended and connection.subscription.is_idle:
                break
            yield HEARTBEAT
        for piece in _written(told or [], wish, story):
            yield piece
            if connection.ended.done():
                break
    yield ALL_TOLD


def _written(events: list[Wire], wish: Wish, story: Story) -> Iterator[bytes]:
    piece = bytearray()
    for event in events:
        story.hear(event)
        if wish.types.lets_type(event.type):
            piece += event.as_sse()
        if len(piece) >= PIECE_BYTES:
            yield bytes(piece)
            piece.clear()
    if piece:
        yield bytes(piece)


async def _next(connection: Connection, seconds: float) -> list[Wire] | None:
    """What comes next; None when nothing did for so long, or the connection is to end."""
    ended: asyncio.Future[Any] = connection.ended
    if ended.done():
        return None
    coming: asyncio.Future[Any] = asyncio.ensure_future(connection.subscription.next())
    try:
        await asyncio.wait({coming, ended}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        if not coming.done():
            coming.cancel()
    if ended.done() or not coming.done():
        return None
    return [item for item in coming.result() if isinstance(item, Wire)]


def _reason(ended: tuple[int, str]) -> tuple[str, str]:
    names = {4401: "unauthorized", 4403: "forbidden_role", 4408: "too_slow"}
    return names.get(ended[0], "internal_error"), ended[1]


def known(account_id: str, wish: Wish) -> Iterator[bytes]:
    """What there is to tell now, where nobody streams: behind `since`, else nothing."""
    yield BEGIN
    chosen, position = Filter(wish.types.types, wish.goal), wish.since or 0
    is_last = wish.since is None and not wish.goal
    while not is_last:
        with tenancy.account_scope(account_id):
            batch = Batch()
            batch.sql(FOLLOWING, *following_params(account_id, position, chosen))
            page = page_of(batch.run()[0])
        yield from (event.as_sse() for event in page.events)
        position, is_last = page.position, page.is_last
    if wish.goal_has_ended:
        yield ALL_TOLD
