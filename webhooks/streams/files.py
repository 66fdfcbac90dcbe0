"""Events appended to a file of the operator's, so that they are on the disk when it is said that they are.

`<stream>.jsonl` grows; when it is large it is named `<stream>.<seq>.jsonl`, after the last event in it (twelve digits,
so names sort), and the next one begins. One process at a time has it (flock). A torn line at its end, of a writer that
died, is cut off: its event comes again.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

LARGEST = 100 << 20  # bytes, after which the next batch begins another file
MODE = 0o600
OPENED = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
LAST_BYTES = 1 << 16  # that are read at once when the end of the last whole line is looked for


class Busy(OSError):
    """Another process has the file."""


def append(folder: Path, stream: str, body: bytes, after: int) -> None:
    """Append whole lines and wait for the disk. `after`: the seq of the last event before them. OSError: not done."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{stream}.jsonl"
    with _held(path) as opened:
        size = _cut_torn_line(opened)
        if size < LARGEST:
            _write(opened, body, size)
            _sync_folder(folder)
            return
        path.rename(folder / f"{stream}.{after:012d}.jsonl")
    append(folder, stream, body, after)


@contextlib.contextmanager
def _held(path: Path) -> Iterator[int]:
    """The open file, for this process alone; opened anew where another one has renamed it meanwhile."""
    opened = os.open(path, OPENED, MODE)
    try:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            raise Busy from taken
        if not path.exists() or not os.path.samestat(os.fstat(opened), path.stat()):
            raise Busy
        yield opened
    finally:
        os.close(opened)


def _write(opened: int, body: bytes, size: int) -> None:
    """All of it on the disk, or the file as it was."""
    try:
        left = memoryview(body)
        while left:
            left = left[os.write(opened, left) :]
        os.fsync(opened)
    except OSError:
        os.ftruncate(opened, size)
        raise


def _cut_torn_line(opened: int) -> int:
    """The size of the file when it ends with a whole line."""
    size = end = os.fstat(opened).st_size
    while end:
        start = max(0, end - LAST_BYTES)
        at = os.pread(opened, end - start, start).rfind(b"\n")
        if at >= 0:
            end = start + at + 1
            break
        end = start
    if end < size:
        os.ftruncate(opened, end)
    return end


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
