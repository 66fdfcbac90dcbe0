"""Backpressure: whether a client takes what it is sent, as the server's transport sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

FLOW = "executor_one.flow"  # where a connection's flow stands in the `extensions` of its ASGI scope


PATIENCE_SECONDS = 60.0  # that a client may take nothing while something waits for it
HURRY_SECONDS = 3.0  # the same, once its connection is to end


class Flow:
    """Closed while more than the transport's 64 KiB wait to be sent. Twisted calls the methods with its names.

    A client that takes nothing for too long is cut off by `abort`: it would hold its place for ever.
    """

    def __init__(
        self,
        register: Callable[[Any], None] | None = None,
        abort: Callable[[], object] | None = None,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._register, self._abort, self._patience = register, abort, patience
        self._open = asyncio.Event()
        self._open.set()

    def begin(self) -> None:
        """Have the transport report from now on; a short answer does without."""
        if self._register:
            self._register(self)

    @property
    def is_open(self) -> bool:
        return self._open.is_set()

    async def wait(self) -> None:
        """Until there is room again, or the connection is gone."""
        if self.is_open:
            return
        try:
            async with asyncio.timeout(self._patience):
                await self._open.wait()
        except TimeoutError:
            self.cut()

    def hurry(self, seconds: float = HURRY_SECONDS) -> None:
        """The connection is to end: cut it off if there is no room in so many seconds."""
        asyncio.get_running_loop().call_later(seconds, self._cut_if_closed)

    def _cut_if_closed(self) -> None:
        if not self.is_open:
            self.cut()

    def cut(self) -> None:
        """End the connection at once, with all that waits to be sent."""
        self._open.set()
        if self._abort:
            self._abort()

    def pauseProducing(self) -> None:
        self._open.clear()

    def resumeProducing(self) -> None:
        self._open.set()

    stopProducing = resumeProducing  # the connection is gone: nobody waits for it any more


def flow_of(scope: Any) -> Flow:
    """The flow of a connection; one that never closes where the server has none (tests)."""
    flow = scope.get("extensions", {}).get(FLOW)
    return flow if isinstance(flow, Flow) else Flow()
