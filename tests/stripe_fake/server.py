"""The HTTP server: the API under /v1, hosted pages for people, control under /_fake."""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.stripe_fake import api, pages
from tests.stripe_fake.faults import Fault
from tests.stripe_fake.wire import Object, decode

if TYPE_CHECKING:
    from tests.stripe_fake.control import FakeStripe


@dataclass(frozen=True)
class Request:
    """As it arrived."""

    method: str
    path: str
    params: Object
    headers: dict[str, str]
    form: str

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), "")

    @property
    def key(self) -> str:
        """The API key: a bearer, or the name of HTTP Basic as curl sends it."""
        kind, _, value = self.header("Authorization").partition(" ")
        if kind == "Basic":
            return base64.b64decode(value).decode().partition(":")[0]
        return value


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, fake: FakeStripe, port: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.fake = fake
        self.open_sockets: set[socket.socket] = set()
        self.closing = threading.Event()
        self.thread = threading.Thread(target=self.serve_forever, args=(0.02,), name="stripe-fake", daemon=True)

    def close(self) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()
        for each in [*self.open_sockets]:
            cut(each)
        self.thread.join(5)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone away is no news; what is wrong with us was answered with 500 and kept."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server
    # Without it each answer waits for the acknowledgement of its headers.
    wbufsize = -1
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.server.open_sockets.add(self.connection)

    def finish(self) -> None:
        self.server.open_sockets.discard(self.connection)
        super().finish()

    def log_message(self, format: str, *args: Any) -> None:
        """`requests` is the log."""

    def do_GET(self) -> None:
        self.serve()

    def do_POST(self) -> None:
        self.serve()

    def do_DELETE(self) -> None:
        self.serve()

    def serve(self) -> None:
        request = self.read()
        if not request.path.startswith("/v1"):
            status, headers, body = pages.answer(self.server.fake, request)
            self.send(status, headers, body)
            return
        fake = self.server.fake
        fake.requests.append(request)
        fault = fake.faults.take(request.method, request.path)
        if fault and fault.when == "before" and self.strike(fault):
            return
        status, headers, body = api.answer(fake, request, during=lambda: self.during(fault))
        if fault and fault.when == "during" and fault.cut:
            return
        if fault and fault.when == "after" and self.strike(fault):
            return
        self.send(status, headers, body)

    def during(self, fault: Fault | None) -> Fault | None:
        """Strikes while the idempotency key is taken; answers the fault if nothing is to be done after it."""
        return fault if fault and fault.when == "during" and self.strike(fault, answers=False) else None

    def strike(self, fault: Fault, answers: bool = True) -> bool:
        """Whether that was all that this request gets."""
        closed = bool(fault.hang) and self.server.closing.wait(fault.hang)
        if fault.cut or closed:
            self.close_connection = True
        elif fault.status and answers:
            status, body, headers = fault.answer()
            self.send(status, {"Content-Type": "application/json", **headers}, json.dumps(body).encode())
        return fault.cut or closed or bool(fault.status)

    def read(self) -> Request:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        form = body if self.command == "POST" else parts.query
        params = decode(form)
        return Request(self.command, parts.path, params, dict(self.headers.items()), form)

    def send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


def cut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it may be closed already
        connection.shutdown(socket.SHUT_RDWR)
