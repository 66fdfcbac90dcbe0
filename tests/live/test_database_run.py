"""Statements of one account for its own server, beside another account's commands, by the real processes (E_R24)."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.actuators.database_servers import PASSWORD, postgres
from tests.live.conftest import Stack

pytestmark = [pytest.mark.live, pytest.mark.timeout(150)]
BOMB = "select ('['||repeat('{},',6500000)||'{}]')::json"


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    with postgres() as made:
        made.admin("create table log (what text)")
        made.admin("alter table log owner to customer")
        yield made


@pytest.fixture(scope="module")
def installation(server: Any) -> Iterator[Stack]:
    made = Stack(OUTBOUND_EXCEPTIONS="127.0.0.1/32,::1/128", OUTBOUND_PORTS=str(server.port))
    try:
        made.until("healthy")
        yield made
    finally:
        made.destroy()


@pytest.fixture(scope="module")
def customer(installation: Stack) -> httpx.Client:
    client = installation.member("database@example.com")
    value = {"username": "customer", "password": PASSWORD}
    body = {"key": "shop", "kind": "database", "value": value, "hosts": ["127.0.0.1"]}
    assert client.post("/api/credentials", json=body).status_code == 201
    return client


def ask(client: httpx.Client, server: Any, sql: str, **fields: Any) -> dict[str, Any]:
    params = {
        "engine": "postgresql", "host": "127.0.0.1", "port": server.port, "database": "shop", "credential": "shop",
        "tls": "off", "sql": sql, "timeoutMs": 60_000,
    } | fields  # fmt: skip
    return dict(client.post("/api/execute", json={"type": "database", "params": params}).json())


def command(client: httpx.Client, line: str) -> dict[str, Any]:
    return dict(client.post("/api/execute", json={"type": "shell", "params": {"command": line}}).json())


@pytest.mark.hostile
def test_case_36_who_asks_for_answers_that_unfold_slows_nobody_else(
    installation: Stack, customer: httpx.Client, server: Any
) -> None:
    other = installation.member("beside@example.com")
    runners = {pid for pid, line in installation.processes().items() if " runner" in line}
    assert runners
    waits, stop = [], threading.Event()

    def keep_asking() -> None:
        while not stop.is_set():
            began = time.monotonic()
            assert command(other, "echo fine")["output"]["stdout"] == "fine\n"
            waits.append(time.monotonic() - began)

    with ThreadPoolExecutor(8) as threads:
        beside = threads.submit(keep_asking)
        once = threads.submit(command, other, "echo run >> runs.txt; sleep 6; cat runs.txt")
        answers = [threads.submit(ask, customer, server, BOMB) for _ in range(6)]
        told = [answer.result() for answer in answers]
        assert once.result()["output"]["stdout"] == "run\n"
        stop.set()
        beside.result()
    assert [answer["data"]["truncated"] for answer in told] == [True] * 6
    assert max(waits) < 3
    assert runners <= set(installation.processes())


def test_E_R24_a_statement_that_was_done_is_not_told_as_nothing(customer: httpx.Client, server: Any) -> None:
    insert = "insert into log values ('x') returning 1 / (length(what) - 1)"
    for port, done in ((server.port, "unknown"), (1025, "nothing")):
        answer = ask(customer, server, insert, readOnly=False, port=port)
        assert (answer["success"], answer["data"]["done"]) == (False, done), answer
    returned = ask(customer, server, "insert into log values ('y') returning repeat('1',5000)::jsonb", readOnly=False)
    assert returned["success"] is True, returned
    assert server.admin("select what from log") == [("y",)]
