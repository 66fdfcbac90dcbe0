"""The database actuator on an SQLite file of the workspace, inside of the sandbox. E16, E_R24."""

import json
import os
import sqlite3
import time

import pytest

from actuators import database
from actuators.given import Given, Refused
from actuators.sandbox import Limits

ROOT = os.geteuid() == 0


@pytest.fixture
def ask(house, request):
    workspace = house.account(f"q-{abs(hash(request.node.name))}")

    def ask(sql, *, path="data.db", limits=None, **fields):
        given = Given(workspace, Limits(**(limits or {})), house.sandboxes, env={"PYTHONPATH": "/workspace"})
        return house.do(database.run({"engine": "sqlite", "path": path, "sql": sql, **fields}, given))

    ask.root = workspace.path
    ask.uid = workspace.host_uid if ROOT else os.geteuid()
    return ask


@pytest.fixture
def shop(ask):
    ask("create table shop (i integer primary key, t text, b blob, r real)", readOnly=False)
    values = [1, "ä'; drop table shop; --", 2, "$(id) `id` \\ %s\n"]
    ask("insert into shop values (?, ?, x'00ff', 1.5), (?, ?, null, 9e999)", readOnly=False, params=values)
    return ask


def refusal(code):
    return pytest.raises(Refused, check=lambda error: error.code == code)


@pytest.mark.essential
def test_E16_rows_come_with_names_and_types(shop):
    outcome = shop("select * from shop")
    assert json.loads(outcome.stdout) == outcome.data
    assert outcome.data == {
        "columns": [
            {"name": "i", "type": "integer"}, {"name": "t", "type": "text"},
            {"name": "b", "type": "blob"}, {"name": "r", "type": "real"},
        ],
        "rows": [[1, "ä'; drop table shop; --", "AP8=", 1.5], [2, "$(id) `id` \\ %s\n", None, "Infinity"]],
        "rowCount": 2, "truncated": False,
    }  # fmt: skip


@pytest.mark.essential
def test_E_R24_file_belongs_to_the_account_and_a_command_finds_it(shop, house):
    assert (shop.root / "data.db").stat().st_uid == shop.uid
    with sqlite3.connect(shop.root / "data.db") as connection:
        assert connection.execute("select count(*) from shop").fetchone() == (2,)
    connection.close()


def test_values_are_bound_by_order_and_by_name(shop):
    assert shop("select i from shop where i = ?", params=[2]).data["rows"] == [[2]]
    assert shop("select :a, :b", params={"a": None, "b": True}).data["rows"] == [[None, 1]]
    with refusal("database_error"):
        shop("select ?, ?", params=[1])


def test_statement_that_writes_says_how_many_rows_it_changed(shop):
    assert shop("update shop set t = 'x'", readOnly=False).data == {
        "columns": [], "rows": [], "rowCount": 2, "truncated": False,
    }  # fmt: skip
    returned = shop("update shop set t = 'y' returning i", readOnly=False, maxRows=1)
    assert (returned.data["rows"], returned.data["rowCount"], returned.data["truncated"]) == ([[1]], 2, True)
    assert shop("select count(*) from shop where t = 'y'").data["rows"] == [[2]]


def test_file_that_is_missing_or_no_database_is_told(ask):
    with pytest.raises(Refused, match="unable to open"):
        ask("select 1")
    assert os.listdir(ask.root) == []
    (ask.root / "data.db").write_text("no database " * 100)
    (ask.root / "data.db").chmod(0o666)
    with pytest.raises(Refused, match="not a database"):
        ask("select * from sqlite_master")


def test_odd_file_name_is_only_a_name(ask):
    for name in ("a b?mode=rwc&x=#y%41.db", "'; touch x; '.db", "-init"):
        ask("create table t (i)", path=name, readOnly=False)
        assert (ask.root / name).exists()
    assert len(os.listdir(ask.root)) == 3


def test_statement_too_large_for_the_way_into_the_sandbox_is_refused(ask):
    with refusal("too_large"):
        ask("select ?", params=["x" * 100_000])


@pytest.mark.hostile
@pytest.mark.parametrize("read_only", [True, False])
@pytest.mark.parametrize(
    "sql",
    [
        "attach '/tmp/x.db' as x", "attach '/workspace/x.db' as x", "attach ':memory:' as x", "detach main", "vacuum",
        "vacuum into '/workspace/x.db'", "select load_extension('/workspace/x.so')", "select fts3_tokenizer('simple')",
        "pragma writable_schema = 1", "pragma journal_mode = wal", "pragma temp_store_directory = '/tmp'",
        "create virtual table v using fts5(x)", "insert into sqlite_master values (1, 2, 3, 4, 5)",
        "create temp table x (i)", "select 1; drop table shop",
    ],
)  # fmt: skip
def test_case_37_what_leads_out_of_the_file_is_denied(shop, sql, read_only):
    with refusal("database_error"):
        shop(sql, readOnly=read_only)
    assert os.listdir(shop.root) == ["data.db"]
    assert shop("select count(*) from shop").data["rows"] == [[2]]


@pytest.mark.hostile
@pytest.mark.parametrize(
    "sql", ["drop table shop", "delete from shop", "create table x (i)", "pragma user_version = 5", "begin"]
)
def test_case_35_read_only_is_not_undone(shop, sql):
    with refusal("database_error"):
        shop(sql)
    assert shop("select count(*) from shop").data["rows"] == [[2]]


@pytest.mark.hostile
@pytest.mark.essential
def test_case_37_link_as_file_leads_nowhere_outside(ask, tmp_path):
    outside = tmp_path / "outside.db"
    with sqlite3.connect(outside) as connection:
        connection.execute("create table secret (i)")
    connection.close()
    (ask.root / "data.db").symlink_to(outside)
    with refusal("database_error"):
        ask("select * from secret")


@pytest.mark.hostile
def test_case_36_endless_rows_stop_at_the_caps(shop):
    endless = "with recursive r(i) as (select 1 union all select i + 1 from r) select i, hex(zeroblob(500)) from r"
    few = shop(endless, maxRows=3)
    assert ([row[0] for row in few.data["rows"]], few.data["truncated"]) == ([1, 2, 3], True)
    long = shop(endless, maxRows=100_000, maxBytes=100_000)
    assert (len(long.stdout), long.stdout_truncated) == (64 * 1024, True)
    assert (long.data["truncated"], len(json.dumps(long.data)) < 101_000) == (True, True)


@pytest.mark.hostile
@pytest.mark.essential
def test_case_35_endless_statement_ends_at_its_time(shop):
    began = time.monotonic()
    with refusal("timeout"):
        shop("with recursive r(i) as (select 1 union all select i + 1 from r) select count(*) from r", timeoutMs=200)
    assert time.monotonic() - began < 1.5


@pytest.mark.hostile
def test_case_36_huge_value_is_refused(shop):
    with pytest.raises(Refused, match="too big"):
        shop("select zeroblob(1 << 28)")


@pytest.mark.hostile
def test_python_of_the_workspace_is_not_what_runs(shop):
    for name in ("sqlite3.py", "json.py", "sitecustomize.py", "usercustomize.py"):
        (shop.root / name).write_text("print('evil'); raise SystemExit(0)\n")
        (shop.root / name).chmod(0o644)
    assert shop("select 1").data["rows"] == [[1]]


@pytest.mark.hostile
def test_case_35_one_call_of_a_function_does_not_outlast_its_time(shop):
    began = time.monotonic()
    with refusal("timeout"):
        shop("select printf('%.*c', 900000000, 'x')", timeoutMs=1000)
    assert time.monotonic() - began < 3


def doubt(shop, sql, **fields):
    with pytest.raises(Refused) as refused:
        shop(sql, **fields)
    return refused.value.code, refused.value.in_doubt


def test_E_R24_what_sqlite_refused_was_not_done_and_what_it_began_may_have_been(shop):
    for sql, params in (
        ("select ?, ?", [1]), ("select :a", {"b": 1}), ("insert into nowhere values (1)", []), ("attach 'x' as x", []),
        ("delet from shop", []), ("insert into shop values (1); delete from shop", []),
    ):  # fmt: skip
        assert doubt(shop, sql, params=params, readOnly=False) == ("database_error", False)
    kept = "insert or fail into shop (i) values (7), (1)"  # the first row stays
    assert doubt(shop, kept, readOnly=False) == ("database_error", True)
    assert shop("select i from shop where i = 7").data["rows"] == [[7]]
    endless = "insert into shop (t) with recursive r(i) as (select 1 union all select i + 1 from r) select i from r"
    assert doubt(shop, endless, readOnly=False, timeoutMs=300) == ("timeout", True)
