"""Files that were deleted and are still held: no tree shows them, and they take their space all the same."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from actuators.sandbox.workspace import BLOCK, Usage

PF_EXITING = 0x4


class Held(NamedTuple):
    """What processes hold of deleted files. A file held by many counts once.

    ``unmeasured`` is the number of those that are mapped and that we may not look at; they count as long as they are
    mapped. ``hidden``: there may be any number of others, on their way from one process to another, or in one that we
    may not look into.
    """

    usage: Usage
    unmeasured: int
    hidden: bool


def held_by(pids: Iterable[int], path: Path) -> Held:
    """What these processes hold on the file system of ``path``: by descriptor, mapping, program, directory."""
    try:
        return held_on(os.stat(path).st_dev, pids)
    except OSError:
        return Held(Usage(0, 0), 0, hidden=False)


def held_on(device: int, pids: Iterable[int]) -> Held:
    """The same on a file system that may have no place, like that of the kernel's files of memory."""
    found, threads = Found(device), []
    for pid in pids:
        # Of a process whose first thread has ended, only the others show anything.
        tasks = tasks_of(pid)
        for task in tasks:  # a thread may have descriptors and directories of its own
            found.look_at_descriptors(task)
            for link in ("cwd", "exe"):  # a directory keeps the size that its files have given it
                found.look_at(f"{task}/{link}")
        any(found.look_at_mappings(f"/proc/{pid}", task) for task in tasks)
        threads += tasks
    found.look_for_sockets(threads)
    unmeasured = {inode: length for inode, length in found.mapped.items() if inode not in found.files}
    files, length = len(found.files) + len(unmeasured), sum(found.files.values()) + sum(unmeasured.values())
    return Held(Usage(length, files), len(unmeasured), found.hidden)


class Written(NamedTuple):
    """Files that processes have open, inode -> bytes: deleted ones, and those with a name that they may write to."""

    deleted: dict[int, int]
    others: dict[int, int]


def written_by(pids: Iterable[int], path: Path) -> Written:
    """Those on the file system of ``path``. What an ordinary user may not look at is not among them."""
    written = Written({}, {})
    with contextlib.suppress(OSError):
        device = os.stat(path).st_dev
        for pid in pids:
            for number in _listed(f"/proc/{pid}/fd"):
                with contextlib.suppress(OSError):
                    held = os.stat(f"/proc/{pid}/fd/{number}")
                    if held.st_dev != device or not stat.S_ISREG(held.st_mode):
                        continue
                    if not held.st_nlink:
                        written.deleted[held.st_ino] = held.st_blocks * BLOCK
                    elif _may_write(f"/proc/{pid}/fdinfo/{number}"):
                        written.others[held.st_ino] = held.st_blocks * BLOCK
    return written


def _may_write(fdinfo: str) -> bool:
    with contextlib.suppress(OSError), open(fdinfo) as lines:
        flags = next((line.split()[1] for line in lines if line.startswith("flags:")), "0")
        return int(flags, 8) & os.O_ACCMODE != os.O_RDONLY
    return False


class Found:
    """Deleted files of one file system, as they are found: inode -> bytes."""

    def __init__(self, device: int) -> None:
        self.device = device
        self.files: dict[int, int] = {}
        self.mapped: dict[int, int] = {}  # those that could not be measured
        self.sockets: set[int] = set()
        self.hidden = False

    def look_at(self, link: str) -> os.stat_result | None:
        """Count what a link of /proc leads to, if it is one of them. None when we may not know, or it is gone."""
        try:
            held = os.stat(link)
        except OSError:
            return None
        if held.st_dev == self.device and not held.st_nlink:
            self.files[held.st_ino] = held.st_blocks * BLOCK
        return held

    def look_at_descriptors(self, task: str) -> None:
        try:
            numbers = os.listdir(f"{task}/fd")
        except PermissionError:  # it runs what only root may read, and is an ordinary user's
            self.hidden = self.hidden or not _exiting(task)
            return
        except OSError:  # it has ended
            return
        for number in numbers:
            held = self.look_at(f"{task}/fd/{number}")
            if held and stat.S_ISSOCK(held.st_mode):
                self.sockets.add(held.st_ino)
                self.hidden = self.hidden or bool(descriptors_in(f"{task}/fdinfo/{number}"))

    def look_for_sockets(self, tasks: list[str]) -> None:
        """A socket that nobody has, and that is there, is on its way through another, or through itself, with others.

        The kernel tells of all that were made in a network. Ours is not meant: who holds the sandbox is in it.
        """
        known = {_network("/proc/self")}
        for task in tasks:
            network = _network(task)
            if network and network not in known and (there := _unix_sockets(task)) is not None:
                known.add(network)
                missing = there - self.sockets
                self.hidden = self.hidden or bool(missing and missing - _own_sockets())

    def look_at_mappings(self, process: str, task: str) -> bool:
        """Count what is mapped. False: this thread has ended, and shows nothing of what the others have mapped."""
        alive = False
        with contextlib.suppress(OSError), open(f"{task}/maps", errors="replace") as lines:
            for line in lines:
                alive = True
                span, _, _, place, inode, *name = line.split(maxsplit=5)
                if name and name[0].endswith("(deleted)\n") and self._is_here(place):
                    self._map(int(inode), f"{process}/map_files/{span}", span)
        return alive

    def _is_here(self, place: str) -> bool:
        major, _, minor = place.partition(":")
        return os.makedev(int(major, 16), int(minor, 16)) == self.device

    def _map(self, inode: int, link: str, span: str) -> None:
        if inode not in self.files and self.look_at(link) is None:
            low, _, high = span.partition("-")
            self.mapped[inode] = max(self.mapped.get(inode, 0), int(high, 16) - int(low, 16))


def descriptors_in(fdinfo: str) -> int:
    """How many descriptors wait in a unix socket for whoever reads it. Not those in sockets that wait there."""
    with contextlib.suppress(OSError), open(fdinfo) as lines:
        return next((int(line.split()[1]) for line in lines if line.startswith("scm_fds:")), 0)
    return 0


def tasks_of(pid: int) -> list[str]:
    """The threads of a process, as directories of /proc."""
    return [f"/proc/{pid}/task/{task}" for task in _listed(f"/proc/{pid}/task")]


def _network(task: str) -> int:
    """Which network namespace a thread is in; 0 for one that has ended or that we may not look into."""
    with contextlib.suppress(OSError):
        return os.stat(f"{task}/ns/net").st_ino
    return 0


def _unix_sockets(task: str) -> set[int] | None:
    """Inodes of the unix sockets of a thread's network. None when it has ended. 0 is one that nobody has accepted:
    what waits in it is told of who listens."""
    with contextlib.suppress(OSError), open(f"{task}/net/unix", errors="replace") as lines:
        return {int(line.split(maxsplit=7)[6]) for line in list(lines)[1:]} - {0}
    return None


def _own_sockets() -> set[int]:
    """Those of this process: the other ends of a way out are counted to the network they lead from."""
    found = set()
    for number in _listed("/proc/self/fd"):
        with contextlib.suppress(OSError):
            held = os.fstat(int(number))
            if stat.S_ISSOCK(held.st_mode):
                found.add(held.st_ino)
    return found


def _exiting(task: str) -> bool:
    """Whether a thread is ending, so that it soon holds nothing. Everybody may know that."""
    try:
        with open(f"{task}/stat", errors="replace") as line:
            return bool(int(line.read().rpartition(")")[2].split()[6]) & PF_EXITING)
    except (OSError, IndexError):
        return True


def _listed(directory: str) -> list[str]:
    try:
        return os.listdir(directory)
    except OSError:  # it has ended
        return []
