"""The way out of a sandbox, where an account has one: a proxy on a unix socket, with a list of hosts.

A sandbox has no network. Where its account may reach some hosts, the socket is bound into it and a relay
(actuators.sandbox.relay), started inside of its own network namespace, carries what comes to 127.0.0.1:3128 there to
the socket; programs find it by ``HTTP_PROXY`` and ``HTTPS_PROXY``. So they never have an interface, and what they ask
for by name is looked up, checked and dialled out here, like everything that leaves the house. Which proxies there are,
and for how long, is said by actuators.outbound.egress.

It speaks CONNECT, and GET and HEAD of http:// addresses. What is inside of a tunnel it does not see: an allowed host
that serves others too (a shared front of many) opens those as well.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import select
import socket
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from actuators.given import Reach, Refused
from actuators.outbound import clients
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
NOT_ALLOWED = (
    "{} is not among the hosts that this account's commands may reach. An admin or owner adds it, in the settings of"
    " the dashboard or by PUT /api/egress."
)
BURST_S = 5.0  # openings that were not used for so long may come at once: 100
FLOW_BURST_S = 0.25
BACKLOG = 64  # connections that wait to be accepted
NO_ROOM_S = 0.2
HANGING_S = 2.0  # how long a connection may outlive its client's end
LOOK_S = 0.5
LOOK_FOR_DESCRIPTORS_S = 0.1

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ProxyLimits:
    """``bytes`` and ``seconds`` of one connection, both ways together; ``connections`` at once.

    ``openings`` and ``flow`` are how many connections, and how many bytes, all of a proxy may have in one second when
    it goes on for long; whatever is more waits. Who serves a proxy serves others too.
    """

    connections: int = 32
    bytes: int = 256 << 20
    seconds: float = 600.0
    openings: float = 20.0
    flow: float = 32 << 20


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


class Pace:
    """So many a second; what was not used in the last ``burst_s`` seconds may be used at once."""

    def __init__(self, rate: float, burst_s: float) -> None:
        self._rate, self._burst_s = rate, burst_s
        self._due = 0.0

    async def take(self, many: float) -> None:
        """Wait until this many may go."""
        now = time.monotonic()
        self._due = max(self._due, now - self._burst_s) + many / self._rate
        if self._due > now:
            await asyncio.sleep(self._due - now)


class Room:
    """How many connections all proxies of a process may have together: each costs two of its descriptors."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.taken = 0


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
        room: Room | None = None,
        log: Callable[[Passage], None] = lambda passage: None,
    ) -> None:
        self.path = path
        self.allowed = tuple(allowed)
        self.reach = reach
        self.limits = limits
        self.log = log
        self._room = room or Room(limits.connections)
        self._openings = Pace(limits.openings, BURST_S)
        self._flow = Pace(limits.flow, FLOW_BURST_S)
        self._open: dict[asyncio.Task[None], Passage] = {}
        self._clients: dict[asyncio.Task[None], socket.socket] = {}  # of the same tasks
        self._listener: socket.socket | None = None
        self._serving: list[asyncio.Task[None]] = []

    async def start(self, uid: int | None = None) -> None:
        """Listen. A socket that a crash left behind is replaced."""
        self.path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.setblocking(False)
        is_refused = clients.refuse_descriptors(self._listener)
        self._listener.bind(str(self.path))  # nobody can connect before it listens
        self.path.chmod(0o600)
        if uid is not None:
            os.chown(self.path, uid, uid)
        self._listener.listen(BACKLOG)
        self._serving = [
            asyncio.create_task(self._accept(self._listener)),
            asyncio.create_task(self._guard(self._listener, is_refused)),
        ]

    def allow(self, allowed: Collection[str]) -> None:
        """These are the hosts from now on; connections to others are cut."""
        self.allowed = tuple(allowed)
        for task, passage in self._open.items():
            if passage.verdict == "allowed" and not matches(passage.host, self.allowed):
                task.cancel()

    async def stop(self) -> None:
        """Take no more, and end what is open."""
        tasks = [*self._serving, *self._open]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._listener:
            self._listener.close()
        self.path.unlink(missing_ok=True)

    async def _accept(self, listener: socket.socket) -> None:
        """One after the other, at their pace: whoever opens more waits in the kernel, where it costs nothing."""
        loop = asyncio.get_running_loop()
        while True:
            await self._openings.take(1)
            try:
                met, _ = await loop.sock_accept(listener)
            except OSError as error:  # no descriptor is left: some will be
                logger.warning("egress: %s", error)
                await asyncio.sleep(NO_ROOM_S)
                continue
            clients.refuse_descriptors(met)
            passage = Passage()
            task = asyncio.create_task(self._meet(met, passage))
            self._open[task], self._clients[task] = passage, met
            self._room.taken += 1
            task.add_done_callback(self._let_go)

    async def _guard(self, listener: socket.socket, is_refused: bool) -> None:
        """Cut who is gone, also while we do not read it, and who sends descriptors where no kernel refuses them."""
        since: dict[asyncio.Task[None], float] = {}
        while True:
            await asyncio.sleep(LOOK_S if is_refused else LOOK_FOR_DESCRIPTORS_S)
            now = time.monotonic()
            since = {task: since.get(task, now) for task in clients.gone(self._clients)}
            cut = {task for task, then in since.items() if now - then >= HANGING_S}
            if not is_refused:
                cut |= {task for task, client in self._clients.items() if clients.has_descriptors(client)}
                if clients.has_descriptors(listener):
                    clients.hang_up_all(listener)
            for task in cut:
                task.cancel()

    def _let_go(self, task: asyncio.Task[None]) -> None:
        del self._open[task], self._clients[task]
        self._room.taken -= 1

    async def _meet(self, met: socket.socket, passage: Passage) -> None:
        reader, writer = await asyncio.open_unix_connection(sock=met, limit=HEAD_BYTES)
        await self._pass(reader, writer, passage)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, passage: Passage) -> None:
        began = time.monotonic()
        try:
            if len(self._open) > self.limits.connections:
                raise Refused("busy", f"At most {self.limits.connections} connections at once.")
            if self._room.taken > self._room.most:
                raise Refused("busy", "Too many connections are open here; try again.")
            async with asyncio.timeout(self.limits.seconds):
                await self._serve(reader, writer, passage)
                writer.close()
                await writer.wait_closed()  # what is left in it counts as open for as long as nobody takes it
        except Refused as refused:
            passage.verdict, passage.reason = "refused", str(refused)
            _say(writer, STATUS.get(refused.code, FORBIDDEN), f"{refused}\n")
        except (Cut, TimeoutError):
            passage.verdict = "cut"
            writer.transport.abort()
        except asyncio.CancelledError:
            passage.verdict = "cut"
            writer.transport.abort()
            raise
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
                await _while_heard(asyncio.create_task(self._pump(far_reader, writer, passage, up=False)), writer)
        finally:
            far_writer.close()

    async def _dial(self, passage: Passage) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if not matches(passage.host, self.allowed):
            raise Refused("host_not_allowed", NOT_ALLOWED.format(passage.host))
        for address in (await checked_addresses(passage.host, passage.port, self.reach, ports=WEB_PORTS))[:MOST_TRIED]:
            with contextlib.suppress(OSError):  # TimeoutError is one
                async with asyncio.timeout(ONE_TRY_S):
                    streams = await asyncio.open_connection(address, passage.port, limit=CHUNK)
                if not matches(passage.host, self.allowed):  # it was taken back meanwhile
                    streams[1].transport.abort()
                    raise Refused("host_not_allowed", NOT_ALLOWED.format(passage.host))
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
            await _while_heard(down, writer)
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
                await self._flow.take(len(piece))
                target.write(piece)
                await target.drain()
            target.write_eof()

    def _count(self, passage: Passage, *, sent: int = 0, received: int = 0) -> None:
        passage.sent += sent
        passage.received += received
        if passage.sent + passage.received > self.limits.bytes:
            raise Cut


async def _while_heard(down: asyncio.Task[None], writer: asyncio.StreamWriter) -> None:
    """Until the far end has said all, or nobody is there to hear it: a sandbox that ends says no goodbye."""
    poll = select.poll()
    poll.register(writer.get_extra_info("socket").fileno(), 0)
    try:
        while not (await asyncio.wait({down}, timeout=HANGING_S))[0]:
            if poll.poll(0):  # both ways are closed there; who is only done speaking still listens
                return
        down.result()
    finally:
        down.cancel()


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
