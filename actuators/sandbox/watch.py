"""The watch over the memory of one run, where no cgroup holds it."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from actuators.sandbox.box import Box, until_still
from actuators.sandbox.held import Found, held_on, tasks_of

MEMORY_LOOK_S = 0.1
DUTY = 4  # a look that took t seconds is followed by at least this many t without one
KIB = 1024
FIELDS = {"VmRSS", "RssShmem", "VmPTE"}


class Memory(NamedTuple):
    """What processes were seen to have, in bytes: ``own`` to each, and ``shared`` memory, which files of it are too."""

    own: int
    shared: int


async def watch_memory(box: Box) -> None:
    """Look at the memory of a sandbox every 100 ms, until cancelled.

    A net and not a wall: what is allocated and freed between two looks is not seen, nor what the kernel keeps for the
    sandbox: buffers of sockets and pipes, System V segments that nobody has attached, semaphores and messages. Used
    only where the runner may not make a cgroup.

    Shared memory can be where nobody may look: mapped and not in use, on its way through a socket, in a process that
    lets nobody look into it. So the machine's is watched as well: what that has grown by since the run began, whoever
    took it, is charged to a run that may hide some.
    """
    clock = asyncio.get_running_loop().time
    took, least = 0.0, shared_memory()
    while True:
        await asyncio.sleep(max(MEMORY_LOOK_S, DUTY * took))
        began = clock()
        now = shared_memory()
        least = min(least, now)
        if await _has_too_much(box, now - least):
            box.kill("memory")
            return
        took = clock() - began


async def _has_too_much(box: Box, grown: int) -> bool:
    """Who is suspected and has children while it is looked at is looked at once more, and stands still for it.

    What is shared is inherited: a chain in which each has a child and ends is always where we have been, or not yet.
    Most families can be made to stand still; one that goes on having children then hides what it likes.
    """
    limit = box.limits.memory_bytes
    verdict = await asyncio.to_thread(is_over, box.pids, limit, grown)
    if verdict is None:
        with box.standing_still():
            await until_still([box])
            verdict = await asyncio.to_thread(is_over, box.pids, limit, grown)
    return verdict is not False


def is_over(pids: Callable[[], Iterable[int]], limit: int, grown: int) -> bool | None:
    """Whether the processes that ``pids()`` finds have more than ``limit`` bytes.

    ``grown`` is what all shared memory of the machine has grown by. None when that cannot be told: they may hide so
    much, and some were born after we had looked. Nobody can have been overlooked otherwise, for who is there in the
    end, and was in the beginning, was there when it was looked at.
    """
    met: set[int] = set()
    seen = seen_memory(_noting(pids(), met))
    if seen.own + max(seen.shared, grown) <= limit:
        return False  # whatever they hide
    # Of what is mapped only the part is known that a process is just using, where only root may look behind it.
    met.clear()
    held = held_on(_memory_device(), _noting(pids(), met))
    if held.hidden or held.unmeasured > 0 or seen.own + max(seen.shared, held.usage.bytes) > limit:
        return True
    return False if met.issuperset(pids()) else None


def _noting(pids: Iterable[int], met: set[int]) -> Iterator[int]:
    """Each as it is found, so that it is looked at at once: a moment later it may have ended."""
    for pid in pids:
        met.add(pid)
        yield pid


def seen_memory(pids: Iterable[int]) -> Memory:
    """Resident bytes of these processes with their page tables, and files of memory that they hold (memfd).

    Shared pages count for each. Of the files counts what goes beyond the shared pages, which may be the same.
    """
    files = Found(_memory_device())
    own = shared = 0
    for pid in pids:
        tasks = tasks_of(pid)
        sizes = _sizes(tasks)
        own += sizes.get("VmRSS", 0) - sizes.get("RssShmem", 0) + sizes.get("VmPTE", 0)
        shared += sizes.get("RssShmem", 0)
        for task in tasks:  # a thread may have descriptors of its own
            files.look_at_descriptors(task)
    return Memory(own, max(shared, sum(files.files.values())))


def shared_memory() -> int:
    """Bytes of it that the whole machine uses, in memory or swapped out; 0 where the kernel does not tell."""
    found = {}
    with contextlib.suppress(OSError), open("/proc/meminfo") as lines:
        for line in lines:
            name, _, value = line.partition(":")
            found[name] = int(value.split()[0]) * KIB
    return found.get("Shmem", 0) + found.get("SwapTotal", 0) - found.get("SwapFree", 0)


def _sizes(tasks: list[str]) -> dict[str, int]:
    """Of the first thread that has not ended: one that has shows nothing of the memory of all."""
    for task in tasks:
        sizes = {}
        with contextlib.suppress(OSError), open(f"{task}/status", errors="replace") as lines:
            for line in lines:
                name, _, value = line.partition(":")
                if name in FIELDS:
                    sizes[name] = int(value.split()[0]) * KIB
        if sizes:
            return sizes
    return {}


def _memory_device() -> int:
    """That of the kernel's own memory file system, which no mount shows and no size bounds."""
    with os.fdopen(os.memfd_create("device", os.MFD_CLOEXEC), "rb") as made:
        return os.fstat(made.fileno()).st_dev
