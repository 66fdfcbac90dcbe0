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
from actuators.flights import flights
from actuators.given import Refused
from actuators.sandbox import Limits, Workspace
from actuators.sandbox.disk import FULL
from actuators.sandbox.workspace import BLOCK, Usage, measure

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
        self._owed = 0  # bytes that what is replaced has to free, or the quota is not kept
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
        with flights.one(self._workspace.path, len(content)) as others:
            self._refuse_growth(path, len(content), replaces=True, others=others)
            with refusing(path), opened(self._workspace) as top, self._parent(top, path, parents) as place:
                self._move_in(top, place, path, content, mode)
        return len(content)

    def append(self, path: str, content: bytes, *, mode: int | None, parents: bool) -> int:
        """Add ``content`` to the end of a file, made when it is missing; answer its size.

        When it does not fit, nothing of it is added.
        """
        with flights.one(self._workspace.path, len(content)) as others:
            self._refuse_growth(path, len(content), replaces=False, others=others)
            with refusing(path), opened(self._workspace) as top, self._parent(top, path, parents) as place:
                return self._add_to_end(place, path, content, mode)

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

    def _move_in(self, top: int, place: tuple[int, str], path: str, content: bytes, mode: int | None) -> None:
        above, name = place
        draft = draft_name()
        with self._replacing(above, name, path) as old:
            permissions = (stat.S_IMODE(old.st_mode) if old else FILE_MODE) if mode is None else mode
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

    def _add_to_end(self, place: tuple[int, str], path: str, content: bytes, mode: int | None) -> int:
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

    # -- the quota

    def _refuse_growth(self, path: str, size: int, *, replaces: bool, others: int = 0) -> None:
        """Count before anything is made. Whoever is over the quota may still put less in a file's place.

        Not whoever is far over it: there, blocks that files share (reflinks) can be freed by name and stay on the disk.
        ``others``: bytes that are being written and that the count may not see. Commands may write while we count: they
        are watched, and what holds for good is the quota of the disk.
        """
        limits = self._limits
        old = self._look(path)
        usage = measure(self._workspace.path, max_entries=FULL * limits.workspace_files)
        if not usage.complete or (old is None and usage.entries >= limits.workspace_files):
            raise Refused("quota_exceeded", f"{path!r} was not written: the workspace has too many files.")
        freed = _freed(old) if replaces and old else 0
        grown = usage.bytes + others + size
        shrinks = old is not None and size <= freed and usage.bytes <= FULL * limits.workspace_bytes
        if grown - freed > limits.workspace_bytes and not shrinks:
            raise self._over(path, usage)
        self._owed = freed if grown > limits.workspace_bytes else 0

    def _over(self, path: str, usage: Usage) -> Refused:
        used = f"{usage.bytes} of {self._limits.workspace_bytes} bytes are in use"
        return Refused("quota_exceeded", f"{path!r} was not written: {used}.")

    def _look(self, path: str) -> os.stat_result | None:
        """What has this name; None when there is nothing, or no way to it."""
        with opened(self._workspace) as top:
            try:
                fd = open_beneath(top, _plain(path), os.O_PATH | os.O_NOFOLLOW)
            except OSError:
                return None
            with closing(fd):
                return os.fstat(fd)

    @contextlib.contextmanager
    def _replacing(self, above: int, name: str, path: str) -> Iterator[os.stat_result | None]:
        """The regular file that has this name now, as ``_replaceable``; the body puts another in its place.

        When the quota is kept only because the old one goes, it is looked at again: it may have got another name
        meanwhile, or was never the one that we counted. Then what was written goes, unless there is room for it.
        """
        old = _replaceable(above, name, path)
        with _handle(above, name) as fd:
            yield old
            if self._owed and not _is_gone(fd, self._owed):
                self._take_back(above, name, path)

    def _take_back(self, above: int, name: str, path: str) -> None:
        usage = measure(self._workspace.path, max_entries=self._limits.workspace_files)
        if not usage.complete or usage.bytes > self._limits.workspace_bytes:
            with contextlib.suppress(OSError):
                os.unlink(name, dir_fd=above)
            raise self._over(path, usage)

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


def _freed(old: os.stat_result) -> int:
    """Bytes on the disk that go when this loses its name: none when it has another one."""
    return old.st_blocks * BLOCK if old.st_nlink == 1 and not stat.S_ISDIR(old.st_mode) else 0


@contextlib.contextmanager
def _handle(above: int, name: str) -> Iterator[int | None]:
    """A descriptor of what has this name, to look at it; None when nothing has."""
    try:
        fd = open_beneath(above, name, os.O_PATH | os.O_NOFOLLOW)
    except FileNotFoundError:
        yield None
        return
    with closing(fd):
        yield fd


def _is_gone(fd: int | None, size: int) -> bool:
    """Whether it has no name any more, and had so many bytes on the disk. What no file system knows is gone."""
    if fd is None:
        return False
    try:
        found = os.fstat(fd)
    except OSError:
        return True
    return not found.st_nlink and found.st_blocks * BLOCK >= size


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
