"""Answers that wait for news without holding a thread or a connection: `?wait=` and POST /api/execute."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from importlib import import_module
from typing import Any

from rest_framework.response import Response

from executor_one.kit.notices import Waiter

logger = logging.getLogger(__name__)

Look = Callable[[], tuple[bool, Any]]
"""Reads the news in a transaction of its own: (is it the last word?, the answer's data)."""


def look_by_name(name: list[str]) -> tuple[bool, Any]:
    """What a look finds that another answer has named (Later.look_name)."""
    module, _, function = name[0].partition(":")
    found: tuple[bool, Any] = getattr(import_module(module), function)(*name[1:])
    return found


class Later(Response):
    """An answer that is worth waiting for.

    `look` is a functools.partial of a function of a module, called with ids only, so that it has a name.

    The view answers what it knows; the web process (executor_one.asgi) then waits for the notice, `seconds` at most,
    looks again, and sends what it finds. Where nobody waits (Django's test client) the first answer stands.
    `only_at_end`: what is known before the end is of no use to who asks.
    """

    def __init__(
        self, data: Any, *, waiter: Waiter, seconds: float, look: Look, only_at_end: bool = False, **more: Any
    ) -> None:
        super().__init__(data, **more)
        self.waiter, self.seconds, self.look, self.only_at_end = waiter, seconds, look, only_at_end
        self.at_end: Callable[[], None] | None = None  # once, when nothing will be written into it any more
        self.at_loss: Callable[[], None] | None = None  # instead of that, when nobody is there to take it

    async def wait(self, in_thread: Callable[[Look], Awaitable[tuple[bool, Any]]]) -> None:
        """Wait, look, and write what was found into this answer; `in_thread` runs the look off the event loop."""
        loop = asyncio.get_running_loop()
        news = asyncio.Event()
        deadline = loop.time() + self.seconds
        try:
            self.waiter.call(partial(loop.call_soon_threadsafe, news.set))
            found = False
            while not found and loop.time() < deadline:
                try:
                    async with asyncio.timeout_at(deadline):
                        await news.wait()
                except TimeoutError:
                    pass  # one last look, in case the notice is on its way
                news.clear()
                found, data = await in_thread(self.look)
                self._write(data)
        except Exception:  # what was known before stays true: it has not ended as far as we know
            logger.exception("cannot look again, the first answer stands")
        finally:
            self.waiter.close()

    def _write(self, data: Any) -> None:
        self.data = data
        self.content = self.rendered_content
        self["Content-Length"] = str(len(self.content))

    @property
    def look_name(self) -> list[str]:
        """The look in words, for another process: its function and what that is asked for."""
        called: Any = self.look
        return [f"{called.func.__module__}:{called.func.__name__}", *map(str, called.args)]

    def end(self) -> None:
        """Nothing is written into it any more: it is sent as it is, or nobody is there to take it."""
        at_end, self.at_end = self.at_end, None
        if at_end:
            at_end()

    def close(self) -> None:
        self.waiter.close()
        self.end()
        super().close()
