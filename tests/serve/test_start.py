"""What the owner of the machine is told before anything starts: one sentence, status 2."""

import fcntl
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from executor_one.serve.config import ConfigError, read_config
from executor_one.serve.secretfile import derive, load_secrets
from executor_one.serve.startup import welcome

ROOT = Path(__file__).parents[2]
NOWHERE = Path("/nonexistent/.env")


def serve(data: Path, **settings: str) -> tuple[int, list[str]]:
    env = {"PATH": os.environ["PATH"], "EXECUTOR_DATA_DIR": str(data), **settings}
    done = subprocess.run(
        [sys.executable, "-m", "executor_one.serve"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done.returncode, done.stdout.splitlines()


def test_a_second_one_on_the_same_data_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "run.lock").open("w") as lock:
        lock.write("4711\n")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        status, lines = serve(tmp_path)
    assert status == 2
    assert len(lines) == 1
    assert "runs already" in lines[0]
    assert "4711" in lines[0]


def test_a_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        status, lines = serve(tmp_path, PORT=str(taken.getsockname()[1]))
    assert status == 2
    assert len(lines) == 1
    assert "is in use; set PORT" in lines[0]
    assert not (tmp_path / "postgres").exists()


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"PORT": "eighty"}, "PORT is wrong: 'eighty'"),
        ({"PORT": "70000"}, "PORT is wrong: '70000'"),
        ({"HOST": "no.such.host.invalid"}, "Cannot listen on no.such.host.invalid"),
        ({"DATABASE_URL": "sqlite:///x"}, "DATABASE_URL is wrong: only postgres://"),
        ({"DATABASE_URL": "postgres://x@127.0.0.1:1/y"}, "The database cannot be reached"),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, settings: dict[str, str], sentence: str) -> None:
    status, lines = serve(tmp_path, **({"PORT": "18765"} | settings))
    assert status == 2
    assert len(lines) == 1
    assert sentence in lines[0]


def test_the_environment_goes_above_the_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# mine\nexport PORT=9000 # not 8000\nHOST='0.0.0.0'\nnonsense\nSECRET_KEY=a#b\n")
    config = read_config({"PORT": "9001"}, file)
    assert (config.port, config.host, config.secret_key) == (9001, "0.0.0.0", "a#b")
    assert config.address == "http://127.0.0.1:9001"


def test_an_empty_value_counts_as_unset() -> None:
    config = read_config({"PORT": "", "DATABASE_URL": " "}, NOWHERE)
    assert (config.port, config.database_url) == (8000, "")
    with pytest.raises(ConfigError):
        read_config({"PORT": "0"}, NOWHERE)


def test_secrets_are_made_once_and_differ(tmp_path: Path) -> None:
    first = load_secrets(tmp_path)
    assert load_secrets(tmp_path) == first
    assert len(set(vars(first).values())) == 4
    assert derive("k", "role/a") == derive("k", "role/a") != derive("k", "role/b")


def test_ready_says_the_address_first_and_what_is_degraded() -> None:
    config = read_config({}, NOWHERE)
    assert welcome(config, {"status": "healthy"})[0] == "executor.one is ready at http://127.0.0.1:8000"
    checks = [{"name": "sandbox", "ok": False, "message": "No bwrap"}, {"name": "state", "ok": True}]
    assert "degraded: sandbox: No bwrap" in welcome(config, {"status": "degraded", "checks": checks})[1]
