"""The database actuator on a real PostgreSQL. E16, E_R24."""

import asyncio
import contextlib
import json
import os
import re
import socket
import threading
import time
from ipaddress import ip_network

import psycopg
import pytest

from actuators import database
from actuators.given import Given, Reach, Refused, Secret
from actuators.sandbox import Limits, Workspace
from tests.actuators.database_servers import PASSWORD, TlsFront, postgres

OPEN = Reach(exceptions=(ip_network("127.0.0.1/32"),))


@pytest.fixture(scope="module")
def server():
    with postgres() as made:
        yield made


@pytest.fixture
def ask(server, tmp_path):
    """``ask(sql, ...)`` as the role ``customer`` of the database ``shop``."""

    def ask(sql, *, reach=OPEN, secret=None, limits=None, **fields):
        params = {
            "engine": "postgresql", "host": "127.0.0.1", "port": server.port, "database": "shop",
            "credential": "crd_1", "tls": "off", "sql": sql,
        } | fields  # fmt: skip
        params = {name: value for name, value in params.items() if value is not None}
        secret = secret or Secret("database", ("127.0.0.1",), {"username": "customer", "password": PASSWORD})
        given = Given(Workspace(tmp_path, None), Limits(**(limits or {})), None, secrets={"crd_1": secret}, reach=reach)
        return asyncio.run(database.run(params, given))

    return ask


@pytest.fixture
def victim(server):
    server.admin("drop table if exists victim; create table victim(i int, t text); insert into victim values (1, 'a')")
    server.admin("alter table victim owner to customer")
    yield lambda: server.admin("select count(*) from victim")[0][0]
    server.admin("drop table if exists victim")


def refusal(code):
    return pytest.raises(Refused, check=lambda error: error.code == code)


def test_E16_rows_come_with_names_and_types(ask):
    outcome = ask("select 1 as one, 'ä' as word, null as nothing, true as yes")
    assert json.loads(outcome.stdout) == outcome.data
    assert outcome.data == {
        "columns": [
            {"name": "one", "type": "int4"}, {"name": "word", "type": "text"},
            {"name": "nothing", "type": "text"}, {"name": "yes", "type": "bool"},
        ],
        "rows": [[1, "ä", None, True]], "rowCount": 1, "truncated": False,
    }  # fmt: skip
    assert (outcome.exit_code, outcome.killed) == (0, None)


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("1.10::numeric(10,2)", "1.10"),
        ("'NaN'::numeric", "NaN"),
        ("'NaN'::float8", "NaN"),
        ("'-Infinity'::float4", "-Infinity"),
        ("9007199254740993", 2**53 + 1),
        ("'2026-01-02 03:04:05.6+00'::timestamptz", "2026-01-02T03:04:05.600000+00:00"),
        ("'2026-01-02'::date", "2026-01-02"),
        ("'infinity'::timestamptz", "infinity"),
        ("'0044-03-15 BC'::date", "0044-03-15 BC"),
        ("'1 mon 02:03'::interval", "1 mon 02:03:00"),
        ("'\\x00ff'::bytea", "AP8="),
        ("array[1,null]", [1, None]),
        ('\'{"a": [1.5, "\\u0000"]}\'::json', {"a": [1.5, "\ufffd"]}),
        ("'[1,2)'::int4range", "[1, 2)"),
        ("'10.0.0.0/8'::cidr", "10.0.0.0/8"),
        ("'00000000-0000-0000-0000-000000000001'::uuid", "00000000-0000-0000-0000-000000000001"),
        ("row(1,'a')", ["1", "a"]),
    ],
)
def test_what_json_has_no_type_for_comes_as_text(ask, sql, value):
    assert ask(f"select {sql} as v").data["rows"] == [[value]]


def test_values_are_bound_by_order_and_by_name(ask):
    evil = "'; drop table victim; --"
    assert ask("select %s::text, %s::int + 1", params=[evil, 41]).data["rows"] == [[evil, 42]]
    assert ask("select %(a)s::text, %(a)s::text", params={"a": "x"}).data["rows"] == [["x", "x"]]
    assert ask("select 'per%cent'").data["rows"] == [["per%cent"]]
    with pytest.raises(ValueError, match="2 places"):
        ask("select %s, %s", params=[1])


def test_statement_that_writes_says_how_many_rows_it_changed(ask, victim):
    assert ask("insert into victim select generate_series(1, 5)", readOnly=False).data == {
        "columns": [], "rows": [], "rowCount": 5, "truncated": False,
    }  # fmt: skip
    assert victim() == 6
    returned = ask("update victim set t = 'b' returning i", readOnly=False, maxRows=2)
    assert (len(returned.data["rows"]), returned.data["rowCount"], returned.data["truncated"]) == (2, 6, True)
    assert ask("select count(*) from victim where t = 'b'").data["rows"] == [[6]]
    ask("vacuum victim", readOnly=False)


def test_empty_answer_still_has_its_columns(ask, victim):
    assert ask("select i from victim where i > 99").data == {
        "columns": [{"name": "i", "type": "int4"}], "rows": [], "rowCount": 0, "truncated": False,
    }  # fmt: skip


def test_error_of_the_server_is_told(ask):
    with pytest.raises(Refused, match='relation "nowhere" does not exist') as refused:
        ask("select * from nowhere")
    assert refused.value.code == "database_error"


def test_username_without_a_password_is_enough_where_the_server_trusts_it(ask):
    assert ask("select current_user", credential=None, username="trusted").data["rows"] == [["trusted"]]


def test_certificate_is_verified_unless_told_otherwise(ask, server, tmp_path, monkeypatch):
    with contextlib.closing(TlsFront(tmp_path, server.port)) as front:
        with pytest.raises(Refused, match="certificate verify failed") as refused:
            ask("select 1", port=front.port, tls=None)
        assert (refused.value.code, front.greeted) == ("connect_failed", 0)
        assert ask("select 1", port=front.port, tls="encrypt").data["rows"] == [[1]]
        monkeypatch.setenv("SSL_CERT_FILE", str(front.authority))
        assert ask("select 1", port=front.port, tls=None).data["rows"] == [[1]]
        assert front.greeted == 2
    with contextlib.closing(TlsFront(tmp_path, server.port, address="127.0.0.2")) as front:
        monkeypatch.setenv("SSL_CERT_FILE", str(front.authority))
        with pytest.raises(Refused, match="does not match"):
            ask("select 1", port=front.port, tls=None)
        named = Reach(exceptions=OPEN.exceptions, resolve=lambda *_: ["127.0.0.1"])
        secret = Secret("database", ("db.example.com",), {"username": "customer", "password": PASSWORD})
        with pytest.raises(Refused, match="does not match host name"):
            ask("select 1", host="db.example.com", secret=secret, reach=named, port=front.port, tls=None)
    for tls in ("verify", "encrypt"):
        with pytest.raises(Refused, match="SSL"):
            ask("select 1", tls=tls)  # the server has none, and it is not done without


@pytest.mark.hostile
def test_case_34_loopback_is_blocked_without_an_exception(ask):
    for host in ("127.0.0.1", "localhost", "::1"):
        secret = Secret("database", (host,), {"username": "customer", "password": PASSWORD})
        with refusal("blocked_address"):
            ask("select 1", host=host, secret=secret, reach=Reach())


@pytest.mark.hostile
@pytest.mark.parametrize("database_name", ["host=/tmp", "postgresql:///shop?host=/tmp", "shop' host='/tmp"])
def test_case_34_name_of_a_database_is_only_a_name(ask, database_name):
    with pytest.raises(Refused, match=re.escape(f'database "{database_name}" does not exist')):
        ask("select 1", database=database_name)


@pytest.mark.hostile
def test_case_34_environment_of_the_server_is_not_used(ask, monkeypatch, tmp_path):
    for name, value in [
        ("PGPASSWORD", PASSWORD), ("PGHOSTADDR", "192.0.2.1"), ("PGOPTIONS", "-c geqo=off"), ("PGPORT", "1"),
        ("PGSSLMODE", "verify-full"), ("PGREQUIREAUTH", "none"), ("PGTARGETSESSIONATTRS", "standby"),
    ]:  # fmt: skip
        monkeypatch.setenv(name, value)
    assert ask("select current_setting('geqo')").data["rows"] == [["on"]]
    for name in (".pgpass", "other"):
        (tmp_path / name).write_text(f"*:*:*:*:{PASSWORD}\n")
        (tmp_path / name).chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "other"))
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(Refused, match="no password"):
        ask("select 1", credential=None, username="customer")
    monkeypatch.setenv("PGSERVICE", "ours")
    assert ask("select 1").data["rows"] == [[1]]


@pytest.mark.hostile
def test_case_35_second_statement_in_one_string_is_refused(ask, victim):
    for sql in (
        "begin read write; drop table victim",
        "select 1; drop table victim",
        "set statement_timeout=0; select 1",
    ):
        for read_only in (True, False):
            with pytest.raises(Refused, match="multiple commands"):
                ask(sql, readOnly=read_only)
    assert victim() == 1


@pytest.mark.hostile
@pytest.mark.parametrize(
    "sql",
    [
        "drop table victim",
        "insert into victim values (2)",
        "with x as (delete from victim returning *) select * from x",
        "do $$ begin execute 'drop table victim'; end $$",
        "begin read write",
        "commit",
        "rollback",
        "do $$ begin perform set_config('transaction_read_only', 'off', false); delete from victim; end $$",
        "do $$ begin perform set_config('default_transaction_read_only', 'off', false); commit; "
        "delete from victim; end $$",
    ],
)
def test_case_35_read_only_is_not_undone_by_one_statement(ask, victim, sql):
    try:
        ask(sql)
    except Refused as error:
        assert error.code == "database_error"  # noqa: PT017 - some may run, and do nothing
    assert victim() == 1


@pytest.mark.hostile
def test_case_35_read_only_is_of_the_transaction_and_of_the_time_left(ask):
    assert ask("show transaction_read_only").data["rows"] == [["on"]]
    within = "select current_setting('statement_timeout')::interval between '1ms' and '3s'"
    assert ask(within, timeoutMs=3000).data["rows"] == [[True]]
    assert ask("show transaction_read_only", readOnly=False).data["rows"] == [["off"]]


@pytest.mark.hostile
def test_case_35_what_only_a_superuser_may_is_denied_by_the_role(ask):
    for sql in (
        "copy (select 1) to program 'touch /tmp/x'",
        "select pg_read_file('/etc/passwd')",
        "copy (select 1) to '/tmp/x'",
    ):
        with pytest.raises(Refused, match="permission denied"):
            ask(sql, readOnly=False)
    for sql in ("copy (select 1) to stdout", "copy victim from stdin"):
        with refusal("database_error"):
            ask(sql, readOnly=False)


@pytest.mark.hostile
@pytest.mark.parametrize("read_only", [True, False])
def test_case_35_statement_is_cancelled_at_its_time(ask, server, read_only):
    began = time.monotonic()
    with refusal("timeout"):
        ask("select pg_sleep(43), 'case 35'", readOnly=read_only, timeoutMs=300)
    assert time.monotonic() - began < 2
    sleeping = "select count(*) from pg_stat_activity where query like '%case 35%' and state = 'active'"
    while server.admin(f"{sleeping} and pid <> pg_backend_pid()") != [(0,)]:
        assert time.monotonic() - began < 4, "the server goes on, for 43 seconds"
        time.sleep(0.01)


@pytest.mark.hostile
def test_case_36_ten_million_rows_stop_at_the_caps(ask):
    began = time.monotonic()
    before = resident()
    many = ask("select generate_series(1, 10000000), repeat('x', 100)", maxRows=50)
    assert (len(many.data["rows"]), many.data["truncated"]) == (50, True)
    long = ask("select repeat('x', 1000), generate_series(1, 10000000)", maxRows=100_000, maxBytes=100_000)
    assert (len(long.stdout), long.stdout_truncated) == (64 * 1024, True)
    assert (long.data["truncated"], 95 < len(long.data["rows"]) < 100) == (True, True)
    assert time.monotonic() - began < 3
    assert resident() - before < 30 << 20


@pytest.mark.hostile
def test_case_36_one_huge_row_is_cut_off_on_the_wire(ask):
    with refusal("too_large"):
        ask("select repeat('x', 60000000)", timeoutMs=20_000)


def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.hostile
def test_secret_goes_to_its_own_hosts_alone_and_is_never_told(ask):
    for hosts in ((), ("db.example.com",), ("127.0.0.10",), ("*.127.0.0.1",)):
        secret = Secret("database", hosts, {"username": "customer", "password": PASSWORD})
        with refusal("credential_host"):
            ask("select 1", secret=secret)
    with refusal("credential_kind"):
        ask("select 1", secret=Secret("bearer", ("127.0.0.1",), {"token": "x"}))
    with refusal("credential_unknown"):
        ask("select 1", credential="crd_other")
    with pytest.raises(Refused) as refused:
        ask("select %s::int", params=[PASSWORD])
    assert PASSWORD not in str(refused.value)
    assert "***" in str(refused.value)


@pytest.mark.hostile
def test_server_that_says_nothing_or_nonsense_is_left_in_time(ask):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        for words in (b"", b"N" * 100_000):
            threading.Thread(target=answer_once, args=(listener, words), daemon=True).start()
            began = time.monotonic()
            with pytest.raises(Refused) as refused:
                ask("select 1", port=port, tls="encrypt", timeoutMs=300)
            assert refused.value.code == "connect_failed"
            assert time.monotonic() - began < 1


def answer_once(listener, words):
    with contextlib.suppress(OSError), listener.accept()[0] as peer:
        peer.sendall(words)
        peer.settimeout(5)
        while peer.recv(4096):
            pass


def test_port_that_nobody_listens_on_and_low_ports_are_refused(ask):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with refusal("connect_failed"):
        ask("select 1", port=port)
    with refusal("blocked_address"):
        ask("select 1", port=22)


def test_cancelled_try_cancels_its_statement(server, tmp_path):
    async def cancel():
        secret = Secret("database", ("127.0.0.1",), {"username": "customer", "password": PASSWORD})
        given = Given(Workspace(tmp_path, None), Limits(), None, secrets={"c": secret}, reach=OPEN)
        where = {"engine": "postgresql", "host": "127.0.0.1", "port": server.port, "database": "shop"}
        params = where | {"credential": "c", "tls": "off", "sql": "select pg_sleep(44)"}
        task = asyncio.ensure_future(database.run(params, given))
        await asyncio.sleep(0.4)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    began = time.monotonic()
    asyncio.run(cancel())
    assert time.monotonic() - began < 2.5


def test_psycopg_s_own_way_of_streaming_is_still_what_ours_replaces():
    assert hasattr(psycopg.AsyncCursor, "_stream_fetchone_gen")
