"""Commands that write on while they are told to stand still.

A call is done to its end before who made it stands still, and one call writes up to a file of the greatest size, by
each thread. Neither SIGSTOP nor the freezer ends it half-way, only death does. So nobody waits for its end to count:
what is seen to be there meanwhile is enough, if it is over the quota.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from actuators.sandbox.box import STILL_LOOK_S, STILL_S, Box
from actuators.sandbox.held import Written, written_by
from actuators.sandbox.process import bytes_written, one_runs
from actuators.sandbox.workspace import measure

FEW_ENTRIES = 600  # of a bigger tree only so much is counted
FEW_PIDS = 20  # looking at so few is quicker than handing them to a thread
PAUSE_S = 0.25  # so long the kernel lets a writer wait for a slow disk between two pieces; who waits longer hangs
DUTY = 4  # where it goes on for long, a look that took t seconds is followed by at least this many t without one


class Suspect:
    """A command that has been told to stand still, on a workspace that may hold ``most`` bytes."""

    def __init__(self, box: Box, path: Path, most: int) -> None:
        self._box = box
        self._path = path
        self._most = most

    async def is_caught(self) -> bool:
        """True when it goes on and is seen over what it may hold; False when it stands still, or hangs.

        Where the freezer holds it nothing new is begun, and what has begun is waited for as long as it goes on. Signals
        are no such wall: who goes on in spite of them is counted as one that has run meanwhile.
        """
        if self._box.still:
            return False
        if self._tree_is_too_much(0):
            return True
        clock = asyncio.get_running_loop().time
        began = clock()
        patience = PAUSE_S if self._box.held_by_kernel else STILL_S
        until = began + patience
        before = last = await self._look()
        while not self._box.still and clock() < until:
            looked = clock()
            now = await self._look()
            if self._tree_is_too_much(0) or self._is_too_much(now, now.unseen_since(before)):
                return True
            if self._box.held_by_kernel and (now.wrote > last.wrote or one_runs(self._box.pids())):
                last, until = now, clock() + patience
            took = clock() - looked
            await asyncio.sleep(max(STILL_LOOK_S, took if clock() < began + STILL_S else DUTY * took))
        return False

    async def _look(self) -> _Look:
        pids = list(self._box.pids())
        if len(pids) <= FEW_PIDS:
            return _Look(pids, self._path)
        return await asyncio.to_thread(_Look, pids, self._path)

    def _is_too_much(self, look: _Look, unseen: int) -> bool:
        deleted, others = sum(look.files.deleted.values()), sum(look.files.others.values())
        if deleted + others + unseen > self._most:
            return True
        return deleted + unseen > 0 and self._tree_is_too_much(deleted + unseen)

    def _tree_is_too_much(self, beside: int) -> bool:
        """Seen twice: a file that is moved just then may be counted where it was and where it is."""
        return all(measure(self._path, max_entries=FEW_ENTRIES).bytes + beside > self._most for _ in range(2))


class _Look:
    """What processes have written until now, and what files of theirs show it. In an order that shows rather more."""

    def __init__(self, pids: Sequence[int], path: Path) -> None:
        self.wrote = bytes_written(pids)
        self.files: Written = written_by(pids, path)
        found = os.statvfs(path)
        self.free = found.f_bfree * found.f_frsize

    def unseen_since(self, before: _Look) -> int:
        """Bytes that were written, are missing from the free space, and are in no file that can be seen.

        A call keeps the file that it was given, whoever deletes and closes it meanwhile.
        """
        shown = 0
        for then, now in ((before.files.deleted, self.files.deleted), (before.files.others, self.files.others)):
            shown += sum(max(0, size - then.get(inode, 0)) for inode, size in now.items())
        return max(0, min(self.wrote - before.wrote - shown, before.free - self.free))
