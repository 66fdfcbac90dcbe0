"""The disk quota against who hides what takes the space from whoever counts it."""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from actuators.sandbox.process import all_stopped, has_run, stopped, turns_of
from tests.actuators.test_sandbox_disk import LIBC, MIB, ROOT, hog, python  # noqa: F401 - a fixture

pytestmark = [pytest.mark.hostile(case=11), pytest.mark.essential]

BELOW_A_DEEP_TREE = """
for i in range(205):
    os.mkdir('d'); os.chdir('d')
os.rename('/workspace/big', 'big')
for n in range(6):
    with open(f'f{n}', 'wb') as f:
        for i in range(100): f.write(b)
"""
# Told by inotify which of three directories is being looked into, it moves what is big to where nobody looks.
WHERE_NOBODY_LOOKS = (
    LIBC
    + """
for d in ('D0', 'D1', 'D2'):
    os.makedirs(d)
    for i in range(180): open(f'{d}/e{i}', 'w').close()
X, Y, Z = [n for n in os.listdir('.') if n in ('D0', 'D1', 'D2')]
os.mkdir(Z + '/data'); os.mkdir(X + '/park')
fd = os.open(Z + '/data', os.O_RDONLY | os.O_DIRECTORY)
if not os.fork():
    told = libc.inotify_init1(0)
    first, last = (libc.inotify_add_watch(told, d.encode(), 0x10) for d in (X, Z))
    there = True
    while True:
        said, at = os.read(told, 4096), 0
        while at < len(said):
            watch, mask, _, length = struct.unpack_from('iIII', said, at); at += 16 + length
            if not mask & 0x40000000: continue
            if watch == first and there: os.rename(Z + '/data', X + '/park/data'); there = False
            elif watch == last and not there: os.rename(X + '/park/data', Z + '/data'); there = True
time.sleep(0.1)
for n in range(15):
    f = os.open(f'f{n}', os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=fd)
    for _ in range(64): os.write(f, b)
    os.close(f)
print('WROTE', flush=True)
time.sleep(1)
"""
)
# Each socket waits in itself together with a deleted file: nobody has either.
IN_SOCKETS_THAT_NOBODY_HAS = """
keep = []
for n in range(40):
    a, c = socket.socketpair()
    f = os.open('.', os.O_TMPFILE | os.O_RDWR, 0o600)
    socket.send_fds(a, [b'x'], [f, c.fileno()])
    c.close()
    for _ in range(50): os.write(f, b)
    os.close(f); keep.append(a)
print('WROTE', flush=True)
"""
ALONE = (
    LIBC
    + """
def work():
    print('ready', flush=True)
    while True: pass
threading.Thread(target=work).start()
libc.syscall({'x86_64': 60, 'aarch64': 93}[platform.machine()], 0)
"""
)


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(BELOW_A_DEEP_TREE, id="below a deep tree"),
        pytest.param(WHERE_NOBODY_LOOKS, id="moved to where nobody looks"),
        pytest.param(IN_SOCKETS_THAT_NOBODY_HAS, id="in sockets that nobody has"),
    ],
)
def test_case_11_nothing_is_hidden_from_who_counts(hog, code):  # noqa: F811
    for _ in range(2):
        outcome, fell = hog(python(code), before="head -c 10000000 /dev/zero > big", quota=64 * MIB)
        assert (outcome.killed, outcome.stdout) == ("disk", ""), outcome
        assert fell < 2 * 64 * MIB
        outcome, _ = hog("chmod -R 700 .; rm -rf ./*; ls", quota=64 * MIB)
        assert (outcome.killed, outcome.stdout) == (None, ""), "it is not blamed for what was there before"


@pytest.mark.parametrize("woken", [False, True], ids=["left alone", "woken"])
def test_case_11_who_is_stopped_by_signals_stands_or_is_known_to_have_run(woken):
    """Also a process whose first thread has ended, which looks dead."""
    code = "import os, socket\n" + ALONE
    with subprocess.Popen([sys.executable, "-I", "-c", code], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout.readline() == b"ready\n"
            pids = [process.pid]
            assert not all_stopped(pids)
            with stopped(lambda: pids):
                time.sleep(0.02)
                before = turns_of(pids)
                assert all_stopped(pids)
                if woken:
                    os.kill(process.pid, signal.SIGCONT)  # as a timer of its own might
                time.sleep(0.1)
                assert has_run(before, pids) is woken
            assert not all_stopped(pids)
        finally:
            process.kill()


@pytest.mark.parametrize(
    "make",
    ["os.symlink('x' * 4000, f'd/d/{n}-{i}')", "open(f'd/d/{n}-{i}', 'w').close()", "os.mkdir(f'd/d/{n}-{i}')",
     "os.link('e0', f'd/d/{n}-{i}')"],
    ids=["links", "empty files", "directories", "hard links"],
)  # fmt: skip
def test_case_11_a_workspace_that_is_over_its_files_grows_no_further(hog, house, make):  # noqa: F811
    fill = "os.makedirs('d/d')\nfor i in range(1500): open(f'e{i}', 'w').close()"
    assert hog(python(fill), workspace_files=1000, quota=64 * MIB)[0].killed == "disk"
    for n in range(4):
        code = f"for i in range(30_000): {make.replace('{n}', str(n))}\nprint('MADE', flush=True)"
        outcome, _ = hog(python(code), workspace_files=1000, quota=64 * MIB)
        assert outcome.killed == "disk", n
        if (
            outcome.stdout
        ):  # hard links take no inode: they are counted when it has ended, and then nothing runs any more
            assert "link(" in make and n == 0  # noqa: PT018
    entries = int(hog("find . | wc -l", workspace_files=10**6, quota=64 * MIB)[0].stdout)
    assert entries < 35_000 if "os.link" in make else entries < 4_000


def test_case_11_nothing_runs_in_a_workspace_that_is_twice_full_until_somebody_deletes(hog, house):  # noqa: F811
    limits = {"workspace_files": 100, "quota": 64 * MIB}
    fill = "os.mkdir('d')\nfor i in range(300): open(f'd/{i}', 'w').close()"
    assert hog(python(fill), quota=64 * MIB)[0].killed is None
    outcome, _ = hog("echo ran; rm -rf d", **limits)
    assert (outcome.killed, outcome.exit_code, outcome.stdout) == ("disk", None, "")
    assert "Nothing was run" in outcome.stderr
    place = next(path for path in house.place.iterdir() if (path / "d").is_dir() and path.name.startswith("hog-"))
    shutil.rmtree(place / "d")
    outcome, _ = hog("echo ran", **limits)
    assert (outcome.killed, outcome.stdout) == (None, "ran\n")


def test_who_is_over_its_files_may_delete(hog):  # noqa: F811
    limits = {"workspace_files": 100, "quota": 64 * MIB}
    fill = "for i in range(150): open(f'{i}', 'w').close()"
    assert hog(python(fill), quota=64 * MIB)[0].killed is None
    outcome, _ = hog("for i in 1 2 3 4 5 6 7 8 9; do rm 1$i; sleep 0.05; done; ls | wc -l", **limits)
    assert (outcome.killed, outcome.stdout) == (None, "141\n")
