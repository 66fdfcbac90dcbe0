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

    Walks by descriptor and never follows a link. Depth is bounded by the descriptors we allow
    ourselves: a tree deeper than that, like one that cannot be read, is answered as incomplete.
    A directory the customer closed to us is opened again by its mode, or it would hide its size.
    """
    walk = _Walk(max_entries)
    try:
        walk.into(_open_directory(str(path), None))
    except FileNotFoundError:
        return Usage(0, 0)
    except OSError:
        return Usage(0, 0, complete=False)
    return Usage(walk.bytes, walk.entries, walk.complete)


class _Walk:
    """One count. Breadth waits as (parent descriptor, name); a parent closes after its children."""

    MAX_DEPTH = 200

    def __init__(self, max_entries: int) -> None:
        self.bytes = 0
        self.entries = 0
        self.complete = True
        self._max = max_entries
        self._seen: set[tuple[int, int]] = set()

    def into(self, fd: int, depth: int = 0) -> None:
        """Count one open directory and, after it, the directories in it. Closes ``fd``."""
        try:
            for name in self._count(fd):
                if not self.complete:
                    return
                if depth >= self.MAX_DEPTH:
                    self.complete = False
                    return
                self._descend(name, fd, depth)
        finally:
            os.close(fd)

    def _descend(self, name: str, above: int, depth: int) -> None:
        try:
            below = _open_directory(name, above)
        except FileNotFoundError:
            return  # removed or replaced while we looked
        except NotADirectoryError:
            return
        except OSError:
            self.complete = False
            return
        self.into(below, depth + 1)

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
