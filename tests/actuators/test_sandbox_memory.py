"""Memory that no process has mapped. Where a cgroup holds a sandbox all of it counts; else what can be looked at."""

import os
import shlex
import threading
import time

import pytest

from actuators.sandbox.watch import is_over

pytestmark = [pytest.mark.hostile(case=13), pytest.mark.essential]


def python(code):
    return f"/usr/bin/python3 -I -c {shlex.quote(code)}"


MEMORY_FILES = """
import os, time
held = []
for n in range(6):
    held.append(os.memfd_create('f'))
    for i in range(50): os.write(held[-1], bytes(1 << 20))
    time.sleep(0.1)
time.sleep(0.5); print('GOT')
"""
PAGE_TABLES = """
import mmap, time
m = mmap.mmap(-1, 1 << 40, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000, prot=mmap.PROT_READ)
m.madvise(15)  # nothing is reserved, and pages are small: each that is only read costs its table
for i in range(0, 80_000 << 21, 1 << 21): m[i]
time.sleep(0.5); print('GOT')
"""


MAPPED_AND_NOT_IN_USE = """
import mmap, time
held = []
for n in range(6):
    m = mmap.mmap(-1, 80 << 20, flags=mmap.MAP_SHARED | mmap.MAP_ANONYMOUS)
    for part in range(0, 80 << 20, 8 << 20):
        for i in range(part, part + (8 << 20), 4096): m[i] = 1
        m.madvise(mmap.MADV_DONTNEED)
    held.append(m)
    time.sleep(0.1)
time.sleep(0.5); print('GOT')
"""
FIRST_THREAD_HAS_ENDED = """
import ctypes, os, platform, threading, time
libc = ctypes.CDLL(None)
def work():
    time.sleep(0.2)
    taken = TAKE
    time.sleep(0.6); os.write(1, b'GOT'); os._exit(0)
threading.Thread(target=work).start()
libc.syscall({'x86_64': 60, 'aarch64': 93}[platform.machine()], 0)
"""
IN_FILES = "[(f := os.memfd_create('f'), [os.write(f, bytes(1 << 20)) for _ in range(60)]) for _ in range(6)]"
IN_ITS_OWN = "[bytearray(b'x') * (60 << 20) for _ in range(4)]"
ON_ITS_WAY = """
import os, socket, time
held = []
for n in range(6):
    f = os.memfd_create('f'); a, b = socket.socketpair()
    socket.send_fds(a, [b'x'], [f]); held.append((a, b))
    for i in range(60): os.write(f, bytes(1 << 20))
    os.close(f)
    time.sleep(0.1)
time.sleep(0.5); print('GOT')
"""
# Each has a child and ends: it is gone by the time that the others, who have much to be looked at, have been.
HANDED_ON_BY_A_CHAIN = """
import mmap, os, signal, time
for n in range(100, 400): os.dup2(0, n)
for n in range(30): os.posix_spawn('/bin/sleep', ['sleep', '4'], {})
os.closerange(100, 400)
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
if os.fork(): time.sleep(2.5); os._exit(0)
m = mmap.mmap(-1, 600 << 20)
end = time.monotonic() + 2
done = generation = 0
while time.monotonic() < end:
    generation += 1
    if generation % 2 and done < 300 << 20: m[done:done + (1 << 20)] = bytes(1 << 20); m.madvise(4); done += 1 << 20
    if os.fork(): os._exit(0)
os.write(1, b'GOT %d of %d' % (done >> 20, generation))
"""
LETS_NOBODY_LOOK = "import ctypes; assert not ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)\n" + MEMORY_FILES


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(MEMORY_FILES, id="files of memory"),
        pytest.param(PAGE_TABLES, id="page tables"),
        pytest.param(MAPPED_AND_NOT_IN_USE, id="mapped and not in use"),
        pytest.param(FIRST_THREAD_HAS_ENDED.replace("TAKE", IN_FILES), id="files, the first thread has ended"),
        pytest.param(FIRST_THREAD_HAS_ENDED.replace("TAKE", IN_ITS_OWN), id="its own, the first thread has ended"),
        pytest.param(ON_ITS_WAY, id="on its way"),
        pytest.param(LETS_NOBODY_LOOK, id="of a process that lets nobody look"),
        pytest.param(HANDED_ON_BY_A_CHAIN, id="handed on by a chain of forks"),
    ],
)
def test_memory_that_no_process_has_mapped_counts(house, code):
    outcome = house.run(python(code), memory_bytes=128 << 20)
    assert (outcome.killed, outcome.stdout) == ("memory", ""), outcome


def test_memory_that_nobody_sees_is_had_in_small_pieces_only_without_a_cgroup(house):
    code = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
for call, size in ((libc.shmget, 64 << 10), (libc.shmget, 1 << 30), (libc.semget, 32), (libc.semget, 32_000)):
    made = call(0, ctypes.c_size_t(size), 0o1600)
    print('made' if made >= 0 else os.strerror(ctypes.get_errno()))
"""
    walled = house.sandboxes.features["cgroup"] != "none"
    wanted = ["made"] * 4 if walled else ["made", "Cannot allocate memory", "made", "No space left on device"]
    assert house.run(python(code)).stdout.splitlines() == wanted


def test_file_of_memory_that_is_mapped_counts_once(house):
    code = """
import mmap, os, time
f = os.memfd_create('f'); os.ftruncate(f, 70 << 20); m = mmap.mmap(f, 70 << 20)
for i in range(0, 70 << 20, 4096): m[i] = 1
time.sleep(0.4); print('fine')
"""
    outcome = house.run(python(code), memory_bytes=128 << 20)
    assert (outcome.killed, outcome.stdout) == (None, "fine\n")


HOLDS_A_LITTLE = "import os, time; f = os.memfd_create('f'); os.write(f, bytes(1 << 20)); time.sleep(1); print('fine')"


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(python(HOLDS_A_LITTLE), id="who holds a little"),
        pytest.param(
            "for i in $(seq 400); do /bin/true | /bin/true; done; echo fine", id="who has children all the time"
        ),
    ],
)
def test_nobody_is_stopped_for_shared_memory_that_others_take(house, command):
    """Who hides nothing is charged with nothing of it."""
    took = os.memfd_create("others")

    def take():
        for _ in range(200):
            os.write(took, bytes(1 << 20))
            time.sleep(0.002)

    other = threading.Thread(target=take)
    other.start()
    try:
        outcome = house.run(command, memory_bytes=128 << 20)
    finally:
        other.join()
        os.close(took)
    assert (outcome.killed, outcome.stdout) == (None, "fine\n")


def test_who_is_born_while_all_are_looked_at_is_not_taken_for_nobody():
    families = iter([[os.getpid()], [os.getpid()], [os.getpid(), 1]])
    assert is_over(lambda: next(families), 1 << 40, grown=1 << 40) is None
    assert is_over(lambda: [os.getpid()], 1 << 40, grown=1 << 40) is False
    assert is_over(lambda: [os.getpid()], 1, grown=0) is True
