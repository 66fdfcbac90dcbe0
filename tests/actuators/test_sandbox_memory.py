"""Memory that no process has mapped. Where a cgroup holds a sandbox all of it counts; else what can be looked at."""

import shlex

import pytest

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


@pytest.mark.parametrize("code", [MEMORY_FILES, PAGE_TABLES], ids=["files of memory", "page tables"])
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
