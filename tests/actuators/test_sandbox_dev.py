"""/dev inside: the same whether the launcher made it once (root) or bwrap makes it each time."""

import asyncio
import os
import shlex
from pathlib import Path

import pytest

from actuators.sandbox.bwrap import Recipe

ROOT = os.geteuid() == 0


def python(code):
    return "/usr/bin/python3 -I -c " + shlex.quote(code)


@pytest.fixture(params=["as it comes", "made by bwrap"])
def any_house(request, new_house):
    house = new_house()
    if request.param == "made by bwrap":
        house.sandboxes._recipes[True] = Recipe(house.sandboxes._root)
    return house


@pytest.mark.skipif(not ROOT or os.uname().machine != "x86_64", reason="only root may mount and make nodes")
def test_launcher_of_root_makes_dev_where_it_may(house):
    assert house.do(asyncio.wait_for(asyncio.shield(house.sandboxes._launcher.has_dev), 5)) is True


@pytest.mark.hostile
@pytest.mark.essential
def test_dev_holds_the_usual_and_nothing_else(any_house):
    listed = any_house.run("ls /dev; ls -L /dev/pts").stdout.split()
    assert listed == [
        *("core", "fd", "full", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin", "stdout", "tty"),
        *("urandom", "zero", "ptmx"),
    ]


@pytest.mark.hostile
@pytest.mark.essential
def test_devices_work_and_cannot_be_changed(any_house):
    command = """
for d in null zero full random urandom tty; do test -c /dev/$d || echo no $d; stat -c '%t,%T %a' /dev/$d; done
echo lost >/dev/null && head -c 3 /dev/zero | od -An -tx1; head -c 9 /dev/urandom | wc -c
echo x >/dev/full 2>/dev/null || echo full; echo out >/dev/stdout; echo err >/dev/stderr; readlink /dev/core
test -e /dev/fd/1 && echo fd; readlink /dev/ptmx
chmod 600 /dev/null 2>/dev/null && echo CHANGED; rm -f /dev/zero 2>/dev/null && echo REMOVED
mkdir /dev/new 2>/dev/null && echo MADE; touch /dev/pts/x 2>/dev/null && echo TOUCHED; test -c /dev/zero && echo still
"""
    outcome = any_house.run(command)
    modes = [f"1,{minor} 666" for minor in (3, 5, 7, 8, 9)] + ["5,0 666"]
    rest = [" 00 00 00", "9", "full", "out", "/proc/kcore", "fd", "pts/ptmx", "still"]
    assert outcome.stdout.splitlines() == [*modes, *rest]
    assert outcome.stderr == "err\n"


@pytest.mark.hostile(case=12)
@pytest.mark.essential
def test_shared_memory_is_writable_and_bounded(any_house):
    command = (
        "echo x >/dev/shm/a && cat /dev/shm/a; head -c 9M /dev/zero >/dev/shm/b 2>/dev/null; stat -c %s /dev/shm/b"
    )
    text, size = any_house.run(command).stdout.split()
    assert text == "x"
    assert int(size) <= 1 << 20


TERMINAL = """
import os, pty, time
master, slave = pty.openpty()
os.write(slave, b'through the terminal\\n')
print(os.ttyname(slave), os.isatty(slave), os.read(master, 99), oct(os.fstat(slave).st_mode), os.fstat(slave).st_uid)
time.sleep(0.4)
print(sorted(os.listdir('/dev/pts')))
"""


@pytest.mark.essential
def test_terminals_work_and_each_sandbox_has_its_own(any_house):
    async def both():
        runs = (any_house.sandboxes.run(python(TERMINAL), workspace=any_house.account("a")) for _ in range(2))
        return await asyncio.gather(*runs)

    for outcome in any_house.do(both()):
        said, listed = outcome.stdout.splitlines()
        assert said.startswith("/dev/pts/0 True b'through the terminal\\r\\n' 0o2062"), outcome
        assert said.endswith(" 1000")
        assert listed == "['0', 'ptmx']"


def test_terminals_of_sandboxes_stay_out_of_every_other_mount_table(new_house):
    house = new_house()
    tables = [Path(f"/proc/{pid}/mountinfo") for pid in (os.getpid(), house.sandboxes._launcher.pid)]
    before = [table.read_text() for table in tables]
    for account in "abc":
        house.run("true", account=account)
    house.rest(0.3)
    assert [table.read_text() for table in tables] == before
