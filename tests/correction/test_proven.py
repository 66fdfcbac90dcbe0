"""Every fix of the catalogue that can be provoked: a command fails in `sh`, the ladder's fix is applied, it works."""

import json
import os
import resource
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from goals.correction.catalogue import catalogue
from goals.correction.ladder import MOST_TRIES, Tried, next_rung
from memory.fixes import digest
from memory.signature import signature

TABLE = tomllib.loads(Path(__file__).with_name("provoked.toml").read_text())
PROVOKED, NOT_PROVOKED = TABLE["provoked"], TABLE["not_provoked"]
SYSTEM = ("/usr/local/bin", "/usr/bin", "/bin")
NOBODY = 65534


class Site(BaseHTTPRequestHandler):
    """Answers "content", to all but curl where that is not wanted, and is a registry of the npm packages a and b."""

    def do_GET(self):
        if "not-for-curl" in self.path and "curl" in self.headers["User-Agent"]:
            self.close_connection = True
            return
        self.send_response(200)
        self.end_headers()
        name = self.path.rpartition("/")[2]
        self.wfile.write(self.package(name) if self.path.startswith("/npm/") else b"content")

    def package(self, name):
        """A package with two versions, 1.0.0 and 7.0.0."""
        said = {"name": name, "peerDependencies": {"b": "^7.0.0"} if name == "a" else {}}
        dist = {"tarball": f"http://{self.headers['Host']}/files/{name}.tgz"}
        versions = {version: {**said, "version": version, "dist": dist} for version in ("1.0.0", "7.0.0")}
        return json.dumps({"name": name, "dist-tags": {"latest": "7.0.0"}, "versions": versions}).encode()

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def url():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def port():
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    yield taken.getsockname()[1]
    taken.close()


@pytest.fixture
def folder():
    """A workspace that every user can reach."""
    base = Path(tempfile.mkdtemp(prefix="executor-fix-"))
    base.chmod(0o755)
    place = base / "work"
    place.mkdir()
    yield place
    shutil.rmtree(base)


@pytest.fixture(scope="module")
def search_path(tmp_path_factory):
    """A PATH of the system's programs without some of them."""
    base = Path(tempfile.mkdtemp(prefix="executor-fix-"))
    base.chmod(0o755)
    made = {}

    def without(names):
        if names and names not in made:
            made[names] = base / str(len(made))
            made[names].mkdir()
            found = {program.name: program for place in reversed(SYSTEM) for program in Path(place).iterdir()}
            for name in found.keys() - set(names):
                (made[names] / name).symlink_to(found[name])
        return str(made[names]) if names else ":".join(SYSTEM)

    yield without
    shutil.rmtree(base)


def stand_ins(folder, case):
    """A folder with the programs that stand in for others."""
    place = folder.parent / "bin"
    place.mkdir()
    for name, script in case.get("programs", {}).items():
        (place / name).write_text(f"#!/bin/sh\n{script}\n")
        (place / name).chmod(0o755)
    return place


def lacks(case):
    """What of the machine a case needs and has not."""
    special = {
        "chown as root": lambda: os.geteuid() == 0,
        "externally managed python3": lambda: any(Path("/usr/lib").glob("python3*/EXTERNALLY-MANAGED")),
    }

    def there(name):
        return special[name]() if name in special else shutil.which(name, path=":".join(SYSTEM))

    return [name for name in case.get("needs", []) if not there(name)]


class Shell:
    """Runs commands as a runner does."""

    def __init__(self, folder, case, path):
        self.folder, self.case = folder, case
        given = {"PATH": str(path), "HOME": str(folder), "LANG": "C.UTF-8", "TERM": "dumb", "GIT_CONFIG_NOSYSTEM": "1"}
        given |= {"GIT_CEILING_DIRECTORIES": str(folder.parent), "npm_config_fetch_retries": "0"}
        given |= case.get("environment", {})
        self.environment = {name: value for name, value in given.items() if name not in case.get("unset", [])}

    def run(self, command, *, free=False):
        argv = ["sh", "-c", command]
        if "as_nobody" in self.case and os.geteuid() == 0 and not free:
            argv = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *argv]
        return subprocess.run(
            argv, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=60, check=False, preexec_fn=None if free else self.limit,
        )  # fmt: skip

    def limit(self):
        if "open_files" in self.case:
            resource.setrlimit(resource.RLIMIT_NOFILE, (self.case["open_files"], 1024))

    def set_up(self, text):
        """The background jobs of a set-up must not hold our pipes open."""
        done = subprocess.run(
            ["sh", "-c", text], cwd=self.folder, env=self.environment | {"HOME": str(self.folder)},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0
        if "as_nobody" in self.case and os.geteuid() == 0:
            for place, _, files in os.walk(self.folder):
                for each in (Path(place), *(Path(place, name) for name in files)):
                    os.chown(each, NOBODY, NOBODY)


def climb(shell, case, command):
    """Run a command, and whatever the ladder says, until it works; the rungs that were tried."""
    params, tried, rungs = {"command": command}, [], []
    result = shell.run(command)
    assert result.returncode, "it works without the fix"
    while result.returncode and len(tried) < MOST_TRIES:
        failure = signature(
            "shell",
            exit_code=result.returncode,
            error_code="exit_code",
            stdout=result.stdout,
            stderr=result.stderr,
            command=command,
        )
        rung = next_rung(failure, actuator="shell", params=params, known=[], tried=tried)
        assert rung, f"escalated after {rungs}: {failure.raw}"
        if rung.rung != "backoff":
            rungs.append(rung.fix_id)
            time.sleep(0.8 if "heals" in case else 0)
            result = shell.run(rung.params["command"])
        tried.append(Tried(rung.rung, digest(rung.fix) if rung.fix else ""))
    assert result.returncode == 0, (rungs, result.stderr)
    return rungs, rung


@pytest.mark.parametrize("case", PROVOKED, ids=[f"{number}-{case['fix']}" for number, case in enumerate(PROVOKED)])
def test_E_R20_a_fix_heals_what_it_is_for(case, folder, url, port, search_path):
    if missing := lacks(case):
        pytest.skip(f"this machine has no {', '.join(missing)}")
    path = f"{stand_ins(folder, case)}:{search_path(tuple(case.get('without', ())))}"
    shell = Shell(folder, case, path)
    command, setup = case["command"], case.get("setup", "true")
    for name, value in {"{url}": url, "{port}": port, "{folder}": folder}.items():
        command, setup = command.replace(name, str(value)), setup.replace(name, str(value))
    shell.set_up(setup)
    rungs, last = climb(shell, case, command)
    assert rungs[-1] == case["fix"], rungs
    assert len(rungs) <= 2, "it took more than one wrong fix before the right one"
    assert bool(last.wait_seconds) == ("heals" in case)


def test_every_fix_is_proven_or_says_why_not():
    proven = {case["fix"] for case in PROVOKED}
    ids = {entry.id for entry in catalogue().entries}
    assert not proven & NOT_PROVOKED.keys()
    assert proven | NOT_PROVOKED.keys() == ids
    assert len(proven) >= 40
