"""The real thing: `make run`'s supervisor with web, heartbeat, runner and Postgres, on a folder and port of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from secrets import token_hex
from typing import Any

import httpx
import psycopg
import pytest

from tests.live.typescript import Project, need_node

ROOT = Path(__file__).parent.parent.parent
ENDED = ("completed", "failed", "cancelled")


class Stack:
    """One installation."""

    def __init__(self, **environment: str) -> None:
        self.base = Path(tempfile.mkdtemp(prefix="executor-live-"))
        self.base.chmod(0o711)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "REDIS_"))}
        self.environment = {
            **clean, "PORT": str(self.port), "EXECUTOR_DATA_DIR": str(self.base / "data"), "SECRET_KEY": "live" * 12,
            "SIGNUP_RATE": "none", "API_RATE": "none", "PUBLIC_URL": self.url,
        }  # fmt: skip
        self.settings = environment
        self.start()

    def start(self) -> None:
        self.log = (self.base / "run.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "executor_one.serve"], cwd=ROOT, env=self.environment | self.settings,
            stdout=self.log, stderr=self.log, start_new_session=True,
        )  # fmt: skip

    def output(self) -> str:
        return (self.base / "run.log").read_text(errors="replace")

    def health(self) -> dict[str, Any]:
        try:
            return dict(httpx.get(f"{self.url}/api/health", timeout=3).json())
        except (httpx.HTTPError, ValueError):
            return {"status": "down"}

    def until(self, *statuses: str, seconds: float = 60) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while (report := self.health())["status"] not in statuses:
            assert time.monotonic() < deadline, f"{report}\n{self.output()[-4000:]}"
            time.sleep(0.1)
        return report

    def database(self) -> psycopg.Connection[Any]:
        url = (self.base / "data" / "database-url").read_text().strip()
        connection = psycopg.connect(url, autocommit=True)
        connection.execute("SELECT set_config('app.account', '*', false)")
        return connection

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.environment | self.settings,
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    def member(self, email: str = "live@example.com", plan: str = "enterprise") -> httpx.Client:
        body = {"email": email, "password": "correct-horse-battery-9"}
        made = httpx.post(f"{self.url}/api/auth/register", json=body, timeout=30).json()
        if plan != "free":
            self.set_plan(made["account"]["id"], plan)
        client = httpx.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {made['apiKey']}"}, timeout=90,
            transport=httpx.HTTPTransport(retries=3),
        )  # fmt: skip
        client.params = {}
        client.headers["X-Key"] = made["apiKey"]
        return client

    def set_plan(self, account: str, plan: str) -> None:
        """As `manage.py set_plan` would, without loading Django, which takes two seconds."""
        with self.database() as database:
            put = "UPDATE billing_subscription SET plan_id = %s WHERE account_id = %s"
            assert database.execute(put, [plan, account]).rowcount == 1

    def processes(self) -> dict[int, str]:
        """Everything that belongs to this installation, by pid."""
        found = {}
        for entry in Path("/proc").iterdir():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                whole = line.encode() + (entry / "environ").read_bytes()
            except OSError:
                continue
            if entry.name.isdigit() and str(self.base).encode() in whole and int(entry.name) != os.getpid():
                found[int(entry.name)] = line
        return found

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)

    def destroy(self) -> None:
        try:
            self.stop()
        finally:
            for pid in self.processes():
                os.kill(pid, signal.SIGKILL)
            shutil.rmtree(self.base, ignore_errors=True)


def run_goal(client: httpx.Client, *steps: str, wait: int = 30, **fields: Any) -> dict[str, Any]:
    answer = client.post("/api/goals", json={"description": "live", "semanticPath": list(steps), **fields})
    assert answer.status_code == 201, answer.text
    return ended(client, answer.json()["id"], wait)


def ended(client: httpx.Client, goal: str, seconds: float = 30) -> dict[str, Any]:
    """The goal once it has ended; survives an installation that is being shot at."""
    deadline = time.monotonic() + seconds
    state: dict[str, Any] = {}
    while time.monotonic() < deadline:
        try:
            answer = client.get(f"/api/goals/{goal}", params={"wait": 5})
            state = answer.json() if answer.status_code == 200 else state
        except httpx.HTTPError:
            time.sleep(0.2)
        if state.get("state") in ENDED:
            return state
    raise AssertionError(f"goal {goal} still open: {state}")


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """One installation for all tests that leave it whole."""
    made = Stack()
    try:
        made.until("healthy")
        yield made
    finally:
        made.destroy()


@pytest.fixture
def new_stack() -> Iterator[Callable[..., Stack]]:
    """An installation of the test's own."""
    made = []

    def make(**environment: str) -> Stack:
        made.append(Stack(**environment))
        made[-1].until("healthy", "degraded")
        return made[-1]

    yield make
    for one in made:
        one.destroy()


@pytest.fixture(scope="session")
def lent() -> Iterator[list[Stack]]:
    """What `shared_stack` lends: one installation at most."""
    kept: list[Stack] = []
    yield kept
    for one in kept:
        one.destroy()


@pytest.fixture
def shared_stack(request: pytest.FixtureRequest, lent: list[Stack]) -> Iterator[Callable[..., Stack]]:
    """`shared_stack(NAME="value")`: healthy with these settings, and the test may harm what makes itself whole again.

    One folder for all such tests, because a new one costs ten seconds; other settings are a stop and a start on it. So
    a test finds the rows, workspaces and output of others, and uses addresses of its own. A test that fails leaves
    nothing to the next.
    """
    failures = request.session.testsfailed

    def lend(whole: str = "healthy", **settings: str) -> Stack:
        if not lent:
            lent.append(Stack(**settings))
        (stack,) = lent
        if stack.settings != settings or stack.process.poll() is not None:
            stack.stop()
            stack.settings = settings
            stack.start()
        stack.until(whole)
        return stack

    yield lend
    if request.session.testsfailed > failures:
        while lent:
            lent.pop().destroy()


@pytest.fixture(scope="session")
def client(stack: Stack) -> httpx.Client:
    return stack.member()


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project of somebody who installed clients/typescript."""
    need_node()
    return Project(tmp_path_factory.mktemp("typescript"))


@pytest.fixture
def access(stack: Stack) -> dict[str, str]:
    """The environment of a program of somebody with an account of their own."""
    key = stack.member(f"{token_hex(6)}@example.com").headers["X-Key"]
    return {"EXO_URL": stack.url, "EXO_API_KEY": key}
