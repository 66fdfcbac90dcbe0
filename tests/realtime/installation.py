"""A web process as `make run` starts it, on a database of its own, without heartbeat and runner: the tests tell."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from secrets import token_hex
from typing import Any

import httpx
import psycopg
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

ROOT = Path(__file__).parents[2]
PATIENCE = 20.0  # seconds; the machine may be busy


class Web:
    """One web process (daphne) on a port."""

    def __init__(self, urls: Any, log: Path, port: int = 0, **environment: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", port))
            self.port = free.getsockname()[1]
        self.url, self.urls, self.log = f"http://127.0.0.1:{self.port}", urls, log
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "REDIS_"))}
        self.environment = {
            **kept, "DATABASE_URL": urls.app_url, "PUBLIC_URL": self.url, "SIGNUP_RATE": "none", "API_RATE": "none",
            "REALTIME_PER_ACCOUNT": "30", "REALTIME_UNPROVEN": "20", **environment,
        }  # fmt: skip
        self.start()

    def start(self) -> None:
        listen = ["-b", "127.0.0.1", "-p", str(self.port), "--no-server-name", "-v", "0"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "daphne", *listen, "executor_one.asgi:application"],
            cwd=ROOT, env=self.environment, stdout=self.log.open("ab"), stderr=subprocess.STDOUT,
        )  # fmt: skip
        deadline = time.monotonic() + 120
        while True:
            try:
                httpx.get(f"{self.url}/api/health", timeout=20)
                return
            except httpx.HTTPError:
                assert self.process.poll() is None, self.output()
                assert time.monotonic() < deadline, self.output()
                time.sleep(0.1)

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def end(self, signum: int = signal.SIGTERM) -> None:
        self.process.send_signal(signum)
        self.process.wait(30)

    def database(self) -> psycopg.Connection[Any]:
        """As the application's role, seeing every account."""
        connection = psycopg.connect(self.urls.app_url, autocommit=True)
        connection.execute("SELECT set_config('app.account', '*', false)")
        return connection

    def member(self, plan: str = "enterprise") -> Follower:
        body = {"email": f"{token_hex(6)}@example.com", "password": "correct-horse-battery-9"}
        made = httpx.post(f"{self.url}/api/auth/register", json=body, timeout=60).json()
        follower = Follower(self, made["account"]["id"], made["apiKey"], body)
        follower.set_plan(plan)
        return follower

    def socket(self, **options: Any) -> ClientConnection:
        """An open socket that has not said who it is."""
        return connect(
            self.url.replace("http", "ws") + "/ws", proxy=None, open_timeout=PATIENCE, legacy=True, **options
        )


class Follower(httpx.Client):
    """An account with a key, that follows what happens to it."""

    def __init__(self, web: Web, id: str, key: str, login: dict[str, str]) -> None:
        super().__init__(base_url=web.url, headers={"Authorization": f"Bearer {key}"}, timeout=60)
        self.web, self.id, self.key, self.login = web, id, key, login

    def set_plan(self, plan: str) -> None:
        with self.web.database() as database:
            database.execute("UPDATE billing_subscription SET plan_id = %s WHERE account_id = %s", [plan, self.id])

    def tell(self, *events: tuple[str, dict[str, Any]], count: int = 1) -> None:
        """Publish events of this account, as events.actions does it: one commit, one notice."""
        with self.web.database() as database, database.transaction():
            for type, data in events * count:
                database.execute(
                    "INSERT INTO events_event (account_id, type, data, actor, receipt, created_at)"
                    " VALUES (%s, %s, %s, 'test', 'rcp_test', now())",
                    [self.id, type, json.dumps(data)],
                )
            database.execute("SELECT pg_notify('events', %s)", [self.id])

    def ids(self) -> list[str]:
        """Of every event that the account can read, in order."""
        with self.web.database() as database:
            rows = database.execute(
                "SELECT id FROM events_event WHERE account_id = %s OR account_id IS NULL ORDER BY id", [self.id]
            )
            return [str(id) for (id,) in rows]

    def goal(self) -> str:
        """The id of a new goal that nobody runs."""
        answer = self.post("/api/goals", json={"description": "theirs", "semanticPath": ["true"]})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def follow(self, token: str = "", **wanted: Any) -> Any:
        """A socket that is connected; `resume` is the id that `connected` carried."""
        opened: Any = self.web.socket()
        opened.send(json.dumps({"type": "auth", "token": token or self.key, **wanted}))
        first = hear(opened)
        assert first["type"] == "connected", first
        opened.resume = first["id"]
        return opened


def hear(opened: ClientConnection, seconds: float = PATIENCE) -> dict[str, Any]:
    """The next message."""
    return dict(json.loads(opened.recv(seconds)))


def hear_until(opened: ClientConnection, type: str) -> list[dict[str, Any]]:
    """Messages up to the first one of this type."""
    heard = [hear(opened)]
    while heard[-1]["type"] != type:
        heard.append(hear(opened))
    return heard


def closing(opened: ClientConnection, seconds: float = PATIENCE) -> tuple[int, str]:
    """(code, reason) with which the server closes it; messages before that are thrown away."""
    deadline = time.monotonic() + seconds
    with pytest.raises(ConnectionClosed) as closed:  # noqa: PT012
        while True:
            opened.recv(max(0.1, deadline - time.monotonic()))
    assert closed.value.rcvd, closed.value
    return closed.value.rcvd.code, closed.value.rcvd.reason
