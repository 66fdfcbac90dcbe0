"""Work on the database from a process that waits on an event loop: threads that stay, each with its connection."""

from __future__ import annotations

import asyncio
import select
from collections.abc import Callable
from concurrent.futures import Executor
from contextvars import copy_context
from typing import Any, TypeVar

from django.db import close_old_connections, connection, reset_queries

T = TypeVar("T")


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
