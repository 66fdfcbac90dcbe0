"""A process that asks one server one thing, and the nursery that forks it. Nothing of it runs in the runner.

A child has memory and time for one statement, a low place in line for both, and no environment. It dies with the
nursery, which dies with the runner.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import json
import os
import resource
import select
import signal
import socket
import struct
import time
import traceback
from collections.abc import Callable
from math import ceil
from typing import Any

from actuators.databases import mysql, postgresql
from actuators.databases.answer import Statement
from actuators.databases.apart import ANSWER, FAULT, PID_BYTES, PIECE, REFUSAL, SENT
from actuators.databases.target import Target
from actuators.given import Refused

ENGINES = {"postgresql": postgresql.run, "mysql": mysql.run}
MEMORY = 128 << 20  # bytes of data beyond what the nursery has; a row is at most what wire.Wire lets through
SPACE = 512 << 20  # bytes of addresses beyond it, for kernels that do not count data
PAGE = resource.getpagesize()
NICENESS = 5
FRAMES = 12
PATIENCE_S = 0.01
FIRST_TO_GO = "600"  # of 1000, where the kernel must end somebody
PR_SET_PDEATHSIG = 1
NO_MEMORY = "The answer needed more memory than a statement has."


def main(control_fd: str, door_fd: str) -> None:
    """The nursery: a child for each connection of the runner's, until the runner is gone."""
    control, door = socket.socket(fileno=int(control_fd)), socket.socket(fileno=int(door_fd))
    door.setblocking(False)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a child; so none is left as a zombie
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    nursery = os.getpid()
    gc.freeze()
    control.send(b"1")
    while not (ready := select.select([control, door], [], [])[0]).count(control):
        channel = _caller(door) if ready else None
        if channel is None:
            continue
        try:
            is_child = os.fork() == 0
        except OSError:  # no more processes: the channel's end says so
            is_child = False
        if is_child:
            control.close()
            door.close()
            _live(channel, nursery)
        channel.close()


def _caller(door: socket.socket) -> socket.socket | None:
    """A connection of the runner's. Others of this machine may knock, too."""
    try:
        channel, _ = door.accept()
    except OSError:  # it has gone again, or the machine has no more descriptors
        time.sleep(PATIENCE_S)
        return None
    channel.setblocking(True)
    pid, _, _ = struct.unpack("iII", channel.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    if pid != os.getppid():
        channel.close()
        return None
    return channel


def _live(channel: socket.socket, nursery: int) -> None:
    """Never returns."""
    try:
        _wall_in(nursery)
        channel.sendall(os.getpid().to_bytes(PID_BYTES))
        if job := _all(channel):
            channel.sendall(_reply(json.loads(job), lambda: channel.sendall(SENT)))
    finally:
        os._exit(0)


def _wall_in(nursery: int) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != nursery:
        os._exit(0)
    os.dup2(0, 2)  # libpq and Python would say a customer's words there
    os.nice(NICENESS)
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write(FIRST_TO_GO)
    with open("/proc/self/statm") as file:
        sizes = [int(size) * PAGE for size in file.read().split()]
    for limit, most in (
        (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_DATA, sizes[5] + MEMORY), (resource.RLIMIT_AS, sizes[0] + SPACE),
    ):  # fmt: skip
        resource.setrlimit(limit, (most, most))


def _all(channel: socket.socket) -> bytes:
    pieces = []
    while piece := channel.recv(PIECE):
        pieces.append(piece)
    return b"".join(pieces)


def _reply(job: dict[str, Any], sending: Callable[[], None]) -> bytes:
    """What came of it. ``sending`` is called before the first byte of the statement goes out, and never undone."""
    seconds = job["seconds"]
    most = ceil(seconds) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (most, most))
    target = Target(**job["target"] | {"addresses": tuple(job["target"]["addresses"])})
    run = ENGINES[job["engine"]]
    try:
        answer = asyncio.run(run(target, Statement(**job["statement"]), time.monotonic() + seconds, sending))
        return ANSWER + json.dumps(answer.data(), ensure_ascii=False).encode()
    except Refused as refused:
        return REFUSAL + json.dumps([refused.code, str(refused)]).encode()
    except MemoryError:
        return REFUSAL + json.dumps(["too_large", NO_MEMORY]).encode()
    except Exception as error:  # noqa: BLE001 whatever a server did to a driver, who waits must hear of it
        trace = "".join(traceback.format_tb(error.__traceback__, limit=-FRAMES))
        return FAULT + json.dumps({"error": type(error).__name__, "trace": trace}).encode()
