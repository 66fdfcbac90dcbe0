"""A file of a workspace as the answer, sent for as long as the file is there and its client takes it.

How long it takes is the client's to say, and an open file keeps its space on the disk after it was deleted, where no
count of the workspace finds it. So a file without a name is not kept for anybody, and a place is not kept for ever.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TypeVar
from urllib.parse import quote
from weakref import WeakSet

from actuators.workspace_files import OpenFile
from executor_one.kit.errors import TooSoon
from executor_one.kit.flow import Flow
from executor_one.kit.streams import BrokenOff, Stream

T = TypeVar("T")

PIECE = 256 * 1024  # bytes that are read at once
BYTES = "application/octet-stream"
AT_ONCE = 8  # downloads of an account in this process
RETRY_SECONDS = 5
LOOK_SECONDS = 0.5  # between two looks whether the file is still there
PACE_SECONDS, PACE_BYTES = 60, 1 << 20  # what a client takes in so long at least
TOO_MANY = f"Your account has {AT_ONCE} downloads open already. End one first, or try again in {RETRY_SECONDS} seconds."
ENDING = "A file that your account downloads was deleted or replaced: that download ends now. Try again in a second."


class Source:
    """An open file, read in threads. It is closed when nobody is at it: its number may be another file's at once."""

    def __init__(self, fd: int) -> None:
        self._fd: int | None = fd
        self._lock = threading.Lock()
        self._is_over = False

    def read(self, size: int) -> bytes:
        """The next bytes; none at the end, and after it was closed."""
        return self._at_it(lambda fd: os.read(fd, size), b"")

    def has_name(self) -> bool:
        """Whether it is still in a directory; also said of what is closed, which holds nothing."""
        return self._at_it(lambda fd: os.fstat(fd).st_nlink > 0, True)

    def close(self) -> None:
        """From now on it is not read; closed at once, or by whoever is reading. Waits for nobody."""
        self._is_over = True
        self._tidy()

    def __del__(self) -> None:
        self.close()

    def _at_it(self, work: Callable[[int], T], otherwise: T) -> T:
        try:
            with self._lock:
                return otherwise if self._is_over or self._fd is None else work(self._fd)
        finally:
            self._tidy()

    def _tidy(self) -> None:
        if self._is_over and self._lock.acquire(blocking=False):
            try:
                if self._fd is not None:
                    os.close(self._fd)
                    self._fd = None
            finally:
                self._lock.release()


class Places:
    """The files that are being downloaded from this process, by account; not those of answers that nobody ever sent."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[str, WeakSet[Source]] = {}

    def take(self, account_id: str, source: Source) -> None:
        """TooSoon (429) where the account has AT_ONCE, or one whose file is gone: nobody makes a row of those."""
        with self._lock:
            mine = self._open.setdefault(account_id, WeakSet())
            if len(mine) >= AT_ONCE:
                raise TooSoon(TOO_MANY, retry_after=RETRY_SECONDS)
            if not all(one.has_name() for one in mine):
                raise TooSoon(ENDING, retry_after=1)
            mine.add(source)

    def give_back(self, account_id: str, source: Source) -> None:
        """Also of what was never taken."""
        with self._lock:
            mine = self._open.get(account_id, WeakSet())
            mine.discard(source)
            if not mine:
                self._open.pop(account_id, None)


places = Places()


class Download(Stream):
    """An open file as the answer: never shown by a browser, whatever is in it.

    Raises TooSoon, with the file closed, where the account has too many.
    """

    goodbye = b""

    def __init__(self, account_id: str, file: OpenFile, name: str) -> None:
        self.account_id, self.size, self.sent = account_id, file.size, 0
        self.source = Source(file.fd)
        try:
            places.take(account_id, self.source)
        except BaseException:
            self.source.close()
            raise
        super().__init__(self.pieces, self.read(), self.end, BYTES)
        self.guard = self.stay
        self["Content-Length"] = str(file.size)
        self["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
        self["Content-Security-Policy"] = "sandbox; default-src 'none'"

    def read(self) -> Iterator[bytes]:
        """Its bytes; what is written to it meanwhile is not among them, and nothing makes up for what is cut off."""
        left = self.size
        while left and (piece := self.source.read(min(left, PIECE))):
            left -= len(piece)
            if not left:
                self.source.close()  # the last piece is in memory, however long its client leaves it there
            yield piece

    async def pieces(self, flow: Flow) -> AsyncIterator[bytes]:
        """Raises BrokenOff where the file has become shorter than was said."""
        pieces, end = self.read(), b""
        while piece := await asyncio.to_thread(next, pieces, end):
            yield piece
            self.sent += len(piece)
        if self.sent < self.size:
            raise BrokenOff

    async def stay(self) -> None:
        """Raises BrokenOff when the file has lost its last name, or its client takes too little of it."""
        clock = asyncio.get_running_loop().time
        since, before = clock(), 0
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if not await asyncio.to_thread(self.source.has_name):
                raise BrokenOff
            if clock() - since >= PACE_SECONDS:
                if self.sent - before < PACE_BYTES - PIECE:  # a piece is counted when all of it is on its way
                    raise BrokenOff
                since, before = clock(), self.sent

    def end(self) -> None:
        """It was sent, or is not to be."""
        self.source.close()
        places.give_back(self.account_id, self.source)
