"""The answer of /mcp: held on the event loop, where it waits for the API's answers without a thread."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from django.http import HttpResponse

from executor_one.kit.errors import TooSoon
from mcp_server.agent import Agent
from mcp_server.calls import Api, Application

NOT_OURS = {"content-type", "content-length"}  # of the headers: the protocol says them


class Conversation(HttpResponse):
    """One request of the protocol and its answer. `tools`: the names of those that the caller sees.

    Where nobody holds it (Django's test client) it is empty.
    """

    def __init__(self, said: bytes, tools: list[str], too_soon: TooSoon | None) -> None:
        super().__init__()
        self["Cache-Control"] = "no-store"
        self.said, self.tools, self.too_soon = said, tools, too_soon

    async def hold(self, application: Application, scope: Any, receive: Any, send: Any) -> None:
        """Answer, unless the client hangs up: then everything that was begun for it ends."""
        talking = asyncio.ensure_future(self._talk(application, scope, send))
        gone = asyncio.ensure_future(receive())
        try:
            await asyncio.wait({gone, talking}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
            if not talking.done():
                talking.cancel()
                with suppress(asyncio.CancelledError):
                    await talking
        if not talking.cancelled():
            talking.result()

    async def _talk(self, application: Application, scope: Any, send: Any) -> None:
        from mcp_server.protocol import converse  # loaded by the view, in its thread

        said = [self.said]
        theirs = [(name.lower().encode(), value.encode("latin1"))
                  for name, value in self.items() if name.lower() not in NOT_OURS]  # fmt: skip

        async def receive() -> dict[str, Any]:
            if said:
                return {"type": "http.request", "body": said.pop(), "more_body": False}
            nothing: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
            return await nothing  # `hold` listens for the end

        async def send_with_ours(message: Any) -> None:
            if message["type"] == "http.response.start":
                spoken = [(name, value) for name, value in message["headers"] if name.lower() != b"cache-control"]
                message = {**message, "headers": [*spoken, *theirs]}
            await send(message)

        agent = Agent(self.tools, Api(application, scope), self["X-Receipt"], self.too_soon)
        await converse(agent, scope, receive, send_with_ours)
