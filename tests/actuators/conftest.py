"""A real sandbox for the tests, on an event loop that lives as long as the session."""

import asyncio
import contextlib
import itertools
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import pytest

from actuators.given import Given
from actuators.sandbox import BareShell, Limits, Sandboxes, Workspace, prepare_workspace
from tests.actuators.engine import running_engine
from tests.actuators.loopback import Loop, Site
from tests.actuators.outside import Outside

ROOT = os.geteuid() == 0
ACCOUNT_UIDS = itertools.count(210_000 + os.getpid() % 10_000 * 100)


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes seconds on purpose")
    config.addinivalue_line(
        "markers", "hostile(case): does what somebody would who means harm; case: number(s) in docs"
    )
    config.addinivalue_line("markers", "essential: also run as an ordinary uid")


class House:
    """Accounts with workspaces, and one running ``Sandboxes``. Everything in it is real."""

    def __init__(self, place, **options):
        self.place = place
        self.sandboxes = Sandboxes(**options)
        self.loop = asyncio.Runner()
        self._workspaces = {}

    def do(self, coroutine):
        return self.loop.run(coroutine)

    def account(self, name):
        """The workspace of an account, made when first asked for."""
        if name not in self._workspaces:
            uid = next(ACCOUNT_UIDS) if ROOT else None
            self._workspaces[name] = prepare_workspace(self.place, name, uid)
        return self._workspaces[name]

    def run(self, command, *, account="a", env=None, on_output=None, **limits):
        limits.setdefault("wall_s", 10.0)
        return self.do(
            self.sandboxes.run(
                command,
                workspace=self.account(account),
                limits=Limits(**limits),
                env=env or {},
                on_output=on_output,
            )
        )

    def rest(self, seconds):
        """Let the background work of the pool go on."""
        self.do(asyncio.sleep(seconds))

    def wait_until_waiting(self, count, patience=5.0):
        end = time.monotonic() + patience
        while int(self.sandboxes.features["waiting"]) != count:
            assert time.monotonic() < end, self.sandboxes.features
            self.rest(0.01)

    def close(self):
        self.do(self.sandboxes.stop())
        self.loop.close()


@pytest.fixture(scope="session")
def place():
    """A directory outside of the repository through which every uid may pass."""
    made = Path(tempfile.mkdtemp(prefix="exo-tests-", dir="/var/tmp"))
    made.chmod(0o711)
    yield made
    subprocess.run(["chmod", "-R", "u+rwX", str(made)], stderr=subprocess.DEVNULL, check=False)
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="session")
def house(place):
    os.environ["SERVER_SECRET"] = "hunter2-of-the-server"
    made = House(place / "house")
    made.do(made.sandboxes.start())
    yield made
    made.close()


@pytest.fixture
def new_house(place):
    """Makes started houses of its own for a test that changes or breaks them."""
    with contextlib.ExitStack() as stack:

        def make(**options):
            made = House(place / f"house{time.monotonic_ns()}", **options)
            stack.callback(made.close)
            made.do(made.sandboxes.start())
            return made

        yield make


@pytest.fixture(scope="session")
def server():
    """A server of ours on this machine: (TCP port, abstract socket name). It greets who comes."""
    abstract = f"exo-canary-{os.getpid()}"
    tcp = socket.create_server(("127.0.0.1", 0))
    local = socket.socket(socket.AF_UNIX)
    local.bind("\0" + abstract)
    local.listen()

    def greet(listener):
        with contextlib.suppress(OSError):
            while True:
                with listener.accept()[0] as peer:
                    peer.sendall(b"SERVER-REACHED")

    for listener in (tcp, local):
        threading.Thread(target=greet, args=(listener,), daemon=True).start()
    yield tcp.getsockname()[1], abstract
    tcp.close()
    local.close()


@pytest.fixture(scope="session")
def running():
    """``running(words)``: host pids whose command line contains the words."""

    def search(words):
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            with contextlib.suppress(OSError):
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ")
                if words.encode() in line:
                    found.append(int(entry.name))
        return found

    return search


@pytest.fixture(scope="session")
def gone(running):
    """``gone(words, within)``: waits until no process has the words; False when one stays."""

    def wait(words, within=1.0):
        end = time.monotonic() + within
        while running(words):
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        return True

    return wait


@pytest.fixture(scope="session")
def engine():
    """A container engine of the tests' own."""
    with running_engine() as made:
        yield made


@pytest.fixture(scope="session")
def servers_loop():
    made = Loop()
    yield made
    made.close()


@pytest.fixture
def new_site(servers_loop):
    """Makes web servers on loopback that end with the test."""
    with contextlib.ExitStack() as stack:

        def make(**options):
            made = Site(servers_loop, **options)
            stack.callback(made.close)
            return made

        yield make


@pytest.fixture
def site(new_site):
    return new_site()


@pytest.fixture
def given(tmp_path):
    """Makes what an actuator is given; ``limits`` are those of Limits, the rest is Given's."""

    def make(*, limits=None, **more):
        return Given(Workspace(tmp_path, None), Limits(**(limits or {})), BareShell(), **more)

    return make


@pytest.fixture
def new_outside(house):
    with contextlib.ExitStack() as stack:

        def make(**options):
            made = Outside(house, **options)
            stack.callback(made.close)
            return made

        yield make


@pytest.fixture
def outside(new_outside):
    return new_outside()
