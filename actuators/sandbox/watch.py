"""The watch over the memory of one run, where no cgroup holds it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

from actuators.sandbox.box import Box

MEMORY_LOOK_S = 0.1
PAGE = os.sysconf("SC_PAGE_SIZE")


async def watch_memory(box: Box) -> None:
    """Sum the resident memory of a sandbox every 100 ms, until cancelled.

    A net and not a wall: what is allocated and freed between two looks is not seen. Used only
    where the runner may not make a cgroup.
    """
    while True:
        await asyncio.sleep(MEMORY_LOOK_S)
        if resident_bytes(box.pids()) > box.limits.memory_bytes:
            box.kill("memory")
            return


def resident_bytes(pids: Iterator[int]) -> int:
    """Resident bytes of these processes; shared pages count for each."""
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/statm") as statm:
                total += int(statm.read().split()[1]) * PAGE
        except (OSError, IndexError):
            continue
    return total
