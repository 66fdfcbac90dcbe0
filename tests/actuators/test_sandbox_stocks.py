"""Things of which the kernel has one stock for a machine or a user: a sandbox has its share of them and no more."""

import asyncio
import os
import resource
import shlex
import subprocess
from pathlib import Path

import pytest

from actuators.sandbox import Limits, seccomp

ROOT = os.geteuid() == 0
pytestmark = [pytest.mark.hostile(case=13), pytest.mark.essential]

TAKE = """
import ctypes, errno, os, signal, sys, time
libc = ctypes.CDLL(None, use_errno=True)

def terminals():
    os.open('/dev/ptmx', os.O_RDWR)

def instances():
    if libc.inotify_init1(0) < 0: raise OSError(ctypes.get_errno(), '')

def signals():
    if libc.sigqueue(os.getpid(), 40, None) < 0: raise OSError(ctypes.get_errno(), '')

def timers():
    if libc.timer_create(0, None, ctypes.byref(ctypes.c_void_p())) < 0: raise OSError(ctypes.get_errno(), '')

signal.pthread_sigmask(signal.SIG_BLOCK, {40})
taken, most = {}, int(sys.argv[1])
for take in (terminals, instances, signals, timers):
    taken[take.__name__] = 0
    try:
        while taken[take.__name__] < most:
            take()
            taken[take.__name__] += 1
    except OSError: pass
print(taken, flush=True)
time.sleep(float(sys.argv[2]))
"""


def taking(most, seconds=0):
    return f"/usr/bin/python3 -I -c {shlex.quote(TAKE)} {most} {seconds}"


@pytest.fixture
def shared_out(house):
    if not house.do(asyncio.wait_for(asyncio.shield(house.sandboxes._launcher.has_dev), 5)):
        assert ROOT or subprocess.run(["unshare", "--user", "--mount", "true"], check=False).returncode != 0
        pytest.skip("this machine lets us make neither a /dev nor a user namespace around bwrap's")


def test_case_13_who_takes_all_he_can_leaves_others_theirs(house, shared_out):
    async def go():
        full = asyncio.Event()

        def run(account, command, **more):
            workspace = house.account(account)
            return house.sandboxes.run(command, workspace=workspace, limits=Limits(wall_s=20), **more)

        taker = asyncio.create_task(run("taker", taking(200_000, 2), on_output=lambda *_: full.set()))
        await asyncio.wait_for(full.wait(), 15)
        other = await run("other", taking(3))
        return eval(other.stdout), taker.done(), eval((await taker).stdout)

    others, was_over, taken = house.do(go())
    assert not was_over
    assert others == dict.fromkeys(("terminals", "instances", "signals", "timers"), 3)
    assert 3 < taken["terminals"] <= 64
    assert 3 < taken["signals"] <= 4096
    if not ROOT:
        most = int(Path("/proc/sys/user/max_inotify_instances").read_text())
        assert 3 < taken["instances"] <= max(1, most // 16)
        assert taken["signals"] <= max(1, resource.getrlimit(resource.RLIMIT_SIGPENDING)[1] // 16)


@pytest.mark.skipif(ROOT, reason="root's sandboxes have a uid of their own, with the whole stock of it")
def test_case_13_a_sandbox_has_a_share_of_what_an_ordinary_user_may_watch(house, shared_out):
    names = ("max_inotify_instances", "max_inotify_watches")
    most = [int(Path("/proc/sys/user", name).read_text()) for name in names]
    code = f"""
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
watcher, watched = libc.inotify_init1(0), set()
files = (os.path.join(place, name) for place, _, names in os.walk('/usr') for name in names)
for path in files:
    number = libc.inotify_add_watch(watcher, path.encode(), 2)
    if number > 0: watched.add(number)
    elif ctypes.get_errno() == 28: break
    if len(watched) > {most[1] // 16}: break
print(len(watched))
"""
    watched = int(house.run(f"/usr/bin/python3 -I -c {shlex.quote(code)}", account="watches").stdout)
    assert watched <= most[1] // 16


def test_case_13_requests_of_the_kernel_s_own_aio_do_not_exist(house):
    assert {name for name in seccomp.allowed_names() if name.startswith("io_")} == set()
    if os.uname().machine != "x86_64":
        pytest.skip("the number is that of x86_64")
    code = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
print(libc.syscall(206, 64, ctypes.byref(ctypes.c_ulong(0))), os.strerror(ctypes.get_errno()))
"""
    assert house.run("/usr/bin/python3 -I -c " + shlex.quote(code)).stdout == "-1 Function not implemented\n"
