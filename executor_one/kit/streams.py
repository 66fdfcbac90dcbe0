"""Answers that go on, events and files: sent from the event loop while neither a thread nor a connection is held."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import aclosing
from typing import Any

from django.http import StreamingHttpResponse

from executor_one.kit.flow import Flow, flow_of


class BrokenOff(Exception):
    """The rest of it is not sent: the connection is closed in the middle, so that nobody takes it for the whole."""


RESTARTING = b": the server restarts, connect again\n\n"


class Stream(StreamingHttpResponse):
    """A stream, of server-sent events unless its type is another one.

    `live` is given the client's flow, and should read nothing while that is closed. It yields pieces for as long as the
    client stays; its first piece is sent with the headers, so what happens after the client has them is in the stream.
    Where nobody sends it (Django's test client) `known` stands: what there is to tell now. `close` is called once, at
    the end. `guard` runs beside it; what either of them raises ends the stream, BrokenOff by cutting the connection.
    """

    guard: Callable[[], Coroutine[Any, Any, None]] | None = None
    goodbye = RESTARTING  # what is sent where the process ends in the middle of it; nothing: the connection breaks off

    def __init__(
        self, live: Callable[[Flow], AsyncIterator[bytes]], known: Iterator[bytes], at_end: Callable[[], object],
        content_type: str = "text/event-stream",
    ) -> None:  # fmt: skip
        super().__init__(known, content_type=content_type)
        self["Cache-Control"] = "no-store"
        self["X-Accel-Buffering"] = "no"
        self.live, self.at_end = live, at_end

    async def send(self, scope: Any, receive: Any, send: Any) -> None:
        """Send it until it ends or the client leaves; to HEAD the headers only."""
        headers = [(name.encode("ascii"), value.encode("latin1")) for name, value in self.items()]
        start = {"type": "http.response.start", "status": self.status_code, "headers": headers}
        if scope["method"] == "HEAD":
            await send(start)
            await send({"type": "http.response.body"})
            return
        flow = flow_of(scope)
        flow.begin()
        try:
            await self._send_while_wanted(flow, start, receive, send)
        except BrokenOff:
            flow.cut()

    async def _send_while_wanted(self, flow: Flow, start: dict[str, Any], receive: Any, send: Any) -> None:
        gone = asyncio.ensure_future(receive())
        working = [asyncio.ensure_future(self._send(flow, start, send))]
        if self.guard:
            working.append(asyncio.ensure_future(self.guard()))
        try:
            await asyncio.wait({gone, *working}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:  # the process ends
            working[0].cancel()
            if self.goodbye:
                await send({"type": "http.response.body", "body": self.goodbye})
            raise
        finally:
            for one in (gone, *working):
                one.cancel()
        ended = next((one for one in working if one.done()), None)
        if ended:  # what is sent to its end is whole, whatever the guard says in the same moment
            ended.result()

    async def _send(self, flow: Flow, start: dict[str, Any], send: Any) -> None:
        async with aclosing(self.live(flow)) as pieces:  # type: ignore[type-var]
            async for piece in pieces:
                if start:
                    await send(start)
                    start = {}
                await flow.wait()
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        if start:  # there was nothing in it
            await send(start)
        await send({"type": "http.response.body"})

    def close(self) -> None:
        self.at_end()
        super().close()
