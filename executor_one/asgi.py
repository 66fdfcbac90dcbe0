"""The web process: HTTP through Django in one thread hop per request, sockets and streams on the event loop."""

import asyncio
import atexit
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "executor_one.settings")

import django

django.setup(set_prefix=False)

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.exceptions import RequestAborted  # noqa: E402
from django.core.handlers.asgi import ASGIHandler, get_script_prefix  # noqa: E402
from django.core.signals import request_finished, request_started  # noqa: E402
from django.db import close_old_connections, reset_queries  # noqa: E402
from django.urls import path, set_script_prefix  # noqa: E402

from accounts import key_use, request_log  # noqa: E402
from executor_one.kit import refusals  # noqa: E402
from executor_one.kit.later import Later  # noqa: E402
from executor_one.kit.streams import Stream  # noqa: E402
from executor_one.kit.threads import in_thread  # noqa: E402
from mcp_server.conversation import Conversation  # noqa: E402
from realtime.consumers import EventSocket  # noqa: E402

T = TypeVar("T")


class OneHopHandler(ASGIHandler):
    """Django's ASGI handler with the whole chain, middleware and view, run synchronously in one of our threads.

    The stock handler hops between threads for each adapted layer, starts a new thread for each request, which then
    borrows a connection from a pool, and keeps two tasks a request on the event loop. Our views are synchronous, so one
    hop is all they need, and our threads stay, each with its own connection. No view may wait in a thread: `Later`
    waits here, on the event loop, a `Stream` is sent from here, and a `Conversation` held, which asks us in its turn.
    """

    def __init__(self) -> None:
        super().__init__()
        self.load_middleware(is_async=False)
        self.threads = ThreadPoolExecutor(settings.WEB_THREADS, thread_name_prefix="web")
        self.gathered = [
            Gathered(self._in_thread, key_use.is_any_counted, key_use.write, settings.KEY_USE_SECONDS),
            Gathered(self._in_thread, request_log.is_any_gathered, request_log.write, settings.REQUEST_LOG_SECONDS),
        ]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        with body:
            set_script_prefix(get_script_prefix(scope))
            request_started.send(sender=self.__class__, scope=scope)
            request, refusal = self.create_request(scope, body)
            response: Any = refusal
            if request is not None:
                # A body sent in chunks comes without its length, and Django REST framework takes that for no body.
                request.META.setdefault("CONTENT_LENGTH", str(body.seek(0, os.SEEK_END)))
                body.seek(0)
                response = await self._in_thread(partial(self.get_response, request))
            response._handler_class = self.__class__  # close() names it as the sender of request_finished
            try:
                if isinstance(response, Stream):
                    await response.send(scope, receive, send)
                elif isinstance(response, Conversation):
                    await response.hold(self, scope, receive, send)
                elif not isinstance(response, Later) or await self._wait(response, receive):
                    await self.send_response(response, send)
            finally:
                response.close()
                for one in self.gathered:
                    one.write_soon()

    async def _wait(self, response: Later, receive: Any) -> bool:
        """Wait for the news; False when the client has gone meanwhile."""
        at_end, response.at_end = response.at_end, None  # not yet, and not where this is broken off
        gone = asyncio.ensure_future(receive())
        waiting = asyncio.ensure_future(response.wait(self._in_thread))
        try:
            await asyncio.wait({gone, waiting}, return_when=asyncio.FIRST_COMPLETED)
            is_wanted = waiting.done() and not gone.done()
        finally:
            gone.cancel()
            waiting.cancel()
        response.at_end = at_end if is_wanted else response.at_loss  # what nobody was told is not final
        if response.at_end:
            await asyncio.shield(self._in_thread(response.end))
        return is_wanted

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await in_thread(self.threads, work)


class Gathered:
    """Has what requests left in this process written: a while after the first one, and when the process ends."""

    def __init__(
        self, in_thread: Callable[[Callable[[], None]], Any], is_any: Callable[[], bool], write: Callable[[], None],
        seconds: float,
    ) -> None:  # fmt: skip
        self._in_thread, self._is_any, self._write_all, self._seconds = in_thread, is_any, write, seconds
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Future[None] | None = None
        atexit.register(write)

    def write_soon(self) -> None:
        """Unless there is nothing to write, or it will be written already."""
        if self._timer is None and self._is_any():
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self._write)

    def _write(self) -> None:
        self._writing = asyncio.ensure_future(self._in_thread(self._write_all))
        self._writing.add_done_callback(self._wrote)

    def _wrote(self, _: Any) -> None:
        self._timer = None
        self.write_soon()  # what was counted meanwhile, or could not be written


def quiet_signals() -> None:
    """kit.threads does their work; each receiver costs two thread hops a request."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
        signal.disconnect(reset_queries)


quiet_signals()
refusals.install()
socket: Any = EventSocket
routes: Any = URLRouter
application: Any = ProtocolTypeRouter(  # type: ignore[no-untyped-call]
    {"http": OneHopHandler(), "websocket": routes([path("ws", socket.as_asgi())])}
)
