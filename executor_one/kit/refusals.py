"""What the HTTP server refuses before Django sees it, in the one error shape (executor_one.kit.errors)."""

from __future__ import annotations

import json
import sys
from contextvars import copy_context
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote_to_bytes

import daphne.http_protocol
from django.conf import settings
from twisted.web import http

from executor_one.kit.errors import TOO_LARGE, problem
from executor_one.kit.flow import Flow

DRAIN = 16  # times the largest body: how much of a refused one is read, so that the client gets to see the answer
UNREADABLE = "This is not a request that HTTP/1.1 allows: see its first line, its headers and its body's length."
CONTROL = "A header of the handshake holds a control character."
WEBSOCKET_PATH = b"/ws"
NO_TEXT = "The address is not UTF-8 once its percent signs are decoded (RFC 3986, section 2.5)."
MESSAGES = {400: UNREADABLE, 503: "There was no answer in time."}


def install() -> None:
    """Teach daphne and Twisted, which offer no setting for it; once, before the server starts."""
    daphne.http_protocol.WebRequest = RefusingRequest
    http.HTTPChannel._respondToBadRequestAndDisconnect = _refuse_unreadable  # type: ignore[method-assign]
    http.HTTPChannel.lineLengthExceeded = _refuse_unreadable  # type: ignore[method-assign]
    http.RESPONSES.update({status.value: status.phrase.encode() for status in HTTPStatus})
    if "daphne.cli" in sys.modules:  # not in tests, which have another event loop than Twisted's
        from executor_one.kit import server

        server.install()


class RefusingRequest(daphne.http_protocol.WebRequest):  # type: ignore[misc]
    """Daphne's request, which says no in our words, and to a body that is too large before it has come.

    A refused body is read and thrown away, DRAIN bodies at most: a connection that is closed with unread bytes is
    reset, and a reset makes clients drop the answer that they had (RFC 9112, 9.6).
    """

    refused = False
    received = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.flow = Flow(self._report_to, self._abort)

    def gotLength(self, length: int | None) -> None:
        """The headers are complete; `length` is None where the body comes in chunks."""
        super().gotLength(length)
        if (length or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            self.requestHeaders.removeHeader(b"expect")  # the answer is no, not "100 Continue"
            self._refuse(413, TOO_LARGE)

    def handleContentChunk(self, data: bytes) -> None:
        """A part of the body."""
        self.received += len(data)
        if self.received > settings.DATA_UPLOAD_MAX_MEMORY_SIZE and not self.refused:
            self._refuse(413, TOO_LARGE)
        if not self.refused:
            super().handleContentChunk(data)
        elif self.received > settings.DATA_UPLOAD_MAX_MEMORY_SIZE * DRAIN:
            self.channel.transport.abortConnection()

    def process(self) -> Any:
        """The request is complete. A wish to speak WebSocket elsewhere than at /ws is ignored (RFC 9110, 7.8)."""
        if not self.refused and not _is_text(self.uri):
            self._refuse(400, NO_TEXT)
        elif self.path != WEBSOCKET_PATH or self.method != b"GET":
            self.requestHeaders.removeHeader(b"upgrade")
        elif not self.refused and _has_control_characters(self.requestHeaders):
            self._refuse(400, CONTROL)
        return self.channel.loseConnection() if self.refused else super().process()

    def finish(self) -> None:
        """The answer is whole."""
        if self.producer:
            self.unregisterProducer()
            self.flow.stopProducing()
        super().finish()

    def _report_to(self, flow: Flow) -> None:
        """Nobody reports of a client that has gone already; the application hears of it by its disconnect."""
        if self.channel:
            self.registerProducer(flow, True)

    def _abort(self) -> None:
        if self.channel:
            self.channel.transport.abortConnection()

    def basic_error(self, status: int, status_text: bytes, body: str) -> None:
        """Daphne's own refusals and failures."""
        if self._response_started:  # half an answer must not look like a whole one
            self.channel.transport.abortConnection()
            return
        headers, content = refusal(status)
        self.handle_reply({"type": "http.response.start", "status": status, "headers": headers})
        self.handle_reply({"type": "http.response.body", "body": content})

    def _refuse(self, status: int, message: str) -> None:
        self.refused = True
        self.channel.transport.write(raw(status, message))


def _is_text(address: bytes) -> bool:
    """Decoded with replacement characters, as daphne does it, two addresses would become one: two keys, one memory."""
    try:
        unquote_to_bytes(address).decode()
    except UnicodeDecodeError:
        return False
    return True


def _has_control_characters(headers: Any) -> bool:
    """Such a handshake is repeated as text to the WebSocket protocol, and a line end in it would be another header."""
    pieces = [piece for name, values in headers.getAllRawHeaders() for piece in (name, *values)]
    return any((byte < 32 and byte != 9) or byte == 127 for piece in pieces for byte in piece)


def refusal(status: int, message: str = "") -> tuple[list[tuple[bytes, bytes]], bytes]:
    """The headers and the body of a refusal, with a receipt of its own."""
    message = message or MESSAGES.get(status, "Something broke on our side. Tell support the receipt.")
    body = copy_context().run(problem, status, message)
    content = json.dumps(body).encode()
    return [
        (b"Content-Type", b"application/problem+json"),
        (b"Content-Length", str(len(content)).encode()),
        (b"X-Receipt", body["receipt"].encode()),
    ], content


def raw(status: int, message: str) -> bytes:
    """The refusal as it goes over the wire, for a request of which Twisted has no whole object yet."""
    headers, content = refusal(status, message)
    first = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()
    lines = [first, *(name + b": " + value for name, value in headers), b"Connection: close"]
    return b"\r\n".join(lines) + b"\r\n\r\n" + content


def _refuse_unreadable(channel: Any, line: bytes = b"") -> None:
    """In the place of Twisted's bare status line, and of its silence about a line that is too long."""
    channel.transport.write(raw(400, UNREADABLE))
    channel.loseConnection()
