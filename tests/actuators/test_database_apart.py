"""What a server sends is read in a process of its own: the runner neither waits for it nor grows by it. E_R24."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from ipaddress import ip_network
from pathlib import Path

import pytest

from actuators import database
from actuators.databases.apart import NURSERY
from actuators.given import Given, Reach, Refused, Secret
from actuators.sandbox import Limits, Workspace
from tests.actuators.database_servers import PASSWORD, postgres

OPEN = Reach(exceptions=(ip_network("127.0.0.1/32"),))
MIB = 1 << 20


@pytest.fixture(scope="module")
def server():
    with postgres() as made:
        made.admin("create table log (what text)")
        made.admin("alter table log owner to customer")
        yield made


@pytest.fixture
def ask(server, tmp_path):
    """``await ask(sql, ...)`` as the role ``customer``: the outcome, or the refusal as (code, whether in doubt)."""
    secret = Secret("database", ("127.0.0.1",), {"username": "customer", "password": PASSWORD})
    given = Given(Workspace(tmp_path, None), Limits(wall_s=60), None, secrets={"c": secret}, reach=OPEN)
    where = {"engine": "postgresql", "host": "127.0.0.1", "port": server.port, "database": "shop"}

    async def ask(sql, **fields):
        try:
            params = where | {"credential": "c", "tls": "off", "sql": sql, "timeoutMs": 60_000} | fields
            return await database.run(params, given)
        except Refused as refused:
            return refused.code, refused.in_doubt

    return ask


def resident(pid="self"):
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def children():
    """pids of what the nursery has forked."""
    found = Path(f"/proc/{NURSERY._process.pid}/task/{NURSERY._process.pid}/children")
    return [int(pid) for pid in found.read_text().split()]


async def watched(work):
    """(what came of it, the longest time that the loop stood still, what this process grew by, the largest child)."""
    gap, before, most, largest, then = 0.0, resident(), 0, 0, time.monotonic()
    task = asyncio.ensure_future(work)
    while not task.done():
        await asyncio.sleep(0.01)
        now = time.monotonic()
        gap, then, most = max(gap, now - then), now, max(most, resident())
        with contextlib.suppress(OSError, AttributeError):
            largest = max([largest, *map(resident, children())])
    return task.result(), gap, most - before, largest


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("sql", "read_only"),
    [
        ("select ('['||repeat('{},',6500000)||'{}]')::json", True),
        ("select ('['||repeat('{},',6500000)||'{}]')::json", False),
        ("select array_fill(1, array[9000000])", True),
        ("select ('['||repeat('{},',340000)||'{}]')::json", True),  # one of 1 MiB, the most that is looked at
    ],
)
def test_case_36_a_value_that_unfolds_costs_nobody_but_its_statement(ask, sql, read_only):
    async def six():
        await ask("select 1")
        return await watched(asyncio.gather(*(ask(sql, readOnly=read_only) for _ in range(6))))

    outcomes, gap, grown, largest = asyncio.run(six())
    for outcome in outcomes:
        assert (outcome.data["rows"], outcome.data["rowCount"], outcome.data["truncated"]) == ([], 1, True)
    assert gap < 0.5
    assert grown < 40 * MIB
    assert 0 < largest < 250 * MIB


@pytest.mark.hostile
def test_case_36_more_than_a_child_may_have_ends_the_child_alone(ask):
    async def two():
        return await asyncio.gather(ask("select repeat('x', 300000000)"), ask("select 7 as n"))

    huge, small = asyncio.run(two())
    assert huge == ("too_large", True)
    assert small.data["rows"] == [[7]]


@pytest.mark.hostile
def test_case_36_what_python_chokes_on_comes_as_its_text(ask, server):
    server.admin("truncate log")
    deep, deeper = (f"(repeat('[',{depth})||repeat(']',{depth}))::json" for depth in (100, 3000))
    for sql in ("repeat('1',5000)::jsonb", deep, deeper):
        outcome = asyncio.run(ask(f"insert into log values ('x') returning {sql}", readOnly=False))
        assert isinstance(outcome.data["rows"][0][0], str)
    assert server.admin("select count(*) from log") == [(3,)]
    (value,) = asyncio.run(ask("select (repeat('[',60)||repeat(']',60))::json")).data["rows"][0]
    assert json.dumps(value) == "[" * 60 + "]" * 60


@pytest.mark.hostile
def test_E_R24_what_was_sent_is_in_doubt_whatever_fails_then(ask):
    assert asyncio.run(ask("select 1 / 0", readOnly=False)) == ("database_error", True)
    assert asyncio.run(ask("select 1", port=1025)) == ("connect_failed", False)


def test_E_R24_a_child_that_is_killed_is_one_statement_s_end(ask, server):
    async def kill(sql):
        asking = asyncio.ensure_future(ask(sql, readOnly=False))
        while not server.admin(
            "select 1 from pg_stat_activity where query like '%apart 1%' and pid <> pg_backend_pid()"
        ):
            await asyncio.sleep(0.01)
        for pid in children():
            os.kill(pid, signal.SIGKILL)
        return await asking

    assert asyncio.run(kill("select pg_sleep(5), 'apart 1'")) == ("too_large", True)
    assert asyncio.run(ask("select 7")).data["rows"] == [[7]]


def test_a_nursery_that_died_is_started_again(ask):
    asyncio.run(ask("select 1"))
    before = NURSERY._process
    before.kill()
    before.wait()
    assert asyncio.run(ask("select 7")).data["rows"] == [[7]]
    assert NURSERY._process.pid != before.pid


def test_no_other_process_of_this_machine_gets_a_child(ask):
    asyncio.run(ask("select 1"))
    code = f"import socket; s = socket.socket(socket.AF_UNIX); s.connect({NURSERY._address!r}); print(s.recv(8))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "b''\n"
    assert asyncio.run(ask("select 7")).data["rows"] == [[7]]


def test_a_cancelled_statement_leaves_no_child(ask):
    async def cancel():
        task = asyncio.ensure_future(ask("select pg_sleep(9)"))
        while not (born := children()):
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await asyncio.sleep(0.1)
        return set(born) & set(children())

    asyncio.run(ask("select 1"))
    assert asyncio.run(cancel()) == set()


@pytest.mark.hostile
def test_case_06_a_child_has_no_secret_in_its_arguments_or_environment(ask, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "of-the-server")

    async def look():
        NURSERY._process.kill()
        NURSERY._process.wait()
        task = asyncio.ensure_future(ask("select pg_sleep(0.5)"))
        while not (NURSERY.is_alive() and children()):
            await asyncio.sleep(0.01)
        told = b""
        for pid in (NURSERY._process.pid, *children()):
            told += Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
        await task
        return told

    asyncio.run(ask("select 1"))
    told = asyncio.run(look())
    assert b"actuators.databases.child" in told
    assert PASSWORD.encode() not in told
    assert b"of-the-server" not in told


OWNER = """
import asyncio, sys, time
from actuators.databases.answer import Statement
from actuators.databases.apart import NURSERY, ask
from actuators.databases.target import Target

async def main():
    target = Target("127.0.0.1", int(sys.argv[1]), ("127.0.0.1",), "x", "x", "", "off")
    statement = Statement("select 1", None, True, 1, 1)
    asking = asyncio.create_task(ask("postgresql", target, statement, time.monotonic() + 60))
    await asyncio.sleep(1.5)
    pid = NURSERY._process.pid
    print(pid, open(f"/proc/{pid}/task/{pid}/children").read(), flush=True)
    await asking

asyncio.run(main())
"""


def test_E_R24_nothing_outlives_a_runner_that_is_killed():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = str(silent.getsockname()[1])
        with subprocess.Popen([sys.executable, "-c", OWNER, port], stdout=subprocess.PIPE, text=True) as owner:
            born = [int(pid) for pid in owner.stdout.readline().split()]
            owner.kill()
        with silent.accept()[0]:  # the child asks, and would wait for ten seconds
            _all_end(born)


def _all_end(born):
    assert len(born) == 2
    end = time.monotonic() + 5
    while left := [pid for pid in born if alive(pid)]:
        assert time.monotonic() < end, left
        time.sleep(0.02)


HUNGRY = """
import os, resource
from actuators.databases.child import _wall_in
_wall_in(os.getppid())
kept = bytearray(64 << 20)
assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
assert os.nice(0) >= 5
try:
    kept = bytearray(200 << 20)
except MemoryError:
    print("walled")
"""


@pytest.mark.hostile
def test_case_36_a_child_cannot_take_more_memory_than_a_statement_has():
    told = subprocess.run([sys.executable, "-c", HUNGRY], capture_output=True, text=True, check=False, timeout=30)
    assert told.stdout == "walled\n"


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
