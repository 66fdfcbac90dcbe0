"""A server on a raw socket that answers what a test tells it to, or breaks off."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

LINGER = struct.pack("ii", 1, 0)  # closing sends a reset


@dataclass
class Request:
    """What a client sent; the names of headers in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Answer:
    """Bytes to send, and whether the connection is reset after them instead of closed."""

    content: bytes = b""
    reset: bool = False


RESET = Answer(reset=True)


def answer(status: int, data: Any = None, *, body: bytes | None = None, **headers: str) -> Answer:
    """A whole answer; `data` as JSON. Underscores in the names of headers are hyphens."""
    content = json.dumps(data).encode() if body is None else body
    told = {"Content-Type": "application/json", "Content-Length": str(len(content)), "Connection": "close"}
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return Answer(f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode() + content)


def problem(status: int, name: str = "x", **headers: Any) -> Answer:
    """An error as the API tells it."""
    data = {"status": status, "code": status, "name": name, "message": f"It is {name}.", "receipt": "rcp_1"}
    return answer(status, data, **headers)


def stream(*pieces: str) -> Answer:
    """Server-sent events of these pieces, broken off: the body has no end that a client could see."""
    head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = b"".join(f"{len(piece.encode()):x}\r\n".encode() + piece.encode() + b"\r\n" for piece in pieces)
    return Answer(head.encode() + chunks)


def event(id: int, type: str = "a.b", **data: Any) -> str:
    """One event as the API writes it."""
    told = {"id": str(id), "type": type, "timestamp": "2026-11-28T18:30:00Z", "data": data}
    return f"id: {id}\nevent: {type}\ndata: {json.dumps(told, ensure_ascii=False)}\n\n"


def ending(reason: str, message: str = "Over.") -> str:
    """The last event of a stream."""
    return f"event: end\ndata: {json.dumps({'reason': reason, 'message': message})}\n\n"


class Faulty:
    """Answers each request by the next of `script`: an Answer, or a function of the request that makes one."""

    def __init__(self, *script: Answer | Callable[[Request], Answer]) -> None:
        self.script = list(script)
        self.asked: list[Request] = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Faulty:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(10)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        request = read(connection)
        if request is None:
            return
        self.asked.append(request)
        step = self.script.pop(0) if self.script else answer(500, body=b"the script is over")
        given = step if isinstance(step, Answer) else step(request)
        connection.sendall(given.content)
        if given.reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)


def read(connection: socket.socket) -> Request | None:
    """One request; None where there was none."""
    with connection.makefile("rb") as file:
        first = file.readline().decode().split()
        if not first:
            return None
        headers = {}
        while line := file.readline().strip():
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        return Request(first[0], first[1], headers, file.read(int(headers.get("content-length", 0))))
