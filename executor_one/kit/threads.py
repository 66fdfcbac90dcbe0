"""Work on the database from a process that waits on an event loop: threads that stay, each with its connection."""

from __future__ import annotations

import asyncio
import logging
import select
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, TypeVar

from django.db import DatabaseError, InterfaceError, OperationalError, close_old_connections, connection, reset_queries

logger = logging.getLogger(__name__)
T = TypeVar("T")

AWAY = (OperationalError, InterfaceError)  # the database is, or the connection to it


async def in_thread(threads: Executor, work: Callable[[], T]) -> T:
    """Run `work` in one of the threads, in a copy of the caller's context."""
    context = copy_context()
    return await asyncio.get_running_loop().run_in_executor(threads, context.run, _tidily, work)


def _tidily(work: Callable[[], T]) -> T:
    """Run in one of our threads, and leave nothing of a request to the next one."""
    if connection.connection is not None and _hung_up(connection.connection):
        connection.close()
    try:
        return work()
    finally:
        reset_queries()
        close_old_connections()


def _hung_up(idle: Any) -> bool:
    """Whether the server has closed a connection that nobody used: such a socket has something to read, its end."""
    if idle.closed:
        return True
    looking = select.poll()  # select() knows no file beyond the 1,024th, and each socket is one
    looking.register(idle.fileno(), select.POLLIN)
    return bool(looking.poll(0))


class DatabaseThreads:
    """Database calls of a process that has an event loop and nothing else to do, such as a runner.

    `insist` takes the errors `retried` for a database that is away, but for those of them in `raised`.
    """

    def __init__(
        self, number: int, *, retried: tuple[type[Exception], ...] = AWAY, raised: tuple[type[Exception], ...] = ()
    ) -> None:
        self._threads = ThreadPoolExecutor(number, thread_name_prefix="database")
        self._retried, self._raised = retried, raised

    async def once(self, call: Callable[[], T]) -> T:
        """What `call` answers in a thread, or its error."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, _freshly, call)

    async def insist(self, call: Callable[[], T]) -> T:
        """As `once`, tried again while the database is away, every 0.1 to 2 s. `call` may be cut off at any place."""
        pause = 0.1
        while True:
            try:
                return await self.once(call)
            except self._raised:
                raise
            except self._retried as error:
                logger.warning("database: %s; again in %.1f s", str(error).strip(), pause)
            await asyncio.sleep(pause)
            pause = min(2.0, pause * 2)

    def shutdown(self) -> None:
        """No call from now on; those that go on end by themselves."""
        self._threads.shutdown(wait=False)


def _freshly(call: Callable[[], T]) -> T:
    """Each thread keeps its connection; a broken one is dropped so that the next try opens another."""
    try:
        return call()
    except (DatabaseError, InterfaceError):
        connection.close()
        raise
