"""Every fix of the catalogue that can be provoked is: the command fails in `sh`, the ladder's fix is applied, it works."""

import os
import resource
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from goals.correction.catalogue import catalogue
from goals.correction.ladder import MOST_TRIES, Tried, next_rung
from memory.fixes import digest
from memory.signature import signature
from tests.correction.provoked import NOT_PROVOKED, PROVOKED

NOBODY = 65534
PEERS = {"a": '"peerDependencies":{"b":"^7.0.0"}', "b": '"peerDependencies":{}'}


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
        address = f"http://{self.headers['Host']}/files/{name}.tgz"
        versions = ",".join(
            f'"{version}":{{"name":"{name}","version":"{version}",{PEERS.get(name, "")},"dist":{{"tarball":"{address}"}}}}'
            for version in ("1.0.0", "7.0.0")
        )
        return f'{{"name":"{name}","dist-tags":{{"latest":"7.0.0"}},"versions":{{{versions}}}}}'.encode()

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


def programs(folder, case):
    """A folder for the PATH: the system's programs but some, and stand-ins for others."""
    place = folder.parent / "bin"
    place.mkdir()
    for system in ("/usr/local/bin", "/usr/bin", "/bin"):
        for program in Path(system).iterdir():
            if program.name not in {*case.without, *case.programs} and not (place / program.name).is_symlink():
                (place / program.name).symlink_to(program)
    for name, script in case.programs.items():
        (place / name).write_text(f"#!/bin/sh\n{script}\n")
        (place / name).chmod(0o755)
    return place


def lacks(case):
    """What of the machine a case needs and has not."""
    special = {
        "chown as root": lambda: os.geteuid() == 0,
        "externally managed python3": lambda: any(Path("/usr/lib").glob("python3*/EXTERNALLY-MANAGED")),
    }
    return [
        name
        for name in case.needs
        if not special.get(name, lambda name=name: shutil.which(name, path="/usr/bin:/bin"))()
    ]


class Shell:
    """Runs commands as a runner does."""

    def __init__(self, folder, case, path):
        self.folder, self.case = folder, case
        given = {"PATH": str(path), "HOME": str(folder), "LANG": "C.UTF-8", "TERM": "dumb", "GIT_CONFIG_NOSYSTEM": "1"}
        given |= {"GIT_CEILING_DIRECTORIES": str(folder.parent), "npm_config_fetch_retries": "0", **case.environment}
        self.environment = {name: value for name, value in given.items() if value is not None}

    def run(self, command, *, free=False):
        argv = ["sh", "-c", command]
        if self.case.as_nobody and os.geteuid() == 0 and not free:
            argv = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *argv]
        return subprocess.run(
            argv, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=60, check=False, preexec_fn=None if free else self.limit,
        )  # fmt: skip

    def limit(self):
        if self.case.open_files:
            resource.setrlimit(resource.RLIMIT_NOFILE, (self.case.open_files, 1024))

    def set_up(self, text):
        """The background jobs of a set-up must not hold our pipes open."""
        done = subprocess.run(
            ["sh", "-c", text], cwd=self.folder, env=self.environment | {"HOME": str(self.folder)},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0
        if self.case.as_nobody and os.geteuid() == 0:
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
        rung = next_rung(failure, failure.raw, actuator="shell", params=params, known=[], tried=tried)
        assert rung, f"escalated after {rungs}: {failure.raw}"
        if rung.rung != "backoff":
            rungs.append(rung.fix_id)
            time.sleep(0.8 if case.heals else 0)
            result = shell.run(rung.params["command"])
        tried.append(Tried(rung.rung, digest(rung.fix) if rung.fix else ""))
    assert result.returncode == 0, (rungs, result.stderr)
    return rungs, rung


@pytest.mark.parametrize("case", PROVOKED, ids=[f"{number}-{case.fix}" for number, case in enumerate(PROVOKED)])
def test_E_R20_a_fix_heals_what_it_is_for(case, folder, url, port):
    if missing := lacks(case):
        pytest.skip(f"this machine has no {', '.join(missing)}")
    shell = Shell(folder, case, programs(folder, case))
    fill = {"url": url, "port": port, "folder": folder}
    if case.setup:
        shell.set_up(case.setup.format(**fill) if "{url}" in case.setup else case.setup)
    command = case.command
    for name, value in fill.items():
        command = command.replace(f"{{{name}}}", str(value))
    rungs, last = climb(shell, case, command)
    assert rungs[-1] == case.fix, rungs
    assert len(rungs) <= 2, "it took more than one wrong fix before the right one"
    assert bool(last.wait_seconds) == case.heals


def test_every_fix_is_proven_or_says_why_not():
    proven = {case.fix for case in PROVOKED}
    ids = {entry.id for entry in catalogue().entries}
    assert not proven & NOT_PROVOKED.keys()
    assert proven | NOT_PROVOKED.keys() == ids
    assert len(proven) >= 70
