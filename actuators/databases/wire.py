"""The socket under a driver, watched from outside: how long it takes, how much came, and its end.

A driver reads a row, however large, before it can be asked to stop; and a server need not obey.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from actuators.given import Refused

CONNECT_S = 10.0  # for one address
LOOK_S = 0.05
GRACE_S = 1.0  # how long a driver may take to notice that its socket is cut
OVERHEAD = 16 << 20  # bytes that may come beyond the answer's cap: what the kernel buffers, and one large row
RECEIVE_BUFFER = 128 * 1024
TCP_INFO_SIZE = 256
BYTES_RECEIVED = 128  # offset of tcpi_bytes_received in struct tcp_info, Linux 4.1

T = TypeVar("T")


class Wire:
    """A second descriptor of a connected socket; the driver keeps its own."""

    def __init__(self, fileno: int) -> None:
        self._socket = socket.socket(fileno=os.dup(fileno))
        # libpq reads for as long as anything waits, and lets nobody else have the processor meanwhile.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)

    def received(self) -> int:
        """Bytes that have come from the other side."""
        raw = self._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_SIZE)
        if len(raw) < BYTES_RECEIVED + 8:
            return 0
        return int(struct.unpack_from("Q", raw, BYTES_RECEIVED)[0])

    def cut(self) -> None:
        """End the connection under the driver, whichever thread waits on it."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give our descriptor back."""
        self._socket.close()


async def _nothing() -> None:
    return None


async def watched(
    work: Awaitable[T],
    wire: Wire,
    *,
    deadline: float,
    max_bytes: int,
    ask_to_stop: Callable[[], Awaitable[None]] = _nothing,
) -> T:
    """``work`` until ``deadline`` (of time.monotonic). Past it, or past the bytes, ask politely, then cut the wire.

    Raises Refused timeout or too_large. Cancelled, it cuts at once.
    """
    task = asyncio.ensure_future(work)
    try:
        while not task.done():
            left = deadline - time.monotonic()
            if left <= 0 or wire.received() > max_bytes * 4 + OVERHEAD:
                break
            await asyncio.wait({task}, timeout=min(LOOK_S, left))
        if task.done():
            return task.result()
        late = deadline <= time.monotonic()
        with contextlib.suppress(Exception):
            await asyncio.wait_for(ask_to_stop(), GRACE_S)
        raise _refusal(late)
    finally:
        if not task.done():
            wire.cut()
            await _end(task)


def _refusal(late: bool) -> Refused:
    if late:
        return Refused("timeout", "The time was over before the statement was. Whether it was done is not known.")
    return Refused("too_large", "The answer is too large. Whether the statement was done is not known.")


async def _end(task: asyncio.Future[T]) -> None:
    """Wait a moment for a task whose wire is cut, then leave it; what it raises is nobody's concern."""
    task.add_done_callback(lambda done: None if done.cancelled() else done.exception())
    await asyncio.wait({task}, timeout=GRACE_S)
    task.cancel()
