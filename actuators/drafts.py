"""Files that the server writes first and moves into place when they are whole, and what a crash leaves of them.

They lie at the top of a workspace and nowhere else, so that looking for old ones costs one listing for each workspace.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from actuators.sandbox.process import started

ABANDONED_S = 3600.0  # no task may take as long, and only a file of that age is looked at more closely
NAME = re.compile(r"\.executor\.(\d{1,10})\.(\d{1,20})\.[0-9a-f]{16}\.new")


def draft_name() -> str:
    """A new name, which says what process writes it."""
    me = os.getpid()
    return f".executor.{me}.{started(me)}.{secrets.token_hex(8)}.new"


def remove_abandoned(workspaces: Path, older_than_s: float = ABANDONED_S) -> int:
    """Remove the drafts of processes that are gone from every workspace below ``workspaces``; answers how many.

    Only regular files with such a name that have not changed for ``older_than_s`` seconds, by a clock that their owner
    cannot set. Links are not followed, and what cannot be looked at is left.
    """
    removed = 0
    before = time.time() - older_than_s
    for workspace in _directories(workspaces):
        with contextlib.suppress(OSError), _opened(workspace) as fd:
            removed += sum(_remove(name, fd, before) for name in _drafts(fd))
    return removed


def _directories(above: Path) -> Iterator[str]:
    with contextlib.suppress(OSError), os.scandir(above) as found:
        yield from (entry.path for entry in found if entry.is_dir(follow_symlinks=False))


@contextlib.contextmanager
def _opened(directory: str) -> Iterator[int]:
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        yield fd
    finally:
        os.close(fd)


def _drafts(fd: int) -> list[str]:
    with os.scandir(fd) as found:
        return [entry.name for entry in found if (parts := NAME.fullmatch(entry.name)) and _is_gone(*parts.groups())]


def _is_gone(pid: str, since: str) -> bool:
    return started(int(pid)) != since


def _remove(name: str, above: int, before: float) -> bool:
    """Whatever else the owner puts there meanwhile is the owner's too, and in the owner's own directory."""
    try:
        found = os.stat(name, dir_fd=above, follow_symlinks=False)
        if not stat.S_ISREG(found.st_mode) or found.st_ctime > before:
            return False
        os.unlink(name, dir_fd=above)
    except OSError:
        return False
    return True
