"""Files of one account, changed by the server: by descriptor, owned by the account, within its quota."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import threading
import time
from collections.abc import Iterator

from actuators.beneath import (
    DIRECTORY,
    closing,
    open_beneath,
    open_closed_directory,
    open_regular,
    opened,
    parts_of,
    refuse_special,
    refusing,
)
from actuators.drafts import draft_name
from actuators.given import Refused
from actuators.sandbox import Limits, Workspace
from actuators.sandbox.workspace import BLOCK, measure

MAX_READ = 64 * 1024
FILE_MODE, DIRECTORY_MODE = 0o644, 0o755
PERMISSIONS = 0o777  # setuid, setgid and sticky are never ours to give
REFILLS = 100  # how often somebody may put something into directories while we delete them


class Until:
    """When work in a thread has to end: at a time, or when it is told to."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._stopped = threading.Event()

    def stop(self) -> None:
        """End it at the next look; harmless afterwards."""
        self._stopped.set()

    def look(self, done: str) -> None:
        """Raise Refused when it is time; ``done`` says what has been done by now."""
        if self._stopped.is_set() or time.monotonic() > self._deadline:
            raise Refused("timeout", f"The time was over: {done}.")


class Place:
    """One workspace, for one try."""

    def __init__(self, workspace: Workspace, limits: Limits, until: Until) -> None:
        self._workspace = workspace
        self._limits = limits
        self._until = until
        self.room = min(MAX_READ, limits.output_bytes)

    # -- what it can do

    def read(self, path: str) -> tuple[bytes, int]:
        """The beginning of a regular file, and its whole size."""
        with (
            refusing(path),
            opened(self._workspace) as top,
            closing(open_regular(top, _plain(path), os.O_RDONLY)) as fd,
        ):
            raw = _read_up_to(fd, self.room)
            return raw, max(len(raw), os.fstat(fd).st_size)

    def write(self, path: str, content: bytes, *, mode: int | None, parents: bool) -> int:
        """Put ``content`` in the place of whatever file or link has this name; answer its size.

        It is written beside (actuators.drafts) and moved there, so the old file is whole until the new one is.
        """
        self._refuse_growth(path, len(content), replaces=True)
        with refusing(path), opened(self._workspace) as top, self._parent(top, path, parents) as place:
            above, name = place
            old = _replaceable(above, name, path)
            permissions = (stat.S_IMODE(old.st_mode) if old else FILE_MODE) if mode is None else mode
            draft = draft_name()
            try:
                with closing(self._create(top, draft)) as fd:
                    _write_all(fd, content)
                    os.fchmod(fd, permissions & PERMISSIONS)
                    os.fsync(fd)
                os.rename(draft, name, src_dir_fd=top, dst_dir_fd=above)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(draft, dir_fd=top)
                raise
        return len(content)

    def append(self, path: str, content: bytes, *, mode: int | None, parents: bool) -> int:
        """Add ``content`` to the end of a file, made when it is missing; answer its size.

        When it does not fit, nothing of it is added.
        """
        self._refuse_growth(path, len(content), replaces=False)
        with refusing(path), opened(self._workspace) as top, self._parent(top, path, parents) as place:
            above, name = place
            fd, made = self._open_for_append(above, name, path)
            with closing(fd):
                before = os.fstat(fd)
                try:
                    _write_all(fd, content)
                    permissions = stat.S_IMODE(before.st_mode) if mode is None else mode
                    os.fchmod(fd, (FILE_MODE if made and mode is None else permissions) & PERMISSIONS)
                    os.fsync(fd)
                except OSError:
                    with contextlib.suppress(OSError):
                        os.unlink(name, dir_fd=above) if made else os.ftruncate(fd, before.st_size)
                    raise
                return os.fstat(fd).st_size

    def mkdir(self, path: str, *, mode: int, parents: bool) -> bool:
        """Make a directory; False when it was there."""
        self._refuse_growth(path, 0, replaces=True)
        with refusing(path), opened(self._workspace) as top, self._parent(top, path, parents) as (above, name):
            try:
                os.mkdir(name, stat.S_IRWXU, dir_fd=above)
            except FileExistsError:
                os.close(open_beneath(above, name, DIRECTORY))
                return False
            self._adopt(above, name, mode)
            return True

    def delete(self, path: str, *, recursive: bool) -> bool:
        """Remove a file, a link itself, or a directory; False when it was not there.

        A path without names is the workspace: all that is in it goes, whatever it is called; False when nothing was.
        """
        with refusing(path), opened(self._workspace) as top:
            parts = parts_of(path)
            if not parts:
                return self._empty_all(top, path)
            try:
                above = open_beneath(top, "/".join(parts[:-1]) or ".", DIRECTORY)
            except FileNotFoundError:
                return False
            with closing(above):
                return self._remove(above, parts[-1], path, recursive)

    # -- making

    @contextlib.contextmanager
    def _parent(self, top: int, path: str, make: bool) -> Iterator[tuple[int, str]]:
        """(descriptor of the directory above ``path``, last name)."""
        *directories, name = parts_of(path)
        fd = os.dup(top)
        try:
            for directory in directories:
                below = self._enter(fd, directory, make)
                os.close(fd)
                fd = below
            yield fd, name
        finally:
            os.close(fd)

    def _enter(self, above: int, name: str, make: bool) -> int:
        try:
            return open_beneath(above, name, DIRECTORY)
        except FileNotFoundError:
            if not make:
                raise
        try:
            os.mkdir(name, stat.S_IRWXU, dir_fd=above)
        except FileExistsError:  # somebody else's, made since
            return open_beneath(above, name, DIRECTORY)
        self._adopt(above, name, DIRECTORY_MODE)
        return open_beneath(above, name, DIRECTORY)

    def _adopt(self, above: int, name: str, mode: int) -> None:
        """Give a directory that we made to the account, unless it is no longer ours: then somebody moved it away."""
        with closing(open_beneath(above, name, os.O_RDONLY | os.O_DIRECTORY)) as fd:
            if os.fstat(fd).st_uid == os.geteuid():
                self._give(fd)
                os.fchmod(fd, mode & PERMISSIONS)

    def _create(self, above: int, name: str) -> int:
        """A new, empty file of the account, closed to everybody else."""
        fd = open_beneath(above, name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        try:
            self._give(fd)
        except BaseException:
            os.close(fd)
            raise
        return fd

    def _open_for_append(self, above: int, name: str, path: str) -> tuple[int, bool]:
        """(descriptor, whether the file was made)."""
        while True:
            with contextlib.suppress(FileNotFoundError):
                _replaceable(above, name, path)
                return open_regular(above, name, os.O_WRONLY | os.O_APPEND), False
            with contextlib.suppress(FileExistsError):
                return self._create(above, name), True
            self._until.look("somebody made and removed the file again and again")

    def _give(self, fd: int) -> None:
        if self._workspace.host_uid is not None:
            os.fchown(fd, self._workspace.host_uid, self._workspace.host_uid)

    def _refuse_growth(self, path: str, size: int, *, replaces: bool) -> None:
        """Look at the quota before anything is made. Whoever is over it may still put less in a file's place.

        Others may write while we count: what holds for good is the quota of the disk.
        """
        old = self._blocks(path)
        freed = old if replaces and old else 0
        if old is not None and size <= freed:
            return
        limits = self._limits
        usage = measure(self._workspace.path, max_entries=limits.workspace_files)
        if not usage.complete or (old is None and usage.entries >= limits.workspace_files):
            raise Refused("quota_exceeded", f"{path!r} was not written: the workspace has too many files.")
        if usage.bytes - freed + size > limits.workspace_bytes:
            used = f"{usage.bytes} of {limits.workspace_bytes} bytes are in use"
            raise Refused("quota_exceeded", f"{path!r} was not written: {used}.")

    def _blocks(self, path: str) -> int | None:
        """Bytes on the disk of what has this name; None when there is nothing, or no way to it."""
        with opened(self._workspace) as top:
            try:
                fd = open_beneath(top, _plain(path), os.O_PATH | os.O_NOFOLLOW)
            except OSError:
                return None
            with closing(fd):
                return os.fstat(fd).st_blocks * BLOCK

    # -- removing

    def _remove(self, above: int, name: str, path: str, recursive: bool) -> bool:
        try:
            found = os.stat(name, dir_fd=above, follow_symlinks=False)
        except FileNotFoundError:
            return False
        if not stat.S_ISDIR(found.st_mode):
            os.unlink(name, dir_fd=above)
            return True
        if recursive:
            self._empty(above, name, path)
        os.rmdir(name, dir_fd=above)
        return True

    def _empty(self, above: int, name: str, path: str) -> None:
        """Remove what is in a directory, whatever its depth, with two descriptors and no recursion.

        Directories within directories are moved up into the first one before they are emptied, so nothing is ever
        deeper than two. When time is over what is left is still in its place, and a second try goes on.
        """
        with closing(open_closed_directory(above, name)) as top:
            self._empty_opened(top, path)

    def _empty_all(self, workspace: int, path: str) -> bool:
        """Remove what is in the workspace; False when nothing was. Raises OSError when somebody fills it meanwhile."""
        with closing(open_closed_directory(workspace, ".")) as top:
            held = bool(os.listdir(top))
            self._empty_opened(top, path)
            if os.listdir(top):
                raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY), path)
            return held

    def _empty_opened(self, top: int, path: str) -> None:
        waiting = self._clear(top, top, path)
        refilled = 0
        while waiting:
            inner = waiting.pop()
            with contextlib.suppress(FileNotFoundError):  # somebody deletes as we do
                with closing(open_closed_directory(top, inner)) as fd:
                    waiting += self._clear(fd, top, path)
                try:
                    os.rmdir(inner, dir_fd=top)
                except OSError as error:
                    refilled += 1
                    if error.errno not in (errno.ENOTEMPTY, errno.EEXIST) or refilled > REFILLS:
                        raise
                    waiting.append(inner)

    def _clear(self, fd: int, top: int, path: str) -> list[str]:
        """Unlink the files in ``fd`` and move its directories into ``top``; their names there."""
        directories = []
        for name in os.listdir(fd):
            self._until.look(f"a part of {path!r} is deleted, and the rest is not")
            try:
                os.unlink(name, dir_fd=fd)
            except IsADirectoryError:
                directories.append(name if fd == top else _move_up(name, fd, top))
            except FileNotFoundError:
                continue
        return directories


def _move_up(name: str, fd: int, top: int) -> str:
    moved = f".{secrets.token_hex(8)}.old"
    try:
        os.rename(name, moved, src_dir_fd=fd, dst_dir_fd=top)
    except PermissionError:  # its own mode forbids it to be moved
        os.close(open_closed_directory(fd, name))
        os.rename(name, moved, src_dir_fd=fd, dst_dir_fd=top)
    return moved


def _replaceable(above: int, name: str, path: str) -> os.stat_result | None:
    """The regular file that has this name now; None for none or a link. Refused for what is no file."""
    try:
        found = os.stat(name, dir_fd=above, follow_symlinks=False)
    except FileNotFoundError:
        return None
    if stat.S_ISLNK(found.st_mode):
        return None
    refuse_special(path, found)
    return found


def _plain(path: str) -> str:
    return "/".join(parts_of(path))


def _write_all(fd: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(fd, rest) :]


def _read_up_to(fd: int, limit: int) -> bytes:
    pieces = []
    while limit > 0 and (piece := os.read(fd, limit)):
        pieces.append(piece)
        limit -= len(piece)
    return b"".join(pieces)
