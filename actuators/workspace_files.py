"""Looking into a workspace for the API: what is in a directory, and a file to send. Both block: use a thread."""

from __future__ import annotations

import heapq
import os
import stat
from dataclasses import dataclass
from typing import Literal

from actuators.beneath import check_path, open_beneath, open_regular, opened, parts_of, refusing
from actuators.given import Refused
from actuators.sandbox import Workspace

MAX_LIMIT = 1000

Kind = Literal["file", "directory", "link", "other"]


@dataclass(frozen=True)
class Entry:
    """One name in a directory; ``modified`` in seconds since 1970.

    Bytes of a name that are not UTF-8 are written as ``\\xff`` and ``is_text`` is false: it can be shown, not opened.
    """

    name: str
    kind: Kind
    size: int
    modified: float
    mode: int
    is_text: bool


@dataclass(frozen=True)
class Listing:
    """One page of a directory, by name. ``after`` asks for the next one; None when this is the last."""

    entries: tuple[Entry, ...]
    after: str | None


@dataclass(frozen=True)
class OpenFile:
    """A regular file, open for reading. Whoever asked for it closes ``fd``; the file may grow while it is read."""

    fd: int
    size: int
    modified: float


def list_files(workspace: Workspace, path: str = "", limit: int = 100, after: str = "") -> Listing:
    """What is in the directory ``path`` ("" is the workspace), the names after ``after``, at most ``limit``.

    Raises Refused: bad_path, not_found, not_a_directory, outside_workspace.
    """
    _refuse_bad(path, empty=True)
    limit = max(1, min(limit, MAX_LIMIT))
    with refusing(path), opened(workspace) as top:
        fd = open_beneath(top, "/".join(parts_of(path)) or ".", os.O_RDONLY | os.O_DIRECTORY)
        try:
            names = ((_shown(name), name) for name in os.listdir(fd))
            page = heapq.nsmallest(limit + 1, (pair for pair in names if pair[0] > after))
            entries = [entry for shown, name in page[:limit] if (entry := _entry(fd, name, shown))]
        finally:
            os.close(fd)
    return Listing(tuple(entries), page[limit - 1][0] if len(page) > limit else None)


def open_file(workspace: Workspace, path: str) -> OpenFile:
    """Open the regular file ``path`` for reading. Refused for a link, a directory and all else, as ``list_files``."""
    _refuse_bad(path)
    with refusing(path), opened(workspace) as top:
        fd = open_regular(top, "/".join(parts_of(path)), os.O_RDONLY)
        found = os.fstat(fd)
    return OpenFile(fd, found.st_size, found.st_mtime)


def exists(workspace: Workspace, path: str) -> bool:
    """Whether a file or a directory is at ``path``, no part of which is a link. False for what is no path in it."""
    if check_path(path):
        return False
    try:
        with refusing(path), opened(workspace) as top:
            os.close(open_beneath(top, "/".join(parts_of(path)), os.O_PATH))
    except Refused as reason:
        if reason.code == "actuator_unavailable":
            raise
        return False
    return True


def _refuse_bad(path: str, *, empty: bool = False) -> None:
    if empty and path in ("", "."):
        return
    if problem := check_path(path):
        raise Refused("bad_path", problem)


def _shown(name: str) -> str:
    return os.fsencode(name).decode(errors="backslashreplace")


def _entry(fd: int, name: str, shown: str) -> Entry | None:
    try:
        found = os.stat(name, dir_fd=fd, follow_symlinks=False)
    except OSError:
        return None  # gone since
    kind, mode = _kind(found.st_mode), stat.S_IMODE(found.st_mode)
    return Entry(shown, kind, found.st_size, found.st_mtime, mode, is_text=shown == name)


def _kind(mode: int) -> Kind:
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "directory"
    return "link" if stat.S_ISLNK(mode) else "other"
