"""The runner's end of the statements that are asked from processes of their own: one job, one answer, one end.

What a server sends is as large and as odd as its owner likes, and what reads it is C. So it is not read here: whatever
it costs, and however it ends, is the statement's own and nobody else's (decision 0040).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from actuators.databases.answer import Statement
from actuators.databases.target import Target
from actuators.databases.wire import LATE
from actuators.given import Refused

logger = logging.getLogger(__name__)

ROOT = Path(__file__).parents[2]
PROGRAM = "import sys; sys.path[:] = sys.argv[3:]; from actuators.databases.child import main; main(*sys.argv[1:3])"
START_S = 30.0
BACKLOG = 128
PID_BYTES = 8
GRACE_S = 3.0  # past the deadline, for a child that asks its server to stop before it answers
ROOM = 1 << 20  # bytes of an answer beyond its rows: names of columns, and what JSON needs around them
PIECE = 1 << 16
SENT = b"!"  # the first byte of a child that begins to send the statement: from here on it may have been done
ANSWER, REFUSAL, FAULT = b"A", b"R", b"F"
BEFORE_IT_WAS_SENT = {
    "timeout": "The time was over before the statement was sent.",
    "too_large": "The server said too much before the statement was sent.",
}
NO_PROCESS = "No process could be started for the statement; try again."


class Nursery:
    """The process that children are forked from. It has the drivers and nothing else of ours, and an empty environment.

    It ends, with every child, when this process does or lets go of ``_control``. Safe to use from any thread.

    Who wants a child connects to it. No descriptor is sent, in neither direction: the kernel counts those on their way
    by uid, and an ordinary user's sandbox can have so many that no other process of that user may send one.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._address = b""  # abstract, of this network: no sandbox is in it, and the nursery knows us by our number

    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def child(self) -> socket.socket:
        """Our end of the channel to a new child. Where there is no nursery, it blocks until there is one."""
        with self._lock:
            if not self.is_alive():
                self._start()
            ours = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                ours.settimeout(START_S)
                ours.connect(self._address)
            except BaseException:
                ours.close()
                raise
        ours.setblocking(False)
        return ours

    def _start(self) -> None:
        if self._control is not None:
            self._control.close()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
            door.bind("")  # the kernel finds a name
            door.listen(BACKLOG)
            self._address = door.getsockname()
            passed = [theirs.fileno(), door.fileno()]
            argv = [sys.executable, "-I", "-S", "-c", PROGRAM, *map(str, passed), str(ROOT)]
            self._process = subprocess.Popen(
                [*argv, *(os.path.abspath(place) for place in sys.path)], stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, env={}, cwd="/", pass_fds=passed, start_new_session=True,
            )  # fmt: skip
        self._control.settimeout(START_S)
        if not self._control.recv(1):  # its hello
            raise OSError("it ended at once")


NURSERY = Nursery()


async def ask(engine: str, target: Target, statement: Statement, deadline: float) -> str:
    """The answer's data as JSON. Raises Refused, in doubt when the statement was, or may have been, sent.

    Cancelled, or at ``deadline`` (of time.monotonic), the child is killed, and its connection with it.
    """
    job = json.dumps({
        "engine": engine, "target": asdict(target), "statement": asdict(statement),
        "seconds": max(0.001, deadline - time.monotonic()),
    }).encode()  # fmt: skip
    heard = bytearray()
    try:
        channel = NURSERY.child() if NURSERY.is_alive() else await asyncio.to_thread(NURSERY.child)
        with channel:
            async with asyncio.timeout_at(asyncio.get_running_loop().time() + deadline - time.monotonic() + GRACE_S):
                with _killed_at_last(await _pidfd(channel)):
                    await _converse(channel, job, heard, statement.max_bytes + ROOM)
    except TimeoutError:
        raise _refused("timeout", LATE, in_doubt=heard[:1] == SENT) from None
    except OSError as error:
        raise Refused("actuator_unavailable", NO_PROCESS, in_doubt=heard[:1] == SENT) from error
    return _read(bytes(heard))


@contextlib.contextmanager
def _killed_at_last(pidfd: int) -> Iterator[None]:
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):  # mostly it has ended by itself
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        os.close(pidfd)


async def _pidfd(channel: socket.socket) -> int:
    """A descriptor of the child, by which it can be killed without mistaking its number, which is what it says first.

    It waits for its job and has the only other end: while that is open, the number is still its own.
    """
    loop = asyncio.get_running_loop()
    came: asyncio.Future[None] = loop.create_future()
    loop.add_reader(channel.fileno(), _settle, came)
    try:
        await came
    finally:
        loop.remove_reader(channel.fileno())
    if not (number := channel.recv(PID_BYTES)):
        raise OSError("no child was born")
    pidfd = os.pidfd_open(int.from_bytes(number))
    try:
        if not channel.recv(1, socket.MSG_PEEK):
            raise OSError("the child died at once")
    except BlockingIOError:
        return pidfd
    except BaseException:
        os.close(pidfd)
        raise
    return pidfd


def _settle(came: asyncio.Future[None]) -> None:
    if not came.done():
        came.set_result(None)


async def _converse(channel: socket.socket, job: bytes, heard: bytearray, most: int) -> None:
    """By the channel alone, for the job has a password: no argument and no environment shows it."""
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(channel, job)
    channel.shutdown(socket.SHUT_WR)
    while piece := await loop.sock_recv(channel, PIECE):
        heard += piece
        if len(heard) > most:
            raise Refused("too_large", "The answer is too large.", in_doubt=True)


def _read(heard: bytes) -> str:
    """What a child said: the answer, or why there is none."""
    is_sent = heard[:1] == SENT
    said = heard[1:] if is_sent else heard
    kind, body = said[:1], said[1:]
    if kind == ANSWER:
        return body.decode()
    if kind == REFUSAL:
        code, words = json.loads(body)
        raise _refused(code, words, in_doubt=is_sent)
    if kind == FAULT:
        raise _fault(json.loads(body), in_doubt=is_sent)
    words = "The process that asked the server died: it needed more memory or time than a statement has."
    raise Refused("too_large", words, in_doubt=is_sent)


def _refused(code: str, words: str, *, in_doubt: bool) -> Refused:
    return Refused(code, words if in_doubt else BEFORE_IT_WAS_SENT.get(code, words), in_doubt=in_doubt)


def _fault(told: dict[str, Any], *, in_doubt: bool) -> Refused:
    """Where it broke is for us; what it broke on is the customer's, and is not logged."""
    logger.warning("a statement's answer could not be read: %s\n%s", told["error"], told["trace"])
    words = f"The server's answer could not be read ({told['error']})." if in_doubt else (
        f"The statement could not be sent ({told['error']})."
    )  # fmt: skip
    return Refused("database_error", words, in_doubt=in_doubt)
