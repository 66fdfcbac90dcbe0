"""What all sandboxes of a machine have together: one of them takes its share and no more, and stops nobody."""

import asyncio
import errno
import os
import re
import resource
import shlex
from pathlib import Path

import pytest

from actuators.databases.apart import Nursery, _pidfd
from actuators.sandbox import Limits, SandboxUnavailable

pytestmark = [pytest.mark.hostile(case=13), pytest.mark.essential]
ROOT = Path(__file__).parents[2]


def python(code):
    return "/usr/bin/python3 -I -c " + shlex.quote(code)


def beside(house, taking, looking, meanwhile=None):
    """What a command of one account says that takes all it can, and what others say meanwhile: first one that ran
    before, then one that starts when the first has it all. ``meanwhile`` is awaited then, too."""

    async def go():
        full = asyncio.Event()

        def run(account, code, **more):
            limits = Limits(wall_s=15)
            return house.sandboxes.run(code, workspace=house.account(account), limits=limits, **more)

        before = asyncio.create_task(run("before", "sleep 2.5; echo fine"))
        await asyncio.sleep(0.2)
        taker = asyncio.create_task(run("taker", python(taking), on_output=lambda *_: full.set()))
        await asyncio.wait_for(full.wait(), 10)
        if meanwhile:
            await meanwhile()
        later = await run("later", looking)
        return (await taker).stdout, (await before).stdout, later.stdout

    return house.do(go())


DESCRIPTORS_ON_THEIR_WAY = """
import array, os, socket, time
held, n = [], 0
files = array.array('i', [os.open('/dev/null', os.O_RDONLY)] * 250)
try:
    while n < 4000:
        a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        held.append((a, b))
        for _ in range(5):
            a.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, files)])
            n += 250
except OSError: pass
print(n, flush=True)
time.sleep(2)
"""


@pytest.fixture
def few_descriptors():
    """This process may have no more than a service manager gives it, or less."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 512), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_descriptors_on_their_way_keep_nobody_from_starting(house, few_descriptors):
    launcher, nursery = house.sandboxes._launcher, Nursery()

    async def statement():
        with await asyncio.to_thread(nursery.child) as channel:
            os.close(await asyncio.wait_for(_pidfd(channel), 5))

    house.do(statement())
    taken, before, later = beside(house, DESCRIPTORS_ON_THEIR_WAY, "echo hello", statement)
    assert int(taken) > 1000
    assert (before, later) == ("fine\n", "hello\n")
    assert house.sandboxes._launcher is launcher
    assert launcher.alive
    nursery._control.close()


def test_nothing_of_ours_sends_a_descriptor():
    rooms = ("accounts", "actuators", "billing", "events", "executor_one", "goals", "mcp_server", "memory", "realtime")
    files = [file for room in (*rooms, "runners", "webhooks") for file in (ROOT / room).rglob("*.py")]
    assert len(files) > 200
    assert [file for file in files if re.search(r"send_fds|SCM_RIGHTS|\.sendmsg\(", file.read_text())] == []


class Refusing:
    """A socket to the launcher with which the kernel finds a fault, so many times."""

    def __init__(self, control, fault, times):
        self.control, self.fault, self.times = control, fault, times

    def __getattr__(self, name):
        return getattr(self.control, name)

    def send(self, packet):
        if packet.startswith(b"START") and self.times:
            self.times -= 1
            raise OSError(self.fault, os.strerror(self.fault))
        return self.control.send(packet)


@pytest.mark.parametrize("fault", [errno.ETOOMANYREFS, errno.ENOBUFS, errno.ENOMEM])
def test_what_the_kernel_has_against_one_request_ends_no_other(house, fault, monkeypatch):
    launcher = house.sandboxes._launcher
    monkeypatch.setattr("actuators.sandbox.launcher.SEND_TRIES", 20)
    monkeypatch.setattr(launcher, "_control", Refusing(launcher._control, fault, 10))
    assert house.run("echo tried again", account=f"again{fault}").stdout == "tried again\n"
    open_before = len(os.listdir("/proc/self/fd"))

    async def beside_another():
        running = asyncio.create_task(
            house.sandboxes.run("sleep 1; echo fine", workspace=house.account(f"runs{fault}"))
        )
        await asyncio.sleep(0.2)
        launcher._control.times = 1000
        with pytest.raises(SandboxUnavailable, match=os.strerror(fault)):
            await house.sandboxes.run("true", workspace=house.account(f"new{fault}"))
        launcher._control.times = 0
        return await running

    assert house.do(beside_another()).stdout == "fine\n"
    assert launcher.alive
    house.rest(0.3)
    assert len(os.listdir("/proc/self/fd")) <= open_before + 8  # of waiting ones; nothing is left of the refused


def test_another_file_under_the_number_is_not_taken(house, monkeypatch):
    """As a launcher would find it that starts what a runner asked for who has let go of it meanwhile."""
    launcher = house.sandboxes._launcher
    monkeypatch.setattr("actuators.sandbox.launcher._named", lambda fd: f"{fd}:{os.fstat(fd).st_dev}:1")
    with pytest.raises(SandboxUnavailable, match="cannot open the pipes"):
        house.run("true", account="wrong")
    monkeypatch.undo()
    assert launcher.alive
    assert house.run("echo right", account="wrong").stdout == "right\n"
