"""The directory a customer's commands share, and how much is in it."""

from __future__ import annotations

import contextlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

UNREADABLE = stat.S_IRWXU
BLOCK = 512  # unit of st_blocks, whatever the file system's own block is


@dataclass(frozen=True)
class Workspace:
    """A prepared directory. ``host_uid`` is the account's own uid when the runner is root."""

    path: Path
    host_uid: int | None


@dataclass(frozen=True)
class Usage:
    """Disk taken by a workspace: bytes allocated, entries, and whether counting was cut short."""

    bytes: int
    entries: int
    complete: bool = True


def prepare_workspace(root: Path, name: str, host_uid: int | None) -> Workspace:
    """Create ``root/name``, mode 0700, owned by ``host_uid`` (gid the same); parents are 0711.

    Safe to repeat. Refuses, with ValueError, a name that is not one plain path component, and with
    OSError a symbolic link or a foreign owner where a directory should be. Name it with an
    opaque id: the customer can read the host path in /proc/self/mountinfo.
    """
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        raise ValueError(f"not a plain directory name: {name!r}")
    if host_uid is not None and host_uid <= 0:
        raise ValueError("a workspace is never owned by root")
    root = Path(os.path.abspath(root))
    _make_parents(root)
    above = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        _make_owned(above, name, host_uid)
    finally:
        os.close(above)
    return Workspace(root / name, host_uid)


def _make_parents(root: Path) -> None:
    for directory in (*reversed(root.parents), root):
        try:
            directory.mkdir(mode=0o711)
        except FileExistsError:
            continue
        directory.chmod(0o711)  # mkdir's mode went through the umask


def _make_owned(above: int, name: str, host_uid: int | None) -> None:
    """All by descriptor: between a look and a touch the name could become somebody's link."""
    with contextlib.suppress(FileExistsError):
        os.mkdir(name, 0o700, dir_fd=above)
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        fd = os.open(name, flags, dir_fd=above)
    except PermissionError:  # the customer made it unreadable, and we are not root
        os.chmod(name, 0o700, dir_fd=above)
        fd = os.open(name, flags, dir_fd=above)
    try:
        wanted = os.geteuid() if host_uid is None else host_uid
        owner = os.fstat(fd).st_uid
        if owner not in (wanted, os.geteuid()):
            raise PermissionError(f"workspace {name!r} belongs to uid {owner}, not {wanted}")
        if owner != wanted:
            os.fchown(fd, wanted, wanted)
        os.fchmod(fd, 0o700)
    finally:
        os.close(fd)


def measure(path: Path, *, max_entries: int) -> Usage:
    """Count what is in ``path``, itself excluded; stops after ``max_entries`` entries.

    Walks by descriptor and never follows a link, to any depth. What could not be read, or was moved while we were in
    it, makes the answer incomplete: it is no evidence of how little there is.
    A directory the customer closed to us is opened again by its mode, or it would hide its size.
    """
    walk = _Walk(max_entries)
    try:
        walk.whole(_open_directory(str(path), None))
    except FileNotFoundError:
        return Usage(0, 0)
    except OSError:
        return Usage(walk.bytes, walk.entries, complete=False)
    return Usage(walk.bytes, walk.entries, walk.complete)


@dataclass
class _Level:
    """A directory we are in: open, or far above and known by ``identity``; and those in it still to be counted."""

    fd: int | None
    waiting: list[str]
    identity: tuple[int, int] = (0, 0)


class _Walk:
    """One count, depth first. No recursion, MOST_OPEN descriptors at most: what is deeper leads back by its ".."."""

    MOST_OPEN = 200

    def __init__(self, max_entries: int) -> None:
        self.bytes = 0
        self.entries = 0
        self.complete = True
        self._max = max_entries
        self._seen: set[tuple[int, int]] = set()
        self._levels: list[_Level] = []  # from the top to where we are

    def whole(self, fd: int) -> None:
        """Count all below an open directory, and close it. Raises OSError where the way back is lost."""
        self._levels.append(_Level(fd, []))
        try:
            self._levels[-1].waiting = self._count(fd)
            while self._levels and self.entries <= self._max:
                if self._levels[-1].waiting:
                    self._descend(self._levels[-1])
                else:
                    self._ascend()
        finally:
            for level in self._levels:
                if level.fd is not None:
                    os.close(level.fd)

    def _descend(self, level: _Level) -> None:
        """Into the next directory that waits here."""
        assert level.fd is not None
        try:
            below = _open_directory(level.waiting.pop(), level.fd)
        except (FileNotFoundError, NotADirectoryError):
            return  # removed or replaced while we looked
        except OSError:
            self.complete = False
            return
        if len(self._levels) >= self.MOST_OPEN:
            level.identity = _identity(level.fd)
            os.close(level.fd)
            level.fd = None
        self._levels.append(_Level(below, []))
        self._levels[-1].waiting = self._count(below)

    def _ascend(self) -> None:
        """Out of a directory that is counted."""
        left = self._levels.pop()
        assert left.fd is not None
        try:
            if self._levels and self._levels[-1].fd is None:
                above = self._levels[-1]
                above.fd = _open_above(left.fd)
                if _identity(above.fd) != above.identity:
                    raise OSError("moved while it was counted")
        finally:
            os.close(left.fd)

    def _count(self, fd: int) -> list[str]:
        directories = []
        with os.scandir(fd) as listing:
            for entry in listing:
                self.entries += 1
                if self.entries > self._max:
                    self.complete = False
                    break
                try:
                    found = entry.stat(follow_symlinks=False)
                except PermissionError:  # a directory that may be listed and not passed through
                    within = _stat_within(fd, entry.name)
                    if within is None:
                        self.complete = False
                        continue
                    found = within
                except OSError:
                    continue  # gone since
                self._add(found)
                if stat.S_ISDIR(found.st_mode):
                    directories.append(entry.name)
        return directories

    def _add(self, found: os.stat_result) -> None:
        if found.st_nlink > 1 and not stat.S_ISDIR(found.st_mode):
            identity = (found.st_dev, found.st_ino)
            if identity in self._seen:
                return
            self._seen.add(identity)
        self.bytes += found.st_blocks * BLOCK


def _identity(fd: int) -> tuple[int, int]:
    found = os.fstat(fd)
    return (found.st_dev, found.st_ino)


def _open_above(fd: int) -> int:
    """The directory that an open one is in, opened again."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    try:
        return os.open("..", flags, dir_fd=fd)
    except PermissionError:
        os.fchmod(fd, UNREADABLE)
        return os.open("..", flags, dir_fd=fd)


def _stat_within(fd: int, name: str) -> os.stat_result | None:
    """What is in a directory that was closed to us, and is opened for it. None when that cannot be known."""
    with contextlib.suppress(OSError):
        os.fchmod(fd, UNREADABLE)
        return os.stat(name, dir_fd=fd, follow_symlinks=False)
    return None


def _open_directory(name: str, above: int | None) -> int:
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(name, flags, dir_fd=above)
    except PermissionError:
        handle = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=above)
    try:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            os.chmod(f"/proc/self/fd/{handle}", UNREADABLE)
        return os.open(f"/proc/self/fd/{handle}", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    finally:
        os.close(handle)
