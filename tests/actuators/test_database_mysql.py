"""The database actuator on a real MariaDB or MySQL, where this machine has one. E16, E_R24."""

import asyncio
import contextlib
import gc
import json
import os
import socket
import struct
import sys
import threading
import time
from ipaddress import ip_network

import pytest

from actuators import database
from actuators.databases.mysql_reads import READING
from actuators.given import Given, Reach, Refused, Secret
from actuators.sandbox import Limits, Workspace
from tests.actuators.database_servers import PASSWORD, mariadb
from tests.actuators.test_mysql_reads import BOUND, HIDDEN, READS

OPEN = Reach(exceptions=(ip_network("127.0.0.1/32"),))


@pytest.fixture(scope="module")
def server():
    with mariadb() as made:
        if made is None:
            pytest.skip("NOT TESTED: no MariaDB or MySQL on this machine lets us in at /run/mysqld/mysqld.sock")
        yield made


def asking(port, name):
    def ask(sql, *, reach=OPEN, **fields):
        params = {
            "engine": "mysql", "host": "127.0.0.1", "port": port, "database": name, "credential": "c", "tls": "off",
            "sql": sql,
        } | fields  # fmt: skip
        secret = Secret("database", ("127.0.0.1",), {"username": name, "password": PASSWORD})
        given = Given(Workspace("/nonexistent", None), Limits(), None, secrets={"c": secret}, reach=reach)
        return asyncio.run(database.run(params, given))

    return ask


@pytest.fixture
def ask(server):
    return asking(server.port, server.name)


@pytest.fixture
def victim(server):
    server.admin(f"create or replace table {server.name}.victim (i int, t text, b blob)")
    server.admin(f"insert into {server.name}.victim values (1, 'ä', x'00ff')")
    return lambda: server.admin(f"select count(*) from {server.name}.victim")[0][0]


def refusal(code):
    return pytest.raises(Refused, check=lambda error: error.code == code)


def test_E16_rows_come_with_names_and_types(ask, victim):
    outcome = ask("select i, t, b, cast(1.10 as decimal(10,2)) as d from victim")
    assert json.loads(outcome.stdout) == outcome.data
    assert outcome.data == {
        "columns": [
            {"name": "i", "type": "long"}, {"name": "t", "type": "text"},
            {"name": "b", "type": "blob"}, {"name": "d", "type": "newdecimal"},
        ],
        "rows": [[1, "ä", "AP8=", "1.10"]], "rowCount": 1, "truncated": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("cast('2026-01-02 03:04:05' as datetime)", "2026-01-02T03:04:05"),
        ("cast('100:02:03' as time)", "100:02:03"),
        ("date '2026-01-02'", "2026-01-02"),
        ("null", None),
        ("0.5e0", 0.5),
        ("convert(concat('a', char(0)) using utf8mb4)", "a\ufffd"),
    ],
)
def test_what_json_has_no_type_for_comes_as_text(ask, sql, value):
    assert ask(f"select {sql} as v").data["rows"] == [[value]]


def test_values_are_bound_by_order_and_by_name(ask):
    evil = "'; drop table victim; -- \\"
    assert ask("select %s, %s + 1", params=[evil, 41]).data["rows"] == [[evil, 42]]
    assert ask("select %(a)s", params={"a": None}).data["rows"] == [[None]]
    assert ask("select 'per%cent'").data["rows"] == [["per%cent"]]
    for params in ([1], {"b": 1}):
        with pytest.raises(ValueError, match=r"2 places|no value for 'a'"):
            ask("select %(a)s" if isinstance(params, dict) else "select %s, %s", params=params)


def test_statement_that_writes_says_how_many_rows_it_changed(ask, victim):
    assert ask("insert into victim (i) values (2), (3)", readOnly=False).data["rowCount"] == 2
    assert victim() == 3
    assert ask("select i from victim where i > 9").data["columns"] == [{"name": "i", "type": "long"}]


def test_certificate_is_asked_for_unless_it_is_an_exception(ask):
    with refusal("connect_failed"):
        ask("select 1", tls="verify")


@pytest.mark.hostile
def test_case_34_loopback_is_blocked_without_an_exception(ask):
    with refusal("blocked_address"):
        ask("select 1", reach=Reach())


@pytest.mark.hostile
def test_case_35_second_statement_in_one_string_is_refused(ask, victim):
    for read_only in (True, False):
        with pytest.raises(Refused, match="syntax"):
            ask("select 1; drop table victim", readOnly=read_only)
    assert victim() == 1


@pytest.mark.hostile
@pytest.mark.parametrize(
    "sql",
    [
        "drop table victim", "delete from victim", "truncate victim", "alter table victim drop i", "commit",
        "begin not atomic start transaction read write; insert into victim (i) values (7); commit; end",
        "begin not atomic commit; set session transaction read write; insert into victim (i) values (7); end",
        "/* select */ begin not atomic start transaction read write; delete from victim; commit; end",
        "/*! begin not atomic start transaction read write; delete from victim; commit; end */",
        "/*M! begin not atomic start transaction read write; delete from victim; commit; end */",
        "execute immediate 'delete from victim'", "set statement max_statement_time=1 for delete from victim",
        "call writes()", "start transaction read write", "x: begin not atomic commit; end x", "select", "(select 1",
        "with gone as (select 1) delete from victim", "explain delete from victim", "select 1 into outfile '/tmp/x'",
    ],
)  # fmt: skip
def test_case_35_read_only_is_not_undone_by_one_statement(ask, victim, server, sql):
    server.admin(
        f"create or replace procedure {server.name}.writes() "
        f"begin start transaction read write; insert into {server.name}.victim (i) values (7); commit; end"
    )
    with contextlib.suppress(Refused, ValueError):
        ask(sql)
    assert ask(" -- a word\n# another\n/* and * one */ (select i from victim)").data["rows"] == [[1]]
    assert victim() == 1
    for reads in ("show tables", "describe victim", "explain select 1", "with a as (select 1 as n) select n from a"):
        assert ask(reads).data["rows"]


@pytest.mark.hostile
@pytest.mark.parametrize(("sql", "params"), [*((sql, []) for sql in HIDDEN), *BOUND])
def test_case_35_no_beginning_hides_what_writes(ask, victim, sql, params):
    with contextlib.suppress(Refused, ValueError):
        ask(sql, params=params)
    assert victim() == 1


@pytest.mark.parametrize("sql", [sql for sql in READS if sql.endswith(("select 1", "(select 1)"))])
def test_beginnings_that_are_taken_are_read_so_by_the_server(ask, sql):
    assert ask(sql).data["rows" if "explain" not in sql else "truncated"] in ([[1]], False)


@pytest.mark.hostile
@pytest.mark.parametrize("word", READING)
def test_case_35_no_word_that_reads_can_be_the_label_of_a_block(ask, word):
    for between in (" ", "\n", "(", "*", "/**/", " -- \n"):
        with pytest.raises((Refused, ValueError), match=r"syntax|begins with"):
            ask(f"{word}{between}: begin not atomic select 1; end")


@pytest.mark.hostile
def test_case_35_files_are_neither_read_nor_sent(ask, victim, tmp_path):
    ours = tmp_path / "ours"
    ours.write_text("1\n")
    with refusal("database_error"):
        ask(f"load data local infile '{ours}' into table victim", readOnly=False)
    assert victim() == 1
    with contextlib.suppress(Refused):
        assert ask("select load_file('/etc/passwd')").data["rows"] == [[None]]


@pytest.mark.hostile
def test_case_35_statement_is_left_at_its_time(ask, server):
    for read_only in (True, False):
        began = time.monotonic()
        with refusal("timeout"):
            ask("select sleep(43)", timeoutMs=400, readOnly=read_only)
        assert time.monotonic() - began < 1.5


@pytest.mark.hostile
@pytest.mark.parametrize("value", ["benchmark(300000000, md5('x'))", "sleep(43)"])
def test_case_35_what_the_server_broke_off_at_its_time_is_in_doubt_and_no_answer(ask, victim, value):
    """MariaDB breaks off a function, takes what it answers then for its value, and calls the statement done."""
    for sql in (f"insert into victim (i) select {value}", f"update victim set i = {value}", f"select {value}"):
        for _ in range(3):
            with pytest.raises(Refused, check=lambda error: (error.code, error.in_doubt) == ("timeout", True)):
                ask(sql, timeoutMs=300, readOnly=sql.startswith("select"))


@pytest.mark.hostile
def test_case_36_endless_rows_stop_at_the_caps_without_being_read(ask, monkeypatch):
    complaints = []
    monkeypatch.setattr(sys, "unraisablehook", complaints.append)
    began = time.monotonic()
    numbers = "with recursive r(i) as (select 1 union all select i + 1 from r where i < 100000) select i from r"
    outcome = ask(numbers, maxRows=50)
    assert (len(outcome.data["rows"]), outcome.data["truncated"]) == (50, True)
    long = ask("select repeat('x', 1000) from information_schema.columns", maxBytes=50_000)
    assert len(long.stdout) < 51_000
    assert long.data["truncated"] is True
    assert time.monotonic() - began < 2
    gc.collect()
    assert complaints == []


@pytest.mark.hostile
def test_server_that_asks_for_a_file_gets_none(tmp_path):
    """As a rogue server does: whatever the statement was, it answers with "send me this file"."""
    asked = tmp_path / "secret"
    asked.write_text("hunter2-of-the-server")
    rogue = Rogue(b"\xfb" + os.fsencode(asked))
    ask = asking(rogue.port, "x")
    with refusal("database_error"):
        ask("select 1", readOnly=False)
    rogue.done.wait(5)
    assert rogue.heard
    assert b"hunter2" not in b"".join(rogue.heard)


@pytest.mark.hostile
def test_server_that_says_nothing_is_left_in_time():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        began = time.monotonic()
        with refusal("timeout"):
            asking(listener.getsockname()[1], "x")("select 1", timeoutMs=300)
        assert time.monotonic() - began < 1
        port = listener.getsockname()[1]
    with refusal("connect_failed"):
        asking(port, "x")("select 1")


class Rogue:
    """Speaks just enough of the protocol to be believed, and answers every statement with ``answer``."""

    GREETING = (
        b"\x0a5.7.0\0" + struct.pack("<I", 1) + b"12345678\0" + struct.pack("<HBHH", 0xA28D | 0x8000, 33, 2, 0x0008)
        + b"\x15" + b"\0" * 10 + b"123456789012\0" + b"mysql_native_password\0"
    )  # fmt: skip
    OK = b"\0\0\0\x02\0\0\0"

    def __init__(self, answer):
        self.heard = []
        self.done = threading.Event()
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with contextlib.suppress(OSError), self._listener, self._listener.accept()[0] as peer:
            peer.settimeout(3)
            self._send(peer, 0, self.GREETING)
            peer.recv(65536)
            self._send(peer, 2, self.OK)
            while data := peer.recv(65536):
                self.heard.append(data)
                told_by_us = any(
                    word in data for word in (b"SET NAMES", b"AUTOCOMMIT", b"max_execution_time", b"TRANSACTION")
                )
                self._send(peer, 1, self.OK if told_by_us else self._answer)
        self.done.set()

    @staticmethod
    def _send(peer, number, body):
        peer.sendall(struct.pack("<I", len(body))[:3] + bytes([number]) + body)
