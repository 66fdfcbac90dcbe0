"""Opening what is inside a directory, and nothing outside of it, whoever races us.

The kernel does it in one step (openat2, Linux 5.6): a path that is looked at first and opened then could have become
somebody's link in between. Without openat2 everything here is refused; there is no second-best way.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import stat
import struct
from collections.abc import Iterator

from actuators.given import Refused
from actuators.sandbox import Workspace

OPENAT2 = 437  # the same number on every architecture that Python 3.11 runs on, but for alpha
NO_XDEV, NO_MAGICLINKS, NO_SYMLINKS, BENEATH = 1, 2, 4, 8
RESOLVE = NO_XDEV | NO_MAGICLINKS | NO_SYMLINKS | BENEATH
ATTEMPTS = 64  # EAGAIN: something was renamed under us and the kernel could not be sure

MAX_PATH_BYTES = 4000  # the kernel's PATH_MAX is 4096
MAX_NAME_BYTES = 255
MAX_DEPTH = 200  # what is deeper could not be counted

DIRECTORY = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW

_libc = ctypes.CDLL(None, use_errno=True)

# What an errno means to the one who named the path: (code, words after the path).
MEANINGS = {
    errno.ELOOP: ("outside_workspace", "leads through a symbolic link, which is not followed"),
    errno.EXDEV: ("outside_workspace", "leads out of the workspace"),
    errno.ENOTDIR: ("not_a_directory", "is not a directory, or leads through something that is none"),
    errno.ENOENT: ("not_found", "is not there"),
    errno.EISDIR: ("not_a_file", "is a directory"),
    errno.ENXIO: ("not_a_file", "is not a regular file"),
    errno.EEXIST: ("exists", "is there already"),
    errno.ENOTEMPTY: ("not_empty", "is not empty"),
    errno.EACCES: ("permission_denied", "is closed by its permissions, or those of a directory above it"),
    errno.ENAMETOOLONG: ("bad_path", "is too long"),
    errno.ENOSPC: ("quota_exceeded", "did not fit: the disk is full"),
    errno.EDQUOT: ("quota_exceeded", "did not fit: the disk quota is used up"),
    errno.EFBIG: ("too_large", "would be larger than a file may be"),
    errno.ENOSYS: ("actuator_unavailable", "was not touched: the kernel (Linux 5.6) or its container has no openat2"),
    errno.EPERM: ("permission_denied", "cannot be changed by this account"),
}


def check_path(path: object) -> str | None:
    """Why this cannot be the path of something in a workspace, or None when it can."""
    if not isinstance(path, str):
        return "The path must be a string."
    try:
        raw = path.encode()
    except UnicodeEncodeError:
        return "The path is not valid Unicode text."
    if b"\0" in raw:
        return "The path contains a NUL character."
    if path.startswith("/"):
        return "The path must be relative to the workspace."
    if len(raw) > MAX_PATH_BYTES:
        return f"The path is {len(raw)} bytes long; the limit is {MAX_PATH_BYTES}."
    return _check_parts(parts_of(path))


def _check_parts(parts: list[str]) -> str | None:
    if not parts:
        return "The path names the workspace itself."
    if ".." in parts:
        return "The path must not contain '..'."
    if len(parts) > MAX_DEPTH:
        return f"The path is {len(parts)} names deep; the limit is {MAX_DEPTH}."
    longest = max(len(part.encode()) for part in parts)
    if longest > MAX_NAME_BYTES:
        return f"A name in the path is {longest} bytes long; the limit is {MAX_NAME_BYTES}."
    return None


def parts_of(path: str) -> list[str]:
    """The names in a path, without empty ones and "."."""
    return [part for part in path.split("/") if part not in ("", ".")]


@contextlib.contextmanager
def refusing(path: str) -> Iterator[None]:
    """An OSError inside becomes a Refused that speaks of ``path`` alone."""
    try:
        yield
    except OSError as error:
        code, words = MEANINGS.get(error.errno or 0, ("file_error", f"cannot be used: {error.strerror or error}"))
        raise Refused(code, f"{path!r} {words}.") from error


@contextlib.contextmanager
def opened(workspace: Workspace) -> Iterator[int]:
    """A descriptor of the workspace. Its own path is the server's, so nobody else can make it a link."""
    try:
        fd = os.open(workspace.path, DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise Refused("actuator_unavailable", f"The workspace cannot be opened: {error.strerror}.") from error
    with closing(fd):
        yield fd


@contextlib.contextmanager
def closing(fd: int) -> Iterator[int]:
    """``fd``, closed afterwards."""
    try:
        yield fd
    finally:
        os.close(fd)


def open_beneath(top: int, path: str, flags: int, mode: int = 0) -> int:
    """``openat`` that never leaves ``top`` and follows no link. Raises OSError; ENOSYS where the kernel has no such."""
    name = os.fsencode(path)
    how = struct.pack("QQQ", flags | os.O_CLOEXEC, mode if flags & os.O_CREAT else 0, RESOLVE)
    for _ in range(ATTEMPTS):
        fd = int(_libc.syscall(OPENAT2, top, name, how, len(how)))
        if fd >= 0:
            return fd
        number = ctypes.get_errno()
        if number not in (errno.EAGAIN, errno.EINTR):
            break
    if number == errno.EPERM:  # nothing that we open may answer so; the filter of an old container does
        number = errno.ENOSYS
    raise OSError(number, os.strerror(number), path)


def open_regular(top: int, path: str, flags: int) -> int:
    """An existing regular file. Looked at before it is opened: opening a FIFO waits, and a device may act.

    What was looked at is what is opened, by its descriptor and not by its name.
    """
    with closing(open_beneath(top, path, os.O_PATH | os.O_NOFOLLOW)) as handle:
        refuse_special(path, os.fstat(handle))
        return os.open(f"/proc/self/fd/{handle}", flags | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)


def refuse_special(path: str, found: os.stat_result) -> None:
    """Raise Refused for anything but a regular file; a link is named as what it is."""
    if stat.S_ISREG(found.st_mode):
        return
    if stat.S_ISLNK(found.st_mode):
        raise OSError(errno.ELOOP, "link", path)
    if stat.S_ISDIR(found.st_mode):
        raise OSError(errno.EISDIR, "directory", path)
    raise Refused("not_a_file", f"{path!r} is not a regular file.")


def open_closed_directory(above: int, name: str) -> int:
    """A directory to read and change, opened by its mode first when its owner closed it even to us."""
    with closing(open_beneath(above, name, DIRECTORY)) as handle:
        if os.fstat(handle).st_mode & stat.S_IRWXU != stat.S_IRWXU:
            os.chmod(f"/proc/self/fd/{handle}", stat.S_IRWXU)
        return os.open(f"/proc/self/fd/{handle}", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
