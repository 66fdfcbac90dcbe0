"""The public API of this process, asked without a socket: the same middleware, views and limits as from outside."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from accounts.throttling import COUNTED
from mcp_server.arguments import Asked

logger = logging.getLogger(__name__)

# What a request of the caller's would carry too: who they are, where they come from and by which name they call us.
THEIRS = (b"authorization", b"host", b"user-agent", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto")
Application = Callable[[Any, Any, Any], Awaitable[None]]
_asked: set[asyncio.Task[Any]] = set()  # the event loop itself keeps no hold of a task


@dataclass
class Answer:
    """What the API answered; `headers` by their names in small letters."""

    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""

    @property
    def data(self) -> Any:
        """The JSON of the answer; None of what is none."""
        try:
            return json.loads(self.content)
        except ValueError:
            return None


class Api:
    """Asks `application` as the caller of the ASGI scope `outer` would."""

    def __init__(self, application: Application, outer: Any) -> None:
        self._application, self._outer = application, outer

    async def ask(self, asked: Asked) -> Answer:
        """The answer. Cancelled, the request goes the way of one whose client has hung up, and ends by itself."""
        hung_up = asyncio.Event()
        task = asyncio.ensure_future(self._answer(asked, hung_up))
        _asked.add(task)
        task.add_done_callback(_let_go)
        try:
            return await asyncio.shield(task)
        finally:
            hung_up.set()

    async def _answer(self, asked: Asked, hung_up: asyncio.Event) -> Answer:
        answer, body = Answer(), [asked.body or b""]

        async def receive() -> dict[str, Any]:
            if body:
                return {"type": "http.request", "body": body.pop(), "more_body": False}
            await hung_up.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.headers = {name.decode("latin1").lower(): text.decode("latin1")
                                  for name, text in message["headers"]}  # fmt: skip
            else:
                answer.content += message.get("body", b"")

        await self._application(self._scope(asked), receive, send)
        return answer

    def _scope(self, asked: Asked) -> dict[str, Any]:
        headers = [(name, value) for name, value in self._outer["headers"] if name in THEIRS]
        headers += [
            (name.lower().encode(), value.encode(errors="surrogatepass")) for name, value in asked.headers.items()
        ]
        headers.append((b"accept", b"application/json"))
        if asked.body is not None:
            headers += [(b"content-type", b"application/json"), (b"content-length", str(len(asked.body)).encode())]
        return {
            COUNTED: True, "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": asked.method,
            "scheme": self._outer.get("scheme", "http"), "root_path": self._outer.get("root_path", ""),
            "path": asked.path, "raw_path": asked.path.encode(), "query_string": asked.query.encode(),
            "headers": headers, "client": self._outer.get("client"), "server": self._outer.get("server"),
        }  # fmt: skip


def _let_go(task: asyncio.Task[Any]) -> None:
    _asked.discard(task)
    if not task.cancelled() and (error := task.exception()):
        logger.error("a tool's request broke", exc_info=error)
