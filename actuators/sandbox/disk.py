"""The disk quota of a workspace, kept by looking: at the file system all the time, at its files only now and then.

Counting a tree takes up to a second, and a second is a gigabyte. But what a workspace has grown by is missing from the
free space of its file system, and asking for that takes microseconds. So each count is remembered with the free space
there was; as long as the count and all that has gone since, whoever took it, are within the quota together, the
workspace is too, and nothing is counted. Otherwise the command is held still, and its files are counted.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from actuators.sandbox.box import DEATH_S, Box, until_still
from actuators.sandbox.caught import Suspect
from actuators.sandbox.held import Held, held_by
from actuators.sandbox.limits import Limits
from actuators.sandbox.workspace import Usage, measure

NOTHING = Usage(0, 0)
KNOWN_WORKSPACES = 4096
INLINE_ENTRIES = 300  # counting so few is quicker than handing them to a thread
FULL = 2  # times the quota: nothing runs any more in a workspace that holds so much, and nobody counts further

FIRST_LOOK_S = 0.01  # most runs have ended before, and cost nothing
SHORTEST_LOOK_S, LONGEST_LOOK_S = 0.002, 0.02
# No command is thought to be faster: two processors were seen to write 10 GB/s, and memory does not take it from many.
PROCESSORS = min(4, os.cpu_count() or 1)
BYTES_PER_S, FILES_PER_S = PROCESSORS * (8 << 30), PROCESSORS * 200_000
SLACK = 64  # a part of the quota: what has to go from the free space before a count is worth it
ROUTINE_S = 0.25  # counted so often at most where nothing is suspected: some file systems tell of free space late
DUTY = 10  # a routine count that took t seconds is followed by at least this many t without one
NOTICED_S = 0.05  # a count that takes longer is followed by as long a rest

log = logging.getLogger(__name__)


class Free(NamedTuple):
    """What a file system has left."""

    bytes: int
    entries: int


@dataclass
class _Known:
    """The last count of a workspace, and the most that was seen free since it began."""

    usage: Usage
    free: Free
    counted: bool = True
    held: Usage = NOTHING
    next_free: Free | None = None  # the same for the count that goes on now

    def see(self, free: Free) -> Usage:
        """What is used at most. Space that others gave back while this grew hides nothing after the next look."""
        self.free = _higher(self.free, free)
        if self.next_free is not None:
            self.next_free = _higher(self.next_free, free)
        gone = Usage(self.free.bytes - free.bytes, self.free.entries - free.entries)
        return _sum(gone, self.total)

    def settle(self) -> None:
        """A count has ended: from now on what goes is what has gone since it began."""
        self.counted = True
        self.free = self.next_free or self.free  # None: another count that began earlier has ended before

    @property
    def total(self) -> Usage:
        """What was counted."""
        return _sum(self.usage, self.held)


class DiskGauge:
    """What is known of the disk use of the workspaces of this runner.

    A workspace over its quota may still be cleaned up: it is at fault only when it grew.
    """

    def __init__(self) -> None:
        self._known: dict[Path, _Known] = {}

    def over(self, path: Path, limits: Limits) -> bool:
        """Whether the last count was over the quota."""
        known = self._known.get(path)
        return known is not None and _over(known.usage, limits)

    async def full(self, path: Path, limits: Limits) -> bool:
        """Whether it holds so many times its quota that it could only grow on; counted anew, somebody may have deleted.

        Each run over the quota can add a little before it is killed, whatever it is allowed: without this, for ever.
        """
        known = self._known.get(path)
        if known is None or not _full(known.usage, limits):
            return False
        clock = asyncio.get_running_loop().time
        began = clock()
        known.usage = await asyncio.to_thread(measure, path, max_entries=_most(limits))
        await asyncio.sleep(clock() - began)  # or one who asks again and again would take a processor from all
        return _full(known.usage, limits)

    def big(self, path: Path) -> bool:
        """Whether the last count was of so many files that another takes milliseconds."""
        known = self._known.get(path)
        return known is not None and known.usage.entries > INLINE_ENTRIES

    def look(self, path: Path, limits: Limits) -> float:
        """Seconds until the next look is due; 0 when the workspace may be over its quota by now."""
        known = self._met(path)
        most = known.see(_free(path))
        if not known.counted:
            return 0
        left_bytes = _wanted(limits.workspace_bytes, known.total.bytes) - most.bytes
        left_files = _wanted(limits.workspace_files, known.total.entries) - most.entries
        if left_bytes <= 0 or left_files <= 0:
            return 0
        return min(LONGEST_LOOK_S, max(SHORTEST_LOOK_S, min(left_bytes / BYTES_PER_S, left_files / FILES_PER_S)))

    async def grew_over(
        self, path: Path, limits: Limits, boxes: Sequence[Box], *, running: bool = False, suspect: Box | None = None
    ) -> bool:
        """Count now. True when over the quota and more than at the count before, or too much to be counted.

        ``boxes`` are all sandboxes that run on it: files that they have deleted and hold open take space too. They
        stand still meanwhile: who moves files to where we have been already would hide them. ``running``: one of them
        is watched. ``suspect`` is that one, where it may be killed before it has come to stand still.
        """
        known = self._met(path)
        free = _free(path)
        most = known.see(free) if boxes else NOTHING
        known.next_free = known.next_free or free
        was_counted, before = known.counted, known.total
        try:
            with _standing_still(boxes):
                allowed = max(limits.workspace_bytes, before.bytes)
                if suspect is not None and was_counted and await Suspect(suspect, path, allowed).is_caught():
                    return True
                known.usage, held = await _count(path, limits, boxes)
            known.held = _charged(held, _rest(most, known.usage), limits)
            known.settle()
        finally:
            known.next_free = None
        if running and not was_counted:
            return False  # the workspace of a runner that has just started: what was there before is not this run's
        return _over(known.total, limits) and _grew(before, known.total, limits)

    async def shows_more(self, path: Path, limits: Limits, boxes: Sequence[Box] = ()) -> bool:
        """A routine count of what can be seen: whether it is over the quota, and more than what is known.

        Nobody stands still for it, so it is never taken for all there is; what it cannot count is counted properly.
        """
        found = measure(path, max_entries=2 * INLINE_ENTRIES)
        if not found.complete:
            found = await asyncio.to_thread(measure, path, max_entries=_most(limits))
        known = self._met(path)
        if not found.complete:
            return await self.grew_over(path, limits, boxes, running=True)
        if not _over(found, limits) or not _grew(known.total, found, limits):
            return False
        known.usage, known.counted = found, True  # the next run is born knowing it; what has gone is still from before
        return True

    def _met(self, path: Path) -> _Known:
        known = self._known.get(path)
        if known is None:
            known = self._known[path] = _Known(NOTHING, _free(path), counted=False)
            while len(self._known) > KNOWN_WORKSPACES:  # the one met longest ago goes
                del self._known[next(iter(self._known))]
        return known


async def watch_disk(gauge: DiskGauge, limits: Limits, box: Box, all_boxes: Callable[[], list[Box]]) -> None:
    """Look until the run is over its quota, and kill it then, or until cancelled. What cannot be watched is killed too.

    ``all_boxes`` tells the sandboxes that run on this workspace now, ``box`` among them.
    """
    path = Path(box.birth.path)
    routine = asyncio.create_task(_watch_routinely(gauge, path, limits, all_boxes))
    try:
        while not routine.done():
            pause = gauge.look(path, limits)
            if not pause:
                boxes = all_boxes()
                with _standing_still(boxes):
                    if await gauge.grew_over(path, limits, boxes, running=True, suspect=box):
                        box.condemn("disk")
                        await asyncio.wait([box.ended], timeout=DEATH_S)  # it never goes on
                        return
                pause = SHORTEST_LOOK_S
            await asyncio.sleep(pause)
        routine.result()  # or what broke it
        box.condemn("disk")
    except Exception:
        log.exception("the disk use of a run cannot be watched")
        box.kill("disk")
    finally:
        routine.cancel()


async def _watch_routinely(gauge: DiskGauge, path: Path, limits: Limits, all_boxes: Callable[[], list[Box]]) -> None:
    """Until it is over: for file systems that tell late of what has gone."""
    clock = asyncio.get_running_loop().time
    took = 0.0
    while True:
        await asyncio.sleep(max(ROUTINE_S, DUTY * took))
        began = clock()
        if await gauge.shows_more(path, limits, all_boxes()):
            return
        took = clock() - began


async def _count(path: Path, limits: Limits, boxes: Sequence[Box]) -> tuple[Usage, Held]:
    """The files of a workspace, and those deleted and held. Those who can be made to stand still do."""
    with _standing_still(boxes):
        await until_still(boxes)
        before = [box.turns() for box in boxes]
        clock = asyncio.get_running_loop().time
        began = clock()
        found = measure(path, max_entries=2 * INLINE_ENTRIES)
        if not found.complete:
            found = await asyncio.to_thread(measure, path, max_entries=_most(limits))
        if not boxes:
            return found, Held(NOTHING, 0, hidden=False)
        held = await asyncio.to_thread(held_by, [pid for box in boxes for pid in box.pids()], path)
        if any(box.has_run_since(turns) for turns, box in zip(before, boxes, strict=True)):
            held = held._replace(hidden=True)  # what was moved meanwhile may have been overlooked
        if clock() - began > NOTICED_S:
            await asyncio.sleep(clock() - began)  # or one who keeps us counting would take a processor from all
    return found, held


@contextmanager
def _standing_still(boxes: Sequence[Box]) -> Iterator[None]:
    with ExitStack() as stack:
        for box in boxes:
            stack.enter_context(box.standing_still())
        yield


def _charged(held: Held, gone: Usage, limits: Limits) -> Usage:
    """What no look tells is thought to be all that has gone, or as much of it as so many files can have."""
    seen = held.usage
    if held.hidden:
        return Usage(max(seen.bytes, gone.bytes), max(seen.entries, gone.entries))
    return Usage(max(seen.bytes, min(gone.bytes, seen.bytes + held.unmeasured * limits.file_bytes)), seen.entries)


def _free(path: Path) -> Free:
    try:
        found = os.statvfs(path)
    except OSError:  # removed: the run fails by itself
        return Free(0, 0)
    return Free(found.f_bfree * found.f_frsize, found.f_ffree)


def _higher(one: Free, other: Free) -> Free:
    return Free(max(one.bytes, other.bytes), max(one.entries, other.entries))


def _wanted(quota: int, used: int) -> int:
    """What has to be used at most for a count to be worth it."""
    return max(quota, used + quota // SLACK)


def _rest(most: Usage, seen: Usage) -> Usage:
    return Usage(max(0, most.bytes - seen.bytes), max(0, most.entries - seen.entries))


def _sum(one: Usage, other: Usage) -> Usage:
    return Usage(one.bytes + other.bytes, one.entries + other.entries, one.complete and other.complete)


def _over(usage: Usage, limits: Limits) -> bool:
    too_many = usage.entries > limits.workspace_files
    return not usage.complete or too_many or usage.bytes > limits.workspace_bytes


def _grew(before: Usage, now: Usage, limits: Limits) -> bool:
    """Whether there is more than before of what there is too much of. A count that was cut short is never less."""
    more_files = now.entries > limits.workspace_files and now.entries > before.entries
    return not now.complete or more_files or _size(now) > _size(before)


def _full(usage: Usage, limits: Limits) -> bool:
    too_many = usage.entries > FULL * limits.workspace_files
    return not usage.complete or too_many or usage.bytes > FULL * limits.workspace_bytes


def _most(limits: Limits) -> int:
    """Entries after which a count may stop."""
    return FULL * limits.workspace_files


def _size(usage: Usage) -> tuple[int, int]:
    return (usage.bytes, usage.entries)
