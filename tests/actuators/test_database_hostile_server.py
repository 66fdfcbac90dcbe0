"""Servers that are believed and then lie: whatever a driver makes of it, the statement was sent. E_R24."""

import asyncio
import contextlib
import socket
import struct
import threading
import time
from ipaddress import ip_network

import pytest

from actuators import database
from actuators.given import Given, Reach, Refused
from actuators.sandbox import Limits, Workspace
from tests.actuators.mysql_server import EOF, MySql, send

pytestmark = pytest.mark.hostile
OPEN = Reach(exceptions=(ip_network("127.0.0.1/32"),))


def asked(engine, port, **fields):
    """(code, in doubt) of a statement that writes."""
    params = {
        "engine": engine, "host": "127.0.0.1", "port": port, "database": "x", "username": "u", "tls": "off",
        "sql": "insert into t values (1)", "readOnly": False, "timeoutMs": 1500,
    } | fields  # fmt: skip
    given = Given(Workspace("/nonexistent", None), Limits(), None, reach=OPEN)
    with pytest.raises(Refused) as refused:
        asyncio.run(database.run(params, given))
    return refused.value.code, refused.value.in_doubt


def column(kind):
    return b"\x03def\0\0\0\x01a\x01a\x0c" + struct.pack("<HIBHB", 33, 10, kind, 0, 0) + b"\0\0"


class Liar(MySql):
    """Answers the statement with these packets."""

    def __init__(self, packets):
        self.packets = packets
        super().__init__()

    def _answer(self, peer, number, said):
        if said[1:].startswith(b"insert"):
            for place, packet in enumerate(self.packets, number + 1):
                send(peer, place, packet)
            time.sleep(0.3)
            raise EOFError
        super()._answer(peer, number, said)


LIES = {
    "a file, please": [b"\xfb/etc/passwd"],
    "a number that is cut off": [b"\xfc"],
    "a packet of nothing": [b""],
    "a column that is cut off": [b"\x01", b"\x03def"],
    "more columns than come": [b"\xfd\xff\xff\xff", column(0x0C)],
    "a decimal that is none": [b"\x01", column(0xF6), EOF, b"\x04junk", EOF],
    "a date that is none": [b"\x01", column(0x0A), EOF, b"\x04\xff\xff\xff\xff", EOF],
}


@pytest.mark.parametrize("lie", LIES)
def test_case_36_a_mysql_that_lies_ends_nothing_but_its_statement(lie):
    liar = Liar(LIES[lie])
    with contextlib.closing(liar):
        assert asked("mysql", liar.port) == ("database_error", True)


def test_case_36_deep_json_of_a_mysql_is_its_text():
    liar = Liar([b"\x01", column(0xF5), EOF, b"\xfc" + struct.pack("<H", 60000) + b"[" * 60000, EOF])
    with contextlib.closing(liar):
        given = Given(Workspace("/nonexistent", None), Limits(), None, reach=OPEN)
        params = {"engine": "mysql", "host": "127.0.0.1", "port": liar.port, "database": "x", "username": "u",
                  "tls": "off", "sql": "insert", "readOnly": False}  # fmt: skip
        assert asyncio.run(database.run(params, given)).data["rows"] == [["[" * 60000]]


def message(kind, body):
    return kind + struct.pack(">I", len(body) + 4) + body


READY = message(b"Z", b"I")
HELLO = (
    message(b"R", struct.pack(">I", 0)) + message(b"S", b"server_version\x0015\0")
    + message(b"S", b"client_encoding\0UTF8\0") + message(b"K", b"\0" * 8) + READY
)  # fmt: skip


def row(oid, value, name=b"a"):
    """One column of one row, as the extended protocol has it."""
    described = struct.pack(">H", 1) + name + b"\0" + struct.pack(">IhIhih", 0, 0, oid, -1, -1, 0)
    return (
        message(b"1", b"") + message(b"2", b"") + message(b"T", described)
        + message(b"D", struct.pack(">HI", 1, len(value)) + value) + message(b"C", b"SELECT 1\0") + READY
    )  # fmt: skip


@contextlib.contextmanager
def postgres_that_says(answer):
    def serve():
        with contextlib.suppress(OSError):
            while True:
                peer = listener.accept()[0]
                with contextlib.suppress(OSError), peer:
                    peer.recv(9999)
                    peer.sendall(HELLO)
                    peer.recv(99999)
                    peer.sendall(answer)
                    time.sleep(0.3)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


LIES_OF_POSTGRES = {
    "a text that is none": row(25, b"\xff\xfe"),
    "a name that is none": row(25, b"x", b"\xff\xfe"),
    "a uuid that is none": row(2950, b"junk"),
    "an address that is none": row(869, b"junk"),
    "an array that is none": row(1007, b"{{1,{2"),
    "a number that is none": row(23, b"junk"),
    "a message that never was": b"\xff\xff\xff\xff\xff",
    "an end": b"",
}


@pytest.mark.parametrize("lie", LIES_OF_POSTGRES)
def test_case_36_a_postgresql_that_lies_ends_nothing_but_its_statement(lie):
    with postgres_that_says(LIES_OF_POSTGRES[lie]) as port:
        code, in_doubt = asked("postgresql", port)
    assert code in ("database_error", "timeout")
    assert in_doubt is True


def test_what_never_reached_a_server_was_not_done():
    for engine in ("postgresql", "mysql"):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            assert asked(engine, port, timeoutMs=300)[1] is False  # it listens, and says nothing
        assert asked(engine, port) == ("connect_failed", False)


class Turning:
    """A resolver that says where the server is the first time, and a place inside every other time."""

    def __init__(self):
        self.asked = 0

    def __call__(self, host, port):
        self.asked += 1
        return ["127.0.0.1"] if self.asked == 1 else ["127.0.0.2"]


@pytest.mark.parametrize("engine", ["postgresql", "mysql"])
def test_case_27_a_name_that_turns_is_looked_up_once_and_dialled_where_it_was_checked(engine):
    """The operator opened 127.0.0.1; 127.0.0.2 is blocked, and listens on the same port."""
    turning, heard = Turning(), []
    with socket.create_server(("127.0.0.1", 0)) as first:
        port = first.getsockname()[1]
        with socket.create_server(("127.0.0.2", port)) as inside:
            inside.settimeout(0.2)
            reach = Reach(exceptions=(ip_network("127.0.0.1/32"),), resolve=turning)
            threading.Thread(target=lambda: heard.append(first.accept()[0]), daemon=True).start()
            given = Given(Workspace("/nonexistent", None), Limits(), None, reach=reach)
            params = {"engine": engine, "host": "db.example.com", "port": port, "database": "x", "username": "u",
                      "tls": "off", "sql": "select 1", "timeoutMs": 400}  # fmt: skip
            with pytest.raises(Refused):
                asyncio.run(database.run(params, given))
            assert (turning.asked, len(heard)) == (1, 1)
            with pytest.raises(TimeoutError):
                inside.accept()
            with pytest.raises(Refused, match="cannot be reached from here"):
                asyncio.run(database.run(params, given))
