"""The watch over one run: wall clock, disk, and memory where no cgroup holds it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

from actuators.sandbox.box import Box
from actuators.sandbox.limits import Killed, Limits
from actuators.sandbox.workspace import Usage, measure

FIRST_LOOK_S = 0.25
MEMORY_LOOK_S = 0.1
DUTY = 10  # a look that took t seconds is followed by at least this many t without one
KNOWN_WORKSPACES = 4096
INLINE_ENTRIES = 300  # counting so few is quicker than handing them to a thread
PAGE = os.sysconf("SC_PAGE_SIZE")


class DiskGauge:
    """What is known of the disk use of the workspaces of this runner.

    A workspace over its quota may still be cleaned up: it is at fault only when it grew.
    """

    def __init__(self) -> None:
        self._known: dict[Path, Usage] = {}

    def over(self, path: Path, limits: Limits) -> bool:
        """Whether the last count was over the quota."""
        known = self._known.get(path)
        return known is not None and _over(known, limits)

    async def grew_over(self, path: Path, limits: Limits) -> bool:
        """Count now. True when over the quota and more than at the count before."""
        before = self._known.get(path)
        if before is None or before.entries <= INLINE_ENTRIES:
            now = measure(path, max_entries=2 * INLINE_ENTRIES)
            if not now.complete:
                now = await asyncio.to_thread(measure, path, max_entries=limits.workspace_files)
        else:
            now = await asyncio.to_thread(measure, path, max_entries=limits.workspace_files)
        return self._judge(path, now, limits)

    def big(self, path: Path) -> bool:
        """Whether the last count was of so many files that another takes milliseconds."""
        known = self._known.get(path)
        return known is not None and known.entries > INLINE_ENTRIES

    def _judge(self, path: Path, now: Usage, limits: Limits) -> bool:
        before = self._known.pop(path, Usage(0, 0))
        self._known[path] = now
        while len(self._known) > KNOWN_WORKSPACES:  # the one counted longest ago goes
            del self._known[next(iter(self._known))]
        return _over(now, limits) and _size(now) > _size(before)


def _over(usage: Usage, limits: Limits) -> bool:
    too_many = usage.entries > limits.workspace_files
    return not usage.complete or too_many or usage.bytes > limits.workspace_bytes


def _size(usage: Usage) -> tuple[int, int]:
    return (usage.bytes, usage.entries)


async def watch_disk(gauge: DiskGauge, path: Path, limits: Limits, kill: Callable[[Killed], None]) -> None:
    """Count now and every 250 ms, or less often when counting takes long, until cancelled."""
    clock = asyncio.get_running_loop().time
    while True:
        began = clock()
        if await gauge.grew_over(path, limits):
            kill("disk")
            return
        await asyncio.sleep(max(FIRST_LOOK_S, DUTY * (clock() - began)))


async def watch_memory(box: Box) -> None:
    """Sum the resident memory of a sandbox every 100 ms, until cancelled.

    A net and not a wall: what is allocated and freed between two looks is not seen. Used only
    where the runner may not make a cgroup.
    """
    while True:
        await asyncio.sleep(MEMORY_LOOK_S)
        pid = box.host_pid
        if pid is not None and resident_bytes(pid) > box.limits.memory_bytes:
            box.kill("memory")
            return


def resident_bytes(root_pid: int) -> int:
    """Resident bytes of a process and all its descendants; shared pages count for each."""
    total = 0
    queue = [root_pid]
    while queue:
        pid = queue.pop()
        try:
            with open(f"/proc/{pid}/statm") as statm:
                total += int(statm.read().split()[1]) * PAGE
            for thread in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{thread}/children") as children:
                    queue.extend(map(int, children.read().split()))
        except (OSError, IndexError):
            continue
    return total
