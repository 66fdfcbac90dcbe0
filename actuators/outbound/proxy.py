"""The way out of a sandbox, where an account has one: a proxy on a unix socket, with a list of hosts.

A sandbox has no network. Where its account may reach some hosts, the socket is bound into it and a relay
(actuators.sandbox.relay), started inside of its own network namespace, carries what comes to 127.0.0.1:3128 there to
the socket; programs find it by ``HTTP_PROXY`` and ``HTTPS_PROXY``. So they never have an interface, and what they ask
for by name is looked up, checked and dialled out here, like everything that leaves the house.

It speaks CONNECT, and GET and HEAD of http:// addresses. What is inside of a tunnel it does not see: an allowed host
that serves others too (a shared front of many) opens those as well.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import socket
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from actuators.given import Reach, Refused
from actuators.outbound.backend import MOST_TRIED, ONE_TRY_S
from actuators.outbound.credentials import HEADER_NAME
from actuators.outbound.names import matches
from actuators.outbound.resolving import WEB_PORTS, checked_addresses
from actuators.outbound.urls import parse_authority, parse_url

CHUNK = 64 * 1024
HEAD_BYTES = 16 * 1024
HEAD_S = 10.0
REQUEST = re.compile(r"([A-Z]{1,20}) ([\x21-\x7e]{1,8192}) HTTP/1\.[01]")
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
# What is between two neighbours, and what we say ourselves.
NOT_PASSED_ON = frozenset({"host", "connection", "keep-alive", "te", "trailer", "upgrade", "content-length"})
STATUS = {"bad_request": "400 Bad Request", "connect_failed": "502 Bad Gateway", "busy": "503 Service Unavailable"}
FORBIDDEN = "403 Forbidden"


@dataclass(frozen=True)
class ProxyLimits:
    """``bytes`` and ``seconds`` of one connection, both ways together; ``connections`` at once."""

    connections: int = 32
    bytes: int = 256 << 20
    seconds: float = 600.0


@dataclass
class Passage:
    """What became of a connection. ``verdict``: allowed, refused (``reason`` says why), cut (at a limit) or broken."""

    host: str = ""
    port: int = 0
    verdict: str = "broken"
    reason: str = ""
    sent: int = 0
    received: int = 0
    duration_ms: int = 0


class Cut(Exception):
    """A connection has had all that it may."""


class EgressProxy:
    """Serves one account's sandboxes. ``allowed``: ``example.com``, or ``*.example.com`` for every name below it.

    The socket belongs to ``uid``, the sandbox's, and to nobody else. ``log`` is told of every connection at its end.
    """

    def __init__(
        self,
        path: Path,
        allowed: Collection[str],
        reach: Reach,
        *,
        limits: ProxyLimits = ProxyLimits(),
        log: Callable[[Passage], None] = lambda passage: None,
    ) -> None:
        self.path = path
        self.allowed = tuple(allowed)
        self.reach = reach
        self.limits = limits
        self.log = log
        self._open: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self, uid: int | None = None) -> None:
        """Listen. A socket that a crash left behind is replaced."""
        self.path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.path))  # nobody can connect before it listens
        self.path.chmod(0o600)
        if uid is not None:
            os.chown(self.path, uid, uid)
        self._server = await asyncio.start_unix_server(self._meet, sock=listener, limit=HEAD_BYTES)

    async def stop(self) -> None:
        """Take no more, and end what is open."""
        if self._server:
            self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        self.path.unlink(missing_ok=True)

    def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._pass(reader, writer))  # asyncio's own complains when it is cancelled
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        began, passage = time.monotonic(), Passage()
        try:
            if len(self._open) > self.limits.connections:
                raise Refused("busy", f"At most {self.limits.connections} connections at once.")
            async with asyncio.timeout(self.limits.seconds):
                await self._serve(reader, writer, passage)
        except Refused as refused:
            passage.verdict, passage.reason = "refused", str(refused)
            _say(writer, STATUS.get(refused.code, FORBIDDEN), f"{refused}\n")
        except (Cut, TimeoutError):
            passage.verdict = "cut"
            writer.transport.abort()
        except (OSError, asyncio.IncompleteReadError):
            passage.verdict = "broken"
        finally:
            writer.close()
            passage.duration_ms = round((time.monotonic() - began) * 1000)
            self.log(passage)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, passage: Passage) -> None:
        method, target, lines = await _head(reader)
        if method == "CONNECT":
            host, named = parse_authority(target)
            passage.host, passage.port, first = host, named or 443, b""
        elif method in ("GET", "HEAD"):
            url = parse_url(target)
            if url.scheme != "http":
                raise Refused("bad_request", "What is not http:// goes through CONNECT.")
            passage.host, passage.port = url.host, url.port
            head = [
                f"{method} {url.target} HTTP/1.1",
                f"Host: {url.authority}",
                *_passed_on(lines),
                "Connection: close",
            ]
            first = "\r\n".join([*head, "", ""]).encode("latin-1")
        else:
            raise Refused("bad_request", "Without CONNECT there is GET and HEAD: use https.")
        far_reader, far_writer = await self._dial(passage)
        try:
            if method == "CONNECT":
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await self._both_ways(reader, writer, far_reader, far_writer, passage)
            else:
                # Nothing else of the client is passed on: what comes behind a head may be another one, to another host.
                self._count(passage, sent=len(first))
                far_writer.write(first)
                await self._pump(far_reader, writer, passage, up=False)
        finally:
            far_writer.close()

    async def _dial(self, passage: Passage) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if not matches(passage.host, self.allowed):
            raise Refused("host_not_allowed", f"{passage.host} is not among the hosts that this account may reach.")
        for address in (await checked_addresses(passage.host, passage.port, self.reach, ports=WEB_PORTS))[:MOST_TRIED]:
            with contextlib.suppress(OSError):  # TimeoutError is one
                async with asyncio.timeout(ONE_TRY_S):
                    streams = await asyncio.open_connection(address, passage.port, limit=CHUNK)
                passage.verdict = "allowed"
                return streams
        raise Refused("connect_failed", f"There is no connection to {passage.host}, port {passage.port}.")

    async def _both_ways(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        far_reader: asyncio.StreamReader,
        far_writer: asyncio.StreamWriter,
        passage: Passage,
    ) -> None:
        """Until the far end has said all; whoever is done speaking may still listen."""
        up = asyncio.create_task(self._pump(reader, far_writer, passage, up=True))
        down = asyncio.create_task(self._pump(far_reader, writer, passage, up=False))
        try:
            await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
            if up.done():
                up.result()
            await down
        finally:
            up.cancel()
            down.cancel()
            await asyncio.gather(up, down, return_exceptions=True)

    async def _pump(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, passage: Passage, *, up: bool
    ) -> None:
        with contextlib.suppress(OSError):
            while piece := await source.read(CHUNK):
                self._count(passage, **{"sent" if up else "received": len(piece)})
                target.write(piece)
                await target.drain()
            target.write_eof()

    def _count(self, passage: Passage, *, sent: int = 0, received: int = 0) -> None:
        passage.sent += sent
        passage.received += received
        if passage.sent + passage.received > self.limits.bytes:
            raise Cut


async def _head(reader: asyncio.StreamReader) -> tuple[str, str, list[str]]:
    """Method, target and header lines of a request. Only what is plainly one."""
    try:
        async with asyncio.timeout(HEAD_S):
            head = (await reader.readuntil(b"\r\n\r\n"))[:-4].decode("latin-1")
    except asyncio.LimitOverrunError as error:
        raise Refused("bad_request", f"The head of a request has at most {HEAD_BYTES} bytes.") from error
    first, *lines = head.split("\r\n")
    request = REQUEST.fullmatch(first)
    if not request or any(CONTROL.search(line) for line in lines):
        raise Refused("bad_request", "This is no request to a proxy.")
    return request[1], request[2], lines


def _passed_on(lines: list[str]) -> list[str]:
    """The headers that are for the far end. A body is not passed on, so there must be none."""
    headers = [line.partition(":") for line in lines]
    if not all(HEADER_NAME.fullmatch(name) and colon for name, colon, _ in headers):
        raise Refused("bad_request", "This is no header.")
    values = {name.lower(): value.strip() for name, _, value in headers}
    if "transfer-encoding" in values or values.get("content-length", "0") != "0":
        raise Refused("bad_request", "A request without CONNECT has no body: use https.")
    named = {name.strip().lower() for name in values.get("connection", "").split(",")}
    own = NOT_PASSED_ON | named
    return [
        f"{name}: {value.strip()}"
        for name, _, value in headers
        if name.lower() not in own and not name.lower().startswith("proxy-")
    ]


def _say(writer: asyncio.StreamWriter, status: str, text: str) -> None:
    """A whole answer; who does not take it loses it."""
    body = text.encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
    with contextlib.suppress(OSError):
        writer.write(f"{head}Connection: close\r\n\r\n".encode() + body)
