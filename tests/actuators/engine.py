"""A real Docker engine of the tests' own: Debian's dockerd in namespaces of its own, which take all of it with them."""

import contextlib
import io
import os
import shutil
import signal
import subprocess
import tarfile
import tempfile
import time
from pathlib import Path

import pytest

from actuators.engine.client import connected
from actuators.engine.endpoint import Engine, Owner
from actuators.engine.images import patterns
from actuators.given import Given, Refused
from actuators.sandbox import BareShell, Limits, Workspace

NEEDED = ("setpriv", "unshare", "dockerd", "containerd", "runc", "iptables", "busybox")
REQUIRED = "ENGINE"  # "required" in the environment: where none can start the tests fail
IMAGES = "busybox:test, busybox:evil*, python:3.*"
APPLETS = (
    "sh", "cat", "cp", "dd", "echo", "env", "false", "grep", "head", "id", "ip", "ln", "ls", "mkdir", "mkfifo", "mount",
    "nc", "nslookup", "ps", "rm", "seq", "sleep", "tail", "touch", "tr", "true", "wc", "yes",
)  # fmt: skip
# In a mount namespace that has no cgroup2 beside cgroup1, which runc 1.1 takes for neither.
SCRIPT = """ip link set lo up
umount /sys/fs/cgroup/unified 2>/dev/null
mount -t tmpfs tmpfs /run
exec dockerd --host unix://{place}/docker.sock --data-root {place}/data --exec-root {place}/exec --pidfile {place}/pid \
    --cgroup-parent {cgroup} --default-ulimit nofile=1024:4096 >{place}/log 2>&1"""


class TestEngine:
    """One engine: ``url``, ``api`` beside the product, and what a try of an account is given."""

    __test__ = False

    def __init__(self, place, pid):
        self.place, self.pid = place, pid
        self.url = f"unix://{place}/docker.sock"

    def engine(self, account="acc_a", *, images=IMAGES, **owner):
        owner = Owner("house", account, **{"goal": "g", "task": "t", "runner": "r1", **owner})
        return Engine("main", self.url).of(owner, tuple(patterns(images)))

    def given(self, workspace, account="acc_a", *, images=IMAGES, on_output=None, secrets=None, owner=None, **limits):
        return Given(
            Workspace(workspace, None), Limits(**{"wall_s": 30.0, **limits}), BareShell(), secrets=secrets or {},
            engines={"main": self.engine(account, images=images, **(owner or {}))}, on_output=on_output,
        )  # fmt: skip

    @contextlib.contextmanager
    def api(self):
        with connected(self.engine()) as api:
            yield api

    def containers(self):
        with self.api() as api:
            return api.containers(all=True)

    def load(self, name, changes=()):
        """An image of busybox alone, with what its Dockerfile would say."""
        with self.api() as api:
            api.import_image_from_data(
                rootfs(), repository=name.partition(":")[0], tag=name.partition(":")[2], changes=changes
            )


def rootfs():
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        tar.add(shutil.which("busybox"), "bin/busybox")
        scratch = tarfile.TarInfo("tmp")
        scratch.type, scratch.mode = tarfile.DIRTYPE, 0o1777
        tar.addfile(scratch)
        for applet in APPLETS:
            link = tarfile.TarInfo(f"bin/{applet}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
    return packed.getvalue()


@contextlib.contextmanager
def running_engine():
    """A TestEngine; the test is skipped, or fails where one is required, when none can be started."""
    missing = [name for name in NEEDED if not shutil.which(name)]
    if missing or os.geteuid() != 0:
        without(f"{', '.join(missing)} is not installed" if missing else "only root can start one")
    place = Path(tempfile.mkdtemp(prefix="exo-engine-", dir="/var/tmp"))
    cgroup = f"exo-engine-{os.getpid()}"
    process = subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--net", "--pid", "--fork", "--kill-child",
         "--mount-proc", "sh", "-c", SCRIPT.format(place=place, cgroup=cgroup)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        made = TestEngine(place, process.pid)
        until = time.monotonic() + 30
        while not answers(made):
            if process.poll() is not None or time.monotonic() > until:
                said = (place / "log").read_text(errors="replace")[-600:] if (place / "log").exists() else ""
                without(f"dockerd does not start here: {said}")
            time.sleep(0.05)
        made.load("busybox:test")
        yield made
    finally:
        process.send_signal(signal.SIGKILL)  # its child is the first of their pid namespace: all of them go
        process.wait(10)
        forget(place, cgroup)


def answers(made):
    try:
        with made.api() as api:
            return api.ping()
    except Refused:
        return False


def forget(place, cgroup):
    for folder in Path("/sys/fs/cgroup").glob(f"*/{cgroup}"):
        for below in sorted(folder.rglob("*/"), reverse=True):
            with contextlib.suppress(OSError):
                below.rmdir()
        with contextlib.suppress(OSError):
            folder.rmdir()
    shutil.rmtree(place, ignore_errors=True)


def without(reason):
    if os.environ.get(REQUIRED) == "required":
        pytest.fail(f"No container engine for the tests: {reason}")
    pytest.skip(f"NOT TESTED: containers, because there is no engine: {reason}")
