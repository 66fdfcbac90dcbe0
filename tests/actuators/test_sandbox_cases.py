"""Hostile cases of docs/explanation/security.md that take more than a command: measured, or in a world of their own."""

import asyncio
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

import actuators.sandbox
from actuators.sandbox import Limits
from actuators.sandbox.seccomp import allowed_names

REPOSITORY = Path(actuators.sandbox.__file__).parents[2]
MIB = 1 << 20
pytestmark = [pytest.mark.hostile, pytest.mark.essential]
only_x86_64 = pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers are those of x86_64")


def python(code):
    return "/usr/bin/python3 -I -c " + shlex.quote(code)


# ---------------------------------------------------------------- 9, 10: network and kernel


@pytest.mark.hostile(case=9)
def test_case_09_other_addresses_of_this_machine_and_its_network_are_unreachable(house):
    own = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    code = f"""
import socket
for address in {sorted(own | {"127.0.0.2", "169.254.169.254", "10.0.2.2", "192.0.2.2", "100.100.100.200"})!r}:
    for port in (22, 80, 5432, 8000):
        try: socket.create_connection((address, port), 1); print('REACHED', address, port)
        except OSError as error: print(error.errno)
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
try: s.sendto(b'x', ('8.8.8.8', 53)); print('SENT')
except OSError as error: print(error.errno)
"""
    said = house.run(python(code)).stdout.split()
    assert set(said) <= {"101", "111"}  # no network, or nobody on a loopback of its own


# uretprobe and uprobe: the kernel asks no filter, and ends whoever does not come from its own page.
PROBES = (335, 336)
EVERY_CALL = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
listed = {*LISTED, *PROBES}
for number in [n for n in range(600) if n not in listed] + [1000, 4095, 0x3fffffff]:
    ctypes.set_errno(0)
    answer = libc.syscall(number, 0, 0, 0, 0, 0, 0)
    print(number, answer, ctypes.get_errno())
"""


@only_x86_64
@pytest.mark.hostile(case=10)
def test_case_10_every_system_call_that_is_not_named_is_refused(house):
    """Asked of the kernel from inside, number by number; what is on the allow-list is left out."""
    sc = pytest.importorskip("pyseccomp")
    listed = []
    for name in allowed_names():
        try:
            listed.append(sc.resolve_syscall(sc.system_arch(), name))
        except ValueError:  # of another machine, or of a later kernel
            continue
    said = house.run(
        python(EVERY_CALL.replace("LISTED", repr(listed)).replace("PROBES", repr(PROBES)))
    ).stdout.splitlines()
    assert len(said) > 250
    answers = {int(number): (int(answer), int(code)) for number, answer, code in map(str.split, said)}
    unlike = {n: got for n, got in answers.items() if got not in ((-1, 38), (-1, 1), (-1, 95))}
    assert unlike == {}
    assert answers[285] == (-1, 95)  # fallocate
    assert answers[165] == answers[272] == answers[101] == (-1, 1)  # mount, unshare, ptrace


@only_x86_64
@pytest.mark.hostile(case=10)
def test_case_10_every_number_of_the_x32_abi_kills(house):
    code = """
import ctypes, os, signal
libc = ctypes.CDLL(None)
ends = set()
for number in (*range(0, 600, 7), 512, 520, 547):
    pid = os.fork()
    if pid == 0:
        libc.syscall(0x40000000 | number, 0, 0, 0, 0, 0, 0); os._exit(0)
    ends.add(os.waitpid(pid, 0)[1] & 127)
print(ends)
"""
    assert house.run(python(code)).stdout == "{31}\n"  # SIGSYS, every time


# ---------------------------------------------------------------- 12-16: memory, output, what stays behind


@pytest.mark.hostile(case=12)
def test_case_12_what_is_put_into_memory_files_is_bounded_on_the_host(house):
    fill = "for d in /dev/shm /tmp /run /home /; do head -c 400M /dev/zero >$d/f 2>/dev/null; done; sleep 0.5"

    async def largest():
        run = asyncio.ensure_future(
            house.sandboxes.run(fill, workspace=house.account("a"), limits=Limits(tmp_bytes=16 * MIB))
        )
        before, most = shared_memory(), 0
        while not run.done():
            most = max(most, shared_memory() - before)
            await asyncio.sleep(0.02)
        return most

    assert house.do(largest()) < 64 * MIB  # 17 of it ours; the rest of the machine has its own


def shared_memory():
    (line,) = [line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("Shmem:")]
    return int(line.split()[1]) * 1024


@pytest.mark.hostile(case=14)
def test_case_14_endless_output_does_not_grow_the_runner(house):
    house.run("yes", output_bytes=8192)  # what is grown once stays
    before = resident()
    for flood in ("yes", "cat /dev/zero"):
        assert house.run(flood, output_bytes=64 * 1024).killed == "output"
    assert resident() - before < 20 * MIB


def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.hostile(case=15)
def test_case_15_line_of_ten_megabytes_and_terminal_commands_are_kept_as_text(house):
    command = (
        r"""head -c 10000000 /dev/zero | tr '\0' x; printf '\033]8;;http://x\033\\a\033]52;c;eA==\a\000\377' >&2"""
    )
    outcome = house.run(command)
    assert (len(outcome.stdout), outcome.stdout_truncated, outcome.killed) == (64 * 1024, True, None)
    assert outcome.stderr == "\x1b]8;;http://x\x1b\\a\x1b]52;c;eA==\x07\ufffd"


@pytest.mark.hostile(case=16)
def test_case_16_no_mount_inside_honours_setuid_or_devices_of_the_customer(house):
    mounts = [line.split() for line in house.run("cat /proc/self/mountinfo").stdout.splitlines()]
    flags = {mount[4]: set(mount[5].split(",")) for mount in mounts}
    writable = {place for place, has in flags.items() if "rw" in has}
    assert {"/workspace", "/tmp"} <= writable
    assert all("nosuid" in has for has in flags.values())
    assert all("nodev" in flags[place] for place in writable if not place.startswith(("/dev", "/proc")))


# ---------------------------------------------------------------- 19, 20: no sandbox, too many at once


@pytest.mark.hostile(case=19)
def test_case_19_without_user_namespaces_nothing_runs(place):
    """In a user namespace of our own, where none may be made below: as where an operator has switched them off."""
    if not shutil.which("unshare") or not shutil.which("setpriv"):
        pytest.skip("NOT TESTED: no unshare or setpriv")
    code = f"""
        import asyncio, sys
        sys.path[:0] = {[str(REPOSITORY), *sys.path]!r}
        from actuators.sandbox import Sandboxes, SandboxUnavailable
        async def main():
            sandboxes = Sandboxes()
            for attempt in (sandboxes.start(), sandboxes.run("echo RAN", workspace=None)):
                try:
                    await attempt
                except SandboxUnavailable as reason:
                    print("refused:", reason)
        asyncio.run(main())
    """
    switch_off = 'echo 0 >/proc/sys/user/max_user_namespaces && exec setpriv --inh-caps -all --ambient-caps -all "$@"'
    argv = ["unshare", "--user", "--map-user=1000", "--keep-caps", "sh", "-c", switch_off, "sh"]
    argv += [sys.executable, "-c", textwrap.dedent(code)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)
    if "unshare" in done.stderr:
        pytest.skip(f"NOT TESTED: {done.stderr}")
    first, second = done.stdout.splitlines()
    assert re.match("refused: the sandbox did not start: bwrap: .*namespace", first)
    assert second == "refused: the sandbox is not started"


@pytest.mark.hostile(case=20)
def test_case_20_fifty_runs_of_one_account_do_not_hold_up_another(house):
    """As many at once as a runner has slots; who gets how many of them is for tests/goals."""
    slots = asyncio.Semaphore(8)

    async def one():
        async with slots:
            await house.sandboxes.run("sleep 0.02", workspace=house.account("storm2"))

    async def both():
        storm = asyncio.gather(*(one() for _ in range(50)))
        took = []
        while not storm.done():
            began = time.monotonic()
            assert (await house.sandboxes.run("echo x", workspace=house.account("calm2"))).stdout == "x\n"
            took.append(time.monotonic() - began)
        await storm
        return took

    took = sorted(house.do(both()))
    assert took[len(took) * 95 // 100] < 2.0
