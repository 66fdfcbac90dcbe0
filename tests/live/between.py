"""A network that fails: it stands between a client and an installation, and loses what it is told to lose."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

# What becomes of a request: it is answered; it is done, and its answer is lost, whole or in part; it gets no further.
PASS, LOSE_ANSWER, CUT_ANSWER, GATEWAY, PORTAL, MOVED = (
    "pass",
    "lose answer",
    "cut answer",
    "gateway",
    "portal",
    "moved",
)
ANSWERS = {
    GATEWAY: b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\nConnection: close\r\n\r\nsick",
    PORTAL: b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\nConnection: close\r\n\r\n<pay>",
    MOVED: b"HTTP/1.1 301 Moved\r\nLocation: /api/goals\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
}


class Between:
    """Takes one request a connection; `fates` says for each in turn what becomes of it, then they pass."""

    def __init__(self, port: int, *fates: str) -> None:
        self.port_behind, self.fates = port, list(fates)
        self.requests: list[bytes] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> Between:
        return self

    def __exit__(self, *_: object) -> None:
        self.listener.close()

    def sent(self, name: str) -> list[str]:
        """A header, as each request had it."""
        found = []
        for request in self.requests:
            lines = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")
            found += [line.partition(":")[2].strip() for line in lines if line.lower().startswith(f"{name.lower()}:")]
        return found

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self._handle, args=(client,), daemon=True).start()

    def _handle(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            request = _whole(client.recv)
            if not request:
                return
            self.requests.append(request)
            fate = self.fates.pop(0) if self.fates else PASS
            if fate in ANSWERS:
                client.sendall(ANSWERS[fate])
                return
            answer = self._ask(request)
            if fate != LOSE_ANSWER:
                client.sendall(answer if fate == PASS else answer[:-1])

    def _ask(self, request: bytes) -> bytes:
        head, _, body = request.partition(b"\r\n\r\n")
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
        with socket.create_connection(("127.0.0.1", self.port_behind), timeout=60) as server:
            server.sendall(b"\r\n".join([*lines, b"Connection: close", b"", body]))
            parts = []
            while part := server.recv(65_536):
                parts.append(part)
        return b"".join(parts)


def _whole(receive: Callable[[int], bytes]) -> bytes:
    """A request with all of its body."""
    got = b""
    while b"\r\n\r\n" not in got:
        part = receive(65_536)
        if not part:
            return b""
        got += part
    head, _, body = got.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    missing = (int(lengths[0].partition(b":")[2]) if lengths else 0) - len(body)
    while missing > 0:
        part = receive(65_536)
        got, missing = got + part, missing - len(part)
    return got
