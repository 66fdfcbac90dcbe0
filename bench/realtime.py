"""How long an event takes from its commit to the last of 1,000 sockets, also when one of the readers is slow.

The clients are bare sockets in one process, so that what is measured is mostly the server's work. They all belong to
one account, which is the hardest case: one read, a thousand sends.
"""

from __future__ import annotations

import json
import resource
import selectors
import socket
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from bench.goals import Member, p

HANDSHAKE = (
    "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
ROUNDS = 40
BIG = {"text": "y" * 20_000}
INSERT = (
    "INSERT INTO events_event (account_id, type, data, actor, receipt, created_at)"
    " VALUES (%s, %s, %s, 'bench', 'rcp_bench', now())"
)


def follow(address: tuple[str, int], key: str, types: list[str]) -> socket.socket:
    """A socket that was told `connected`."""
    opened = socket.create_connection(address, timeout=60)
    opened.sendall(HANDSHAKE.encode())
    while not opened.recv(4096).endswith(b"\r\n\r\n"):
        pass
    text = json.dumps({"type": "auth", "token": key, "types": types}).encode()
    assert len(text) < 126, "or its length is written in another way"
    opened.sendall(b"\x81" + bytes([0x80 | len(text)]) + b"\0\0\0\0" + text)
    assert b"connected" in opened.recv(4096)
    return opened


class Teller:
    """Commits events of one account."""

    def __init__(self, data: Path, account: str) -> None:
        self.account = account
        self.database = psycopg.connect((data / "database-url").read_text().strip(), autocommit=True)
        self.database.execute("SELECT set_config('app.account', %s, false)", [account])

    def tell(self, number: int, big: int) -> float:
        """When the commit of an event began; `big` large ones for the slow reader go with it."""
        with self.database.transaction():
            for _ in range(big):
                self.database.execute(INSERT, [self.account, "big.x", json.dumps(BIG)])
            self.database.execute(INSERT, [self.account, "bench.x", json.dumps({"number": number})])
            self.database.execute("SELECT pg_notify('events', %s)", [self.account])
            return time.perf_counter()


def last_hears(readers: selectors.BaseSelector, count: int, number: int) -> None:
    """Return when all have heard the event with this number."""
    marker, waiting = f'"number": {number}}}'.encode(), count
    while waiting:
        waiting -= sum(marker in heard for heard in hear(readers, 30))


def hear(readers: selectors.BaseSelector, seconds: float) -> list[bytes]:
    """What came to each socket; a ping of the server's is answered, or it would take the client for gone."""
    pieces = []
    for key, _ in readers.select(seconds):
        opened: Any = key.fileobj
        pieces.append(opened.recv(65536))
        assert pieces[-1], "the server closed a socket"
        if (at := pieces[-1].find(b"\x89\x0c")) >= 0:
            opened.sendall(b"\x8a\x8c\0\0\0\0" + pieces[-1][at + 2 : at + 14])
    return pieces


def measure(member: Member, data: Path, *, sockets: int) -> dict[str, Any]:
    """Milliseconds from commit to the last socket, 95th of a hundred; without and with a slow reader."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    parts = urlsplit(member.url)
    address = (str(parts.hostname), int(parts.port or 80))
    with member.client() as client, ExitStack() as stack:
        teller = Teller(data, client.call("GET", "/api/auth/me")["accountId"])
        readers = stack.enter_context(selectors.DefaultSelector())
        for _ in range(sockets):
            opened = stack.enter_context(follow(address, member.key, ["bench.*"]))
            readers.register(opened, selectors.EVENT_READ)
            hear(readers, 0)
        calm = rounds(teller, readers, sockets, range(ROUNDS), big=0)
        stack.enter_context(follow(address, member.key, ["big.*"]))  # it reads nothing from here on
        slow = rounds(teller, readers, sockets, range(ROUNDS, 2 * ROUNDS), big=40)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return {
        f"event to the last of {sockets} sockets, p95 ms": p(calm, 0.95),
        "the same beside a slow reader, p95 ms": p(slow, 0.95),
    }


def rounds(teller: Teller, readers: selectors.BaseSelector, count: int, numbers: range, *, big: int) -> list[float]:
    """Seconds to the last socket, of each event."""
    took = []
    for number in numbers:
        began = teller.tell(number, big)
        last_hears(readers, count, number)
        took.append(time.perf_counter() - began)
        time.sleep(0.02)
    return took
