"""The embedded server: it starts quickly, stops wholly, survives, and asks for passwords."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from executor_one.serve import sweep
from executor_one.serve.postgres import (
    SUPERUSER,
    EmbeddedPostgres,
    PostgresError,
    database_url,
    open_path_to,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def folder(make_folder: Callable[[], Path]) -> Path:
    """One cluster for this module: initdb is the slow part."""
    return make_folder()


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(folder / "data") as started:
        yield started


def ask(url: str, query: str) -> tuple[object, ...] | None:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchone()  # type: ignore[arg-type]


def test_it_is_utf8_durable_and_has_no_port(server: EmbeddedPostgres) -> None:
    settings = "server_encoding", "data_checksums", "fsync", "listen_addresses", "max_connections"
    shown = [ask(server.admin_url, f"SHOW {name}") for name in settings]
    assert shown == [("UTF8",), ("on",), ("on",), ("",), ("200",)]


def test_nobody_gets_in_without_the_password(server: EmbeddedPostgres) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.url(SUPERUSER, "guess", "postgres"))
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        psycopg.connect(server.url(SUPERUSER, "", "postgres"))


def test_the_data_belongs_to_the_server_alone(server: EmbeddedPostgres) -> None:
    for path in (server.cluster, server.socket_dir):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert stat.S_IMODE((server.data_dir / "secrets.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(server.log_path.stat().st_mode) == 0o600


def test_stop_leaves_no_process_and_start_finds_the_rows(folder: Path) -> None:
    server = EmbeddedPostgres(folder / "data")
    server.start()
    with psycopg.connect(server.admin_url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept AS SELECT 7 AS n")
    idle = psycopg.connect(server.admin_url)  # a session in the way of a polite shutdown
    server.stop()
    idle.close()
    assert not list(sweep.find(sweep.working_in(server.cluster, "postgres")))
    begun = time.monotonic()
    server.start()
    assert time.monotonic() - begun < 2
    assert ask(server.admin_url, "SELECT n FROM kept") == (7,)
    server.stop()


def test_it_starts_over_a_killed_predecessor_whose_backends_linger(folder: Path) -> None:
    server = EmbeddedPostgres(folder / "data")
    server.start()
    assert server.process
    backends = [pid for pid in processes(server) if pid != server.process.pid]
    for pid in backends:
        os.kill(pid, signal.SIGSTOP)  # cannot notice that the postmaster died
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    server.start()
    assert ask(server.admin_url, "SELECT 1") == (1,)
    assert not set(backends) & set(processes(server))
    server.stop()


def test_a_pid_file_that_names_a_stranger_is_no_obstacle(folder: Path) -> None:
    server = EmbeddedPostgres(folder / "data")
    server.start()
    assert server.process
    pid_file = server.cluster / "postmaster.pid"
    stale = pid_file.read_text().replace(str(server.process.pid), str(os.getpid()), 1)
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    pid_file.write_text(stale)
    server.start()
    assert ask(server.admin_url, "SELECT 1") == (1,)
    server.stop()


def test_two_on_one_folder_are_refused(server: EmbeddedPostgres) -> None:
    with pytest.raises(PostgresError, match="Another process runs the Postgres"):
        EmbeddedPostgres(server.data_dir).start()
    assert ask(server.admin_url, "SELECT 1") == (1,)


def test_it_dies_with_a_starter_that_is_killed(folder: Path) -> None:
    script = (
        "import sys, time; from executor_one.serve.postgres import EmbeddedPostgres as E;"
        "E(sys.argv[1]).start(); print('up', flush=True); time.sleep(60)"
    )
    starter = subprocess.Popen([sys.executable, "-c", script, str(folder / "data")], cwd=ROOT, stdout=subprocess.PIPE)
    assert starter.stdout
    assert starter.stdout.readline() == b"up\n"
    ours = sweep.working_in(folder / "data" / "postgres", "postgres")
    assert list(sweep.find(ours))
    starter.kill()
    starter.wait()
    starter.stdout.close()
    assert sweep.wait_gone(ours, 5)


def test_a_path_too_long_for_a_socket_works(make_folder: Callable[[], Path]) -> None:
    deep = make_folder() / ("long" * 20) / ("longer" * 5)
    with EmbeddedPostgres(deep) as server:
        assert server.socket_dir.parent == Path("/tmp")
        assert stat.S_IMODE(server.socket_dir.stat().st_mode) == 0o700
        assert ask(server.admin_url, "SELECT 1") == (1,)
    assert not server.socket_dir.exists()


def test_a_server_that_cannot_start_says_why(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("executor_one.serve.postgres").serve.postgres.CONFIG, "max_connections", "lots")
    with pytest.raises(PostgresError, match='invalid value for parameter "max_connections": "lots"'):
        EmbeddedPostgres(folder / "data").start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to open a path")
def test_closed_folders_on_the_way_are_opened_for_searching_only(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    open_path_to(closed / "data")
    assert stat.S_IMODE(closed.stat().st_mode) == 0o701
    assert str(closed) in caplog.text


@pytest.mark.parametrize(
    ("host", "more", "expected"),
    [
        ("/a dir/s", {}, "postgresql://me:p%40ss@/db?host=%2Fa%20dir%2Fs"),
        ("db.lan", {"port": "5433"}, "postgresql://me:p%40ss@db.lan:5433/db"),
        ("::1", {"sslmode": "require"}, "postgresql://me:p%40ss@[::1]/db?sslmode=require"),
    ],
)
def test_urls_are_read_alike_by_libpq(host: str, more: dict[str, str], expected: str) -> None:
    url = database_url("me", "p@ss", "db", host=host, **more)
    assert url.replace("%20", " ").replace("%2F", "/") == expected.replace("%20", " ").replace("%2F", "/")
    parsed = psycopg.conninfo.conninfo_to_dict(url)
    assert parsed == {"user": "me", "password": "p@ss", "dbname": "db", "host": host, **more}


def processes(server: EmbeddedPostgres) -> list[int]:
    return list(sweep.find(sweep.working_in(server.cluster, "postgres")))
