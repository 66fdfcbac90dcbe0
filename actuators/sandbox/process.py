"""What /proc tells of processes that are not our children, and stopping all of a family."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

STOP_ROUNDS = 5
STANDING = "TtZX"  # stopped, traced, or dead


def started(pid: int) -> str:
    """Start time of a process in clock ticks since boot; "" when there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    return text.rpartition(")")[2].split()[19]


def claim(directory: Path) -> int | None:
    """Say that a directory is in use, for as long as the answered descriptor is open, which is our life at most.

    None when somebody else says so, or nobody can. Unlike a process id it means the same in every container.
    """
    try:
        fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(fd)
        return None
    return fd


def family(root_pid: int) -> Iterator[int]:
    """A process and all its descendants, as they are found."""
    queue = [root_pid]
    while queue:
        pid = queue.pop()
        yield pid
        try:
            for thread in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{thread}/children") as children:
                    queue.extend(map(int, children.read().split()))
        except OSError:
            continue


@contextlib.contextmanager
def stopped(pids: Callable[[], Iterable[int]]) -> Iterator[None]:
    """SIGSTOP to all of ``pids()``, and SIGCONT in the end to those that ran.

    Not a wall: they notice, and one not yet reached can wake another. Whoever appears or runs again is stopped again.
    """
    ours: set[int] = set()
    try:
        for _ in range(STOP_ROUNDS):
            run = False
            for pid in pids():  # each at once: a moment later it may have had a child and ended
                if not _stands(pid):
                    run = True
                    ours.add(pid)
                    send(pid, signal.SIGSTOP)
            if not run:
                break
        yield
    finally:
        for pid in ours:
            send(pid, signal.SIGCONT)


def send(pid: int, number: signal.Signals) -> None:
    """A signal to who may have ended, or may not get one of us."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def all_stopped(pids: Iterable[int]) -> bool:
    """Whether none of these runs."""
    return all(_stands(pid) for pid in pids)


def turns_of(pids: Iterable[int]) -> dict[str, str]:
    """How long and how often each thread of these had a processor; empty where the kernel does not count that."""
    found = {}
    for thread in _threads(pids):
        with contextlib.suppress(OSError), open(f"{thread}/schedstat") as line:
            found[thread] = line.read()
    return found


def has_run(before: dict[str, str], pids: Iterable[int]) -> bool:
    """Whether a thread of these runs now, has run since ``before`` was asked of ``turns_of``, or is new.

    States first: who has kept its processor all the time had no new turn, and who gives it back after we have looked
    was charged with it by then.
    """
    pids = list(pids)
    if one_runs(pids):
        return True
    return any(before.get(thread) != turns for thread, turns in turns_of(pids).items())


def one_runs(pids: Iterable[int]) -> bool:
    """Whether a thread of these has a processor, or waits for nothing else."""
    return any(_state(thread) == "R" for thread in _threads(pids))


def bytes_written(pids: Iterable[int]) -> int:
    """What these have written to files on disks in their life, also by calls that go on. Nothing of who may not be
    looked at."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError), open(f"/proc/{pid}/io") as lines:
            total += next((int(line.split()[1]) for line in lines if line.startswith("write_bytes:")), 0)
    return total


def _threads(pids: Iterable[int]) -> Iterator[str]:
    for pid in pids:
        with contextlib.suppress(OSError):
            yield from (f"/proc/{pid}/task/{thread}" for thread in os.listdir(f"/proc/{pid}/task"))


def _stands(pid: int) -> bool:
    """Whether no thread of a process runs. Its first one may have ended, and says nothing of the others."""
    return all(_state(thread) in STANDING for thread in _threads([pid]))


def _state(thread: str) -> str:
    """One letter; X for a thread that is gone."""
    try:
        with open(f"{thread}/stat", errors="replace") as line:
            return line.read().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return "X"
