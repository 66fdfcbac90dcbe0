"""Backpressure: whether a client takes what it is sent, as the server's transport sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

FLOW = "executor_one.flow"  # where a connection's flow stands in the `extensions` of its ASGI scope


class Flow:
    """Closed while more than the transport's 64 KiB wait to be sent. Twisted calls the methods with its names."""

    def __init__(self, register: Callable[[Any], None] | None = None) -> None:
        self._register = register
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
        await self._open.wait()

    def pauseProducing(self) -> None:
        self._open.clear()

    def resumeProducing(self) -> None:
        self._open.set()

    stopProducing = resumeProducing  # the connection is gone: nobody waits for it any more


def flow_of(scope: Any) -> Flow:
    """The flow of a connection; one that never closes where the server has none (tests)."""
    flow = scope.get("extensions", {}).get(FLOW)
    return flow if isinstance(flow, Flow) else Flow()
