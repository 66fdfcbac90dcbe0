"""What a command prints: decoded as it comes, kept up to a cap, counted beyond it."""

from __future__ import annotations

import codecs
import logging
import os
from collections.abc import Callable
from typing import Literal

OnOutput = Callable[[str, str], None]
StreamName = Literal["stdout", "stderr"]

READ_BYTES = 1 << 16
FLOOD_FACTOR = 4096  # both streams together may be this many times the cap before the run is killed

log = logging.getLogger(__name__)


class Capture:
    """One stream. Bytes that are not UTF-8 become U+FFFD; NUL is dropped (Postgres cannot keep it).

    ``on_output`` receives the kept text as it arrives, in pieces of any length; a callback that
    raises is not called again and does not disturb the run.
    """

    def __init__(self, name: StreamName, cap: int, on_output: OnOutput | None = None) -> None:
        self.name = name
        self.total = 0
        self._room = cap
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pieces: list[str] = []
        self._on_output = on_output

    @property
    def truncated(self) -> bool:
        """Whether more was printed than is kept."""
        return self._room < 0

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the stream, keeping what fits."""
        self.total += len(data)
        kept = data[: max(self._room, 0)]
        self._room -= len(data)
        self._keep(self._decoder.decode(kept))

    def finish(self) -> str:
        """The whole kept text. A character cut in two by the cap is dropped, not garbled."""
        if not self.truncated:
            self._keep(self._decoder.decode(b"", final=True))
        return "".join(self._pieces)

    def _keep(self, text: str) -> None:
        text = text.replace("\0", "")
        if not text:
            return
        self._pieces.append(text)
        if self._on_output is None:
            return
        try:
            self._on_output(self.name, text)
        except Exception:
            log.exception("on_output failed; no more live output for this run")
            self._on_output = None


def read_available(fd: int) -> bytes | None:
    """What can be read now from a non-blocking descriptor; b"" at the end, None when none waits."""
    try:
        return os.read(fd, READ_BYTES)
    except BlockingIOError:
        return None
    except OSError:  # the other side is gone in a way that cannot be read from
        return b""
