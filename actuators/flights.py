"""What the server is writing into workspaces at this moment: a count of the files sees only a part of it."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path


class Flights:
    """Bytes on their way into each workspace, from the threads of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bytes: Counter[Path] = Counter()

    @contextlib.contextmanager
    def one(self, workspace: Path, size: int) -> Iterator[int]:
        """``size`` bytes more, until the body ends; what was on its way before them.

        To be entered before the files are counted: whoever lands meanwhile is then counted twice, and never not at all.
        """
        with self._lock:
            others = self._bytes[workspace]
            self._bytes[workspace] += size
        try:
            yield others
        finally:
            with self._lock:
                self._bytes[workspace] -= size
                if not self._bytes[workspace]:
                    del self._bytes[workspace]


flights = Flights()
