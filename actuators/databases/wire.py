"""The socket under a driver, watched from outside: how long it takes, how much came, and its end.

A driver reads a row, however large, before it can be asked to stop; and a server need not obey.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
import threading
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from actuators.given import Refused

CONNECT_S = 10.0  # for one address
LOOK_S = 0.02
GRACE_S = 1.0  # how long a driver may take to notice that its socket is cut
OVERHEAD = 16 << 20  # bytes that may come beyond the answer's: what the kernel buffers, and one large row
TCP_INFO_SIZE = 256
BYTES_RECEIVED = 128  # offset of tcpi_bytes_received in struct tcp_info, Linux 4.1

LATE = "The time was over before the statement was. Whether it was done is not known."

T = TypeVar("T")


class Wire:
    """A second descriptor of a connected socket; the driver keeps its own. Cut when more than ``most`` bytes came."""

    def __init__(self, fileno: int, most: int) -> None:
        self._socket = socket.socket(fileno=os.dup(fileno))
        self._most = most + OVERHEAD
        self._closed = threading.Event()
        self.overrun = False
        self._watch = threading.Thread(target=self._look, name="wire", daemon=True)
        self._watch.start()

    def _look(self) -> None:
        """A thread: libpq reads for as long as anything waits, and the event loop stands still meanwhile."""
        while not self._closed.wait(LOOK_S):
            if self._received() > self._most:
                self.overrun = True
                self.cut()
                return

    def _received(self) -> int:
        raw = self._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_SIZE)
        if len(raw) < BYTES_RECEIVED + 8:
            return 0
        return int(struct.unpack_from("Q", raw, BYTES_RECEIVED)[0])

    def cut(self) -> None:
        """End the connection under the driver, whichever thread waits on it."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Cut it, and give our descriptor back."""
        self.cut()
        self._closed.set()
        self._watch.join()
        self._socket.close()


async def _nothing() -> None:
    return None


async def watched(
    work: Awaitable[T], wire: Wire, deadline: float, ask_to_stop: Callable[[], Awaitable[None]] = _nothing
) -> T:
    """``work`` until ``deadline`` (of time.monotonic). Past it, ask the server politely, then cut the wire.

    Raises Refused timeout or too_large. Cancelled, it cuts at once.
    """
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=max(0.0, deadline - time.monotonic()))
        if wire.overrun:
            raise Refused("too_large", "The answer is too large. Whether the statement was done is not known.")
        if done:
            return task.result()
        with contextlib.suppress(Exception):
            await asyncio.wait_for(ask_to_stop(), GRACE_S)
        raise Refused("timeout", LATE)
    finally:
        wire.cut()
        await _end(task)


async def _end(task: asyncio.Future[T]) -> None:
    """Wait a moment for a task whose wire is cut, then leave it; what it raises is nobody's concern."""
    task.add_done_callback(lambda done: None if done.cancelled() else done.exception())
    await asyncio.wait({task}, timeout=GRACE_S)
    task.cancel()
