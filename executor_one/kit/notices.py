"""LISTEN/NOTIFY: `notify()` inside a transaction, and one listening connection per process for whoever waits."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import psycopg
from asgiref.sync import sync_to_async
from django.db import connection, connections

logger = logging.getLogger(__name__)

GOAL_ENDED = "goal_ended"
TASK_RELEASED = "task_released"
TASK_CANCELLED = "task_cancelled"


def notify(channel: str, payload: str = "") -> None:
    """Tell listeners at commit. Payloads are ids (8,000 bytes at most), equal ones of a transaction are sent once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [channel, payload])


def connection_params() -> dict[str, Any]:
    """How to open a plain psycopg connection to our database."""
    params = connections["default"].get_connection_params()
    for name in ("cursor_factory", "context", "pool", "prepare_threshold"):
        params.pop(name, None)
    return params


class Listener:
    """One connection that listens to some channels; wakes the futures that wait for (channel, payload).

    A lost connection is opened again after 0.2-2 s, and every waiter is woken once then: a notice may have been missed.
    """

    def __init__(self, *channels: str) -> None:
        self.channels = channels
        self._waiters: dict[tuple[str, str], set[asyncio.Future[None]]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()

    @contextlib.contextmanager
    def expecting(self, channel: str, payload: str) -> Any:
        """Register interest first, then look at the database, then wait: no notice is lost in between."""
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiters = self._waiters[(channel, payload)]
        waiters.add(woken)
        try:
            yield woken
        finally:
            waiters.discard(woken)
            if not waiters:
                self._waiters.pop((channel, payload), None)

    async def start(self) -> None:
        """Listen; returns when the database hears us (or after 2 s: the waiter then looks again by itself)."""
        if self._task is None or self._task.done():
            self._ready = asyncio.Event()
            self._task = asyncio.create_task(self._run())
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._ready.wait(), 2)

    async def _run(self) -> None:
        pause = 0.2
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(**connection_params(), autocommit=True) as listening:
                    for channel in self.channels:
                        await listening.execute(f"LISTEN {channel}")
                    self._wake_everyone()
                    self._ready.set()
                    pause = 0.2
                    async for notice in listening.notifies():
                        self._wake(notice.channel, notice.payload)
            except psycopg.Error as error:
                logger.warning("listening again in %.1f s: %s", pause, error)
            await asyncio.sleep(pause)
            pause = min(2.0, pause * 2)

    def _wake(self, channel: str, payload: str) -> None:
        for woken in self._waiters.get((channel, payload), ()):
            if not woken.done():
                woken.set_result(None)

    def _wake_everyone(self) -> None:
        for channel, payload in list(self._waiters):
            self._wake(channel, payload)


_listeners: dict[asyncio.AbstractEventLoop, Listener] = {}


async def goal_ended(goal_id: str, look: Callable[[], bool], *, seconds: float) -> None:
    """Wait in this process's event loop until a goal ends, or `seconds` have passed.

    `look` is asked once listening has begun, and again whenever a notice may have been missed.
    """
    loop = asyncio.get_running_loop()
    listener = _listeners.get(loop)
    if listener is None:
        for closed in [known for known in _listeners if known.is_closed()]:
            del _listeners[closed]
        listener = _listeners[loop] = Listener(GOAL_ENDED)
    await listener.start()
    deadline = loop.time() + seconds
    while (left := deadline - loop.time()) > 0:
        with listener.expecting(GOAL_ENDED, goal_id) as woken:
            if await sync_to_async(look)():
                return
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(asyncio.shield(woken), left)
