"""Files that were deleted and are still held open: no tree shows them, and they take their space all the same."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from actuators.sandbox.workspace import BLOCK, Usage


def held_by(pids: Iterable[int], path: Path) -> tuple[Usage, bool]:
    """Space and number of the deleted files that these processes hold on the file system of ``path``.

    By descriptor, or by a mapping; a file held by many counts once. The second answer is whether there are some that
    cannot be looked at: descriptors on their way from one process to another.
    """
    try:
        device = os.stat(path).st_dev
    except OSError:
        return Usage(0, 0), False
    found: dict[int, int] = {}
    hidden = False
    for pid in pids:
        for task in _listed(f"/proc/{pid}/task"):  # a thread may have descriptors of its own
            hidden = _descriptors(f"/proc/{pid}/task/{task}", device, found) or hidden
        found.update(_mapped(f"/proc/{pid}", device, found))
    return Usage(sum(found.values()), len(found)), hidden


def _descriptors(task: str, device: int, found: dict[int, int]) -> bool:
    """Add what a task holds to ``found`` (inode -> bytes). Whether there are some that cannot be seen."""
    hidden = False
    for number in _listed(f"{task}/fd"):
        try:
            held = os.stat(f"{task}/fd/{number}")
        except OSError:
            continue
        if stat.S_ISSOCK(held.st_mode):
            hidden = _carries_descriptors(f"{task}/fdinfo/{number}") or hidden
        elif held.st_dev == device and not held.st_nlink:
            found[held.st_ino] = held.st_blocks * BLOCK
    return hidden


def _carries_descriptors(fdinfo: str) -> bool:
    with contextlib.suppress(OSError), open(fdinfo) as lines:
        return any(line.startswith("scm_fds:") and int(line.split()[1]) for line in lines)
    return False


def _mapped(process: str, device: int, found: dict[int, int]) -> Iterator[tuple[int, int]]:
    """(inode, bytes) of deleted files that are mapped. Where we may not look at the file, as long as the mapping is."""
    with contextlib.suppress(OSError), open(f"{process}/maps", errors="replace") as lines:
        for line in lines:
            span, _, _, place, inode, *name = line.split(maxsplit=5)
            if not name or not name[0].endswith("(deleted)\n") or int(inode) in found:
                continue
            major, _, minor = place.partition(":")
            if os.makedev(int(major, 16), int(minor, 16)) == device:
                yield int(inode), _size_of(f"{process}/map_files/{span}", span)


def _size_of(link: str, span: str) -> int:
    try:
        return os.stat(link).st_blocks * BLOCK
    except OSError:
        low, _, high = span.partition("-")
        return int(high, 16) - int(low, 16)


def _listed(directory: str) -> list[str]:
    try:
        return os.listdir(directory)
    except OSError:  # it has ended
        return []
