"""A Postgres that is not the installation's, where the documents say db.example.com, and a `make run` on it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg

from executor_one.serve.postgres import EmbeddedPostgres
from executor_one.serve.provision import OLDEST, connect, drop_test_database, rewrite
from tests.live.pages import wait

MACHINE = "postgres://postgres@127.0.0.1:5432/postgres"


class Server:
    """Where it is and who is its superuser."""

    def __init__(self, admin_url: str, place: str, query: str = "") -> None:
        self.admin_url, self.place, self.query = admin_url, place, query

    def put_in(self, text: str, suffix: str = "", password: str = "") -> str:
        """Printed text with our host, names of our own and a password."""
        text = re.sub(r"\bexecutor(_owner|_app)?\b", rf"\g<0>{suffix}", text).replace("...", password)
        return re.sub(r"@db\.example\.com:5432/(\w+)", rf"@{self.place}/\1{self.query}", text)

    def run(self, statements: str) -> None:
        with connect(self.admin_url) as admin:
            for statement in statements.splitlines():
                admin.execute(statement.encode())

    def owner_of_the_tables(self, database: str) -> str:
        with connect(rewrite(self.admin_url, database=database)) as admin:
            row = admin.execute("SELECT tableowner FROM pg_tables WHERE tablename = 'goals_goal'").fetchone()
        assert row
        return str(row[0])

    def drop(self, suffix: str) -> None:
        drop_test_database(self.admin_url, f"executor{suffix}")
        self.run(f"DROP ROLE IF EXISTS executor_app{suffix}\nDROP ROLE IF EXISTS executor_owner{suffix}")


@contextmanager
def empty_server() -> Iterator[Server]:
    """One of our own, without any role of ours: what is made there need not be taken back."""
    folder = Path(tempfile.mkdtemp(prefix="executor-docs-"))
    folder.chmod(0o711)
    started = EmbeddedPostgres(folder)
    try:
        started.start()
        yield Server(started.admin_url, "", f"?host={quote(str(started.socket_dir), safe='')}")
    finally:
        started.kill()  # at once: nothing of it is kept
        started.stop()
        shutil.rmtree(folder, ignore_errors=True)


def machine_s_own() -> Server | None:
    """The machine's, if it has one that is new enough and lets us in as its superuser."""
    try:
        with connect(MACHINE) as admin:
            fits = admin.info.parameter_status("is_superuser") == "on" and admin.info.server_version >= OLDEST
    except psycopg.OperationalError:
        return None
    return Server(MACHINE, "127.0.0.1:5432") if fits else None


class Run:
    """A command like `make run` with a data folder and port of its own; it ends by Ctrl-C."""

    def __init__(self, command: str, home: Path, environment: dict[str, str], data: Path) -> None:
        data.mkdir()
        self.output, self.url = data / "run.log", data / "database-url"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.process = subprocess.Popen(
            ["bash", "-c", command], cwd=home, env=environment | {"PORT": str(port), "EXECUTOR_DATA_DIR": str(data)},
            stdout=self.output.open("wb"), stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
            self.process.wait(30)

    def connects_as(self) -> str:
        """The login of web, heartbeat and runner: known once roles, database and tables are made."""
        wait("the tables", lambda: self.url.exists() or self.process.poll() is not None, 60)
        assert self.url.exists(), self.output.read_text()
        return str(psycopg.conninfo.conninfo_to_dict(self.url.read_text().strip())["user"])
