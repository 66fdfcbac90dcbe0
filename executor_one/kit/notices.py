"""LISTEN/NOTIFY: `notify()` inside a transaction, and one listening connection per process for whoever waits."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from typing import Any
from weakref import WeakSet

import psycopg
from django.db import connections

logger = logging.getLogger(__name__)

GOAL_ENDED = "goal_ended"
TASK_RELEASED = "task_released"
TASK_CANCELLED = "task_cancelled"

ASK_SECONDS, AGAIN_SECONDS = 15.0, 0.5  # a question to a connection that only listens; a pause before another

# (channel, payload): tell listeners at commit. A payload is an id or empty (8,000 bytes at most); equal notices of one
# transaction are sent once.
NOTIFY = "SELECT pg_notify($1, $2)"


def connection_params() -> dict[str, Any]:
    """How to open a plain psycopg connection to our database."""
    params = connections["default"].get_connection_params()
    for name in ("cursor_factory", "context", "prepare_threshold"):
        params.pop(name, None)
    return params


async def heard(*channels: str) -> AsyncIterator[psycopg.Notify | None]:
    """What is notified on these channels, for ever; None each time it begins to listen, for what came before.

    A connection that only listens may be dead without saying so: it is asked now and then, and opened again.
    """
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(**connection_params(), autocommit=True) as listening:
                for channel in channels:
                    await listening.execute(f"LISTEN {channel}")
                yield None
                while True:
                    async for notice in listening.notifies(timeout=ASK_SECONDS):
                        yield notice
                    async with asyncio.timeout(ASK_SECONDS):
                        await listening.execute("SELECT 1")
        except (psycopg.Error, OSError) as error:  # TimeoutError is an OSError
            logger.warning("listening again in %.1f s: %s", AGAIN_SECONDS, str(error).strip())
        await asyncio.sleep(AGAIN_SECONDS)


class Waiter:
    """Someone who waits for one payload."""

    def __init__(self, listener: Listener, payload: str) -> None:
        self._listener, self._payload = listener, payload
        self._call: Callable[[], object] | None = None
        self._heard = False
        self._lock = threading.Lock()

    def call(self, when_heard: Callable[[], object]) -> None:
        """Call this at each notice, from the listener's thread; at once when one was heard already."""
        with self._lock:
            self._call, heard = when_heard, self._heard
        if heard:
            when_heard()

    def wake(self) -> None:
        with self._lock:
            self._heard, call = True, self._call
        if call:
            call()

    def close(self) -> None:
        """Wait no longer; closing twice is fine."""
        self._listener.forget(self._payload, self)


class Listener:
    """A thread with a connection that listens to one channel and wakes those who wait for a payload.

    A lost connection is opened again after 0.2-2 s; every waiter is woken then, because a notice may have been missed.
    """

    def __init__(self, channel: str) -> None:
        self.channel = channel
        self._waiters: dict[str, WeakSet[Waiter]] = defaultdict(WeakSet)  # an answer that is never sent is forgotten
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._listening = threading.Event()

    def expect(self, payload: str) -> Waiter:
        """Register interest first, then look at the database, then wait: no notice is lost in between."""
        self._start()
        waiter = Waiter(self, payload)
        with self._lock:
            self._waiters[payload].add(waiter)
        return waiter

    def forget(self, payload: str, waiter: Waiter) -> None:
        with self._lock:
            self._waiters[payload].discard(waiter)
            if not self._waiters[payload]:
                del self._waiters[payload]

    def _start(self) -> None:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._listening.clear()
                self._thread = threading.Thread(target=self._run, name=f"listen {self.channel}", daemon=True)
                self._thread.start()
        self._listening.wait(2)

    def _run(self) -> None:
        pause = 0.2
        while True:
            try:
                with psycopg.connect(**connection_params(), autocommit=True) as listening:
                    listening.execute(f"LISTEN {self.channel}")
                    self._wake(*self._payloads())
                    self._listening.set()
                    pause = 0.2
                    for notice in listening.notifies():
                        self._wake(notice.payload)
            except psycopg.Error as error:
                logger.warning("listening again in %.1f s: %s", pause, str(error).strip())
            time.sleep(pause)
            pause = min(2.0, pause * 2)

    def _payloads(self) -> list[str]:
        with self._lock:
            return list(self._waiters)

    def _wake(self, *payloads: str) -> None:
        with self._lock:
            woken = [waiter for payload in payloads for waiter in self._waiters.get(payload, ())]
        for waiter in woken:
            waiter.wake()


goal_ended = Listener(GOAL_ENDED)
