"""Daphne with what it has no setting for: backpressure, reasons of a close, limits of a socket, an orderly end.

Importing this installs Twisted's reactor: only refusals.install() does, in the process that daphne's command started.
"""

from __future__ import annotations

import asyncio
import contextlib
import resource
import time
from typing import Any

import daphne.cli
import daphne.server
import daphne.ws_protocol
from autobahn.exception import Disconnected
from twisted.internet import defer

from executor_one.kit import refusals
from executor_one.kit.flow import FLOW, Flow

FRAME_BYTES = 65_536  # of a frame, and of a message, that a client may send
MESSAGES_A_SECOND, BURST = 20, 100
FRAMES_A_SECOND, FRAMES_BURST = 100, 500  # of any kind: pings and pieces of messages cost time too
CLOSE_SECONDS = 2  # for the other side's close frame; then the connection is cut
FLUSH_SECONDS = 0.3  # between the last words to all and the end of the process
TOO_MANY = (4429, "More messages than are read: 20 a second. Connect again and send less.")

TOO_MANY_FRAMES = (4429, "More frames than are read: 100 a second, pings included. Connect again and send less.")


class Allowance:
    """So many a second on average, and a burst of them."""

    def __init__(self, per_second: int, burst: int) -> None:
        self._per_second, self._burst = per_second, burst
        self._left, self._counted_at = float(burst), time.monotonic()

    def take(self) -> bool:
        """Count one; False when it is one too many."""
        now = time.monotonic()
        self._left = min(self._burst, self._left + (now - self._counted_at) * self._per_second) - 1
        self._counted_at = now
        return self._left >= 0


def install() -> None:
    """Put our classes in the places of daphne's; before the server is made."""
    daphne.server.WebSocketFactory = SocketFactory
    daphne.cli.CommandLineInterface.server_class = Server


class Server(daphne.server.Server):  # type: ignore[misc]
    """Daphne's server; each connection's scope carries its flow."""

    def __init__(self, *args: Any, **options: Any) -> None:
        own = {
            "websocket_max_message_size": FRAME_BYTES,
            "websocket_max_frame_size": FRAME_BYTES,
            "websocket_timeout": -1,  # a socket may stay for ever
            "ping_timeout": 15,  # shorter than the interval of 20, or an answered ping would be missed all the same
        }
        super().__init__(*args, **{**options, **own})

    def run(self) -> None:
        """Serve; a socket is a file, so as many as the system's hard limit allows."""
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        super().run()

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        """As daphne's."""
        scope.setdefault("extensions", {})[FLOW] = protocol.flow
        return super().create_application(protocol, scope)

    def kill_all_applications(self) -> Any:
        """Cancel what runs, so that it says goodbye; daphne's own stumbles over connections without an application."""
        running = [details.get("application_instance") for details in self.connections.values()]
        return defer.Deferred.fromFuture(asyncio.ensure_future(_end([one for one in running if one])))


async def _end(running: list[Any]) -> None:
    for one in running:
        one.cancel()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_SECONDS):
            await asyncio.gather(*running, return_exceptions=True)
    await asyncio.sleep(FLUSH_SECONDS if running else 0)


class SocketProtocol(daphne.ws_protocol.WebSocketProtocol):  # type: ignore[misc]
    """A socket. Its flow is the transport's only producer, in the place of the HTTP channel that it came from."""

    maxMessagePayloadSize: int

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.flow = Flow(abort=lambda: self.transport.abortConnection())
        self._messages = Allowance(MESSAGES_A_SECOND, BURST)
        self._frames = Allowance(FRAMES_A_SECOND, FRAMES_BURST)
        self._is_flooded = False

    def onOpen(self) -> None:
        """The handshake is done."""
        self.transport.unregisterProducer()
        self.transport.registerProducer(self.flow, True)
        super().onOpen()

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """A message of the client's, while it sends no more than MESSAGES_A_SECOND on average."""
        if self._messages.take():
            super().onMessage(payload, isBinary)
        else:
            self.muted = True
            self._close(*TOO_MANY)

    def onFrameBegin(self) -> None:
        """A frame of any kind, while there are no more than FRAMES_A_SECOND of them on average."""
        super().onFrameBegin()
        if not self._frames.take():
            self._is_flooded = self.muted = True
            if self.state == self.STATE_OPEN:
                self._close(*TOO_MANY_FRAMES)

    def processData(self) -> bool:
        """Of a client that floods us nothing more is read, not even its close frame: CLOSE_SECONDS later it is cut."""
        if self._is_flooded:
            self.data = b""
            return False
        return bool(super().processData())

    def onPing(self, payload: bytes) -> None:
        """Answered while the client takes the answers: they would pile up here."""
        if self.flow.is_open:
            super().onPing(payload)

    def sendMessage(self, *args: Any, **options: Any) -> None:
        """Of any length: autobahn would hold us to what a client may send, and no event may be too long to be told."""
        limit, self.maxMessagePayloadSize = self.maxMessagePayloadSize, 0
        try:
            super().sendMessage(*args, **options)
        finally:
            self.maxMessagePayloadSize = limit

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        """Also of a socket that was muted: the application must hear that it is gone."""
        self.muted = False
        self.flow.stopProducing()
        super().onClose(wasClean, code, reason)

    def handle_reply(self, message: dict[str, Any]) -> None:
        """What the application sends: a close carries its reason, and before the handshake a status."""
        if message["type"] != "websocket.close":
            with contextlib.suppress(Disconnected):  # the application hears in a moment that the client has gone
                super().handle_reply(message)
        elif self.state == self.STATE_CONNECTING:
            self._refuse(message.get("status", 403), message.get("reason") or "You may not open a socket here.")
        else:
            self._close(message.get("code") or 1000, message.get("reason") or "")

    def sendHttpErrorResponse(self, code: int, reason: str, responseHeaders: Any = None) -> None:
        """Every refused handshake in the one shape of our errors."""
        self.sendData(refusals.raw(code, reason))

    def _refuse(self, status: int, message: str) -> None:
        self.handshake_deferred.errback(daphne.ws_protocol.ConnectionDeny(code=status, reason=message))
        del self.handshake_deferred
        self.server.protocol_disconnected(self)

    def serverReject(self) -> None:
        """Daphne's own: the application did not answer in time."""
        self._refuse(503, "There was no answer in time.")

    def _close(self, code: int, reason: str) -> None:
        self.sendCloseFrame(code=code, reasonUtf8=reason.encode()[:123].decode(errors="ignore").encode())

    def _closeConnection(self, abort: bool = False) -> None:
        self.transport.unregisterProducer()  # a paused one would keep the connection open for ever
        super()._closeConnection(abort)


class SocketFactory(daphne.ws_protocol.WebSocketFactory):  # type: ignore[misc]
    """Makes our sockets."""

    protocol = SocketProtocol

    def setProtocolOptions(self, **options: Any) -> None:
        """As autobahn's: what is refused is told by a close frame, and no compression is offered (its default)."""
        super().setProtocolOptions(failByDrop=False, closeHandshakeTimeout=CLOSE_SECONDS, **options)
