"""The watch over the memory of one run, where no cgroup holds it."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterable

from actuators.sandbox.box import Box
from actuators.sandbox.workspace import BLOCK

MEMORY_LOOK_S = 0.1
DUTY = 4  # a look that took t seconds is followed by at least this many t without one
KIB = 1024
FIELDS = {"VmRSS", "RssShmem", "VmPTE"}


async def watch_memory(box: Box) -> None:
    """Sum the memory of a sandbox every 100 ms, until cancelled.

    A net and not a wall: what is allocated and freed between two looks is not seen, nor what the kernel keeps for the
    sandbox: buffers of sockets and pipes, System V segments that nobody has attached, semaphores and messages. Used
    only where the runner may not make a cgroup.
    """
    clock = asyncio.get_running_loop().time
    took = 0.0
    while True:
        await asyncio.sleep(max(MEMORY_LOOK_S, DUTY * took))
        began = clock()
        if await asyncio.to_thread(used_bytes, list(box.pids())) > box.limits.memory_bytes:
            box.kill("memory")
            return
        took = clock() - began


def used_bytes(pids: Iterable[int]) -> int:
    """Resident bytes of these processes with their page tables, and files of memory that they hold (memfd).

    Shared pages count for each. Of the files counts what goes beyond the shared pages, which may be the same.
    """
    device = _memory_device()
    total = shared = 0
    files: dict[int, int] = {}
    for pid in pids:
        sizes = _sizes(pid)
        total += sizes.get("VmRSS", 0) + sizes.get("VmPTE", 0)
        shared += sizes.get("RssShmem", 0)
        _add_files(pid, device, files)
    return total + max(0, sum(files.values()) - shared)


def _sizes(pid: int) -> dict[str, int]:
    sizes = {}
    with contextlib.suppress(OSError), open(f"/proc/{pid}/status", errors="replace") as lines:
        for line in lines:
            name, _, value = line.partition(":")
            if name in FIELDS:
                sizes[name] = int(value.split()[0]) * KIB
    return sizes


def _add_files(pid: int, device: int, files: dict[int, int]) -> None:
    """Those of the kernel's own memory file system, which no mount shows and no size bounds: inode -> bytes."""
    with contextlib.suppress(OSError):
        for number in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):  # closed since
                held = os.stat(f"/proc/{pid}/fd/{number}")
                if held.st_dev == device:
                    files[held.st_ino] = held.st_blocks * BLOCK


def _memory_device() -> int:
    with os.fdopen(os.memfd_create("device", os.MFD_CLOEXEC), "rb") as made:
        return os.fstat(made.fileno()).st_dev
