"""A task that a runner works on: its lease, the coroutine that runs it, and what it has printed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from goals.claims import Lease
from goals.telling import News, Words

STREAMS = ("stdout", "stderr")
FIRST_SECONDS = 0.2  # a task that ends before tells everything in the commit of its result
NEXT_SECONDS = 0.25


class Stream:
    """What came on one stream: all of it, and from where on it was not told yet."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.told = 0  # characters
        self._all: list[str] = []
        self._untold: list[tuple[float, str]] = []  # with the time at which it came

    @property
    def text(self) -> str:
        return "".join(self._all)

    def hear(self, text: str) -> None:
        self._all.append(text)
        self._untold.append((time.time(), text))

    def words(self, *, whole: bool) -> Words | None:
        """What was not told yet, up to the last end of a line if there is one; `whole`: all of it."""
        if not self._untold:
            return None
        text = "".join(text for _, text in self._untold)
        end = 0 if whole else text.rfind("\n") + 1
        return Words(self.name, text[: end or None], self.told, datetime.fromtimestamp(self._untold[0][0], UTC))

    def tell(self, until: int) -> None:
        """The first `until` characters of the stream were told."""
        left = until - self.told
        self.told = max(self.told, until)
        while self._untold and left > 0:
            came, text = self._untold[0]
            rest = text[left:]
            left -= len(text)
            self._untold[:1] = [(came, rest)] if rest else []


class Printed:
    """What a try has printed so far, and what of it is still to be told."""

    def __init__(self) -> None:
        self.stdout, self.stderr = (Stream(name) for name in STREAMS)
        self.is_begin_told = False
        self.is_in_doubt = False  # the connection broke while it was told

    def hear(self, stream: str, text: str) -> None:
        getattr(self, stream).hear(text)

    def news(self, *, whole: bool) -> News:
        """What is to be told now, in the order in which it came."""
        found = [words for stream in (self.stdout, self.stderr) if (words := stream.words(whole=whole))]
        return News(not self.is_begin_told, sorted(found, key=lambda words: words.at))

    def tell(self, news: News) -> None:
        """These news were told."""
        self.is_begin_told = True
        for words in news.words:
            getattr(self, words.stream).tell(words.offset + len(words.text))

    def settle(self, told: Mapping[str | None, int]) -> None:
        """Take over how far the try was told (goals.claims.told_so_far)."""
        self.is_in_doubt, self.is_begin_told = False, None in told
        for name in STREAMS:
            getattr(self, name).tell(told.get(name, 0))


@dataclass
class Work:
    """A leased task and the coroutine that runs it; `is_done`: it has ended, only its result is still to be written."""

    lease: Lease
    running: asyncio.Task[None]
    is_done: bool = False
    is_cancelled: bool = False  # its goal has ended
    printed: Printed = field(default_factory=Printed)
    due: float = field(default_factory=lambda: time.monotonic() + FIRST_SECONDS)  # when it is told of next
    telling: asyncio.Lock = field(default_factory=asyncio.Lock)  # held while it is told of
