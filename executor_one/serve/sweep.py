"""Find processes by what they carry and end them; run as a program it is the undertaker.

A process is found by a marker in its environment (`EXECUTOR_RUN_ID=...`), which every descendant
inherits, whatever it did to its parent, session or process group. Standard library only, because
the undertaker runs by path with `python -I -S`.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

Matches = Callable[[Path], bool]


def carrying(*markers: str) -> Matches:
    """Match processes whose environment holds every one of the `NAME=value` markers."""
    wanted = {marker.encode() for marker in markers}
    return lambda proc: wanted.issubset((proc / "environ").read_bytes().split(b"\0"))


def working_in(directory: Path, program: str) -> Matches:
    """Match processes running the executable `program` whose current directory is `directory`."""
    folder = str(directory.resolve())

    def matches(proc: Path) -> bool:
        # a replaced executable reads "/path/postgres (deleted)"
        executable = os.readlink(proc / "exe").removesuffix(" (deleted)")
        return os.readlink(proc / "cwd") == folder and Path(executable).name == program

    return matches


def find(matches: Matches) -> Iterator[int]:
    """Pids of living processes that match, never our own. Unreadable ones are not ours."""
    for proc in Path("/proc").iterdir():
        if not proc.name.isdigit() or int(proc.name) == os.getpid():
            continue
        try:
            if matches(proc):
                yield int(proc.name)
        except OSError:
            continue


def send(signum: signal.Signals, matches: Matches) -> int:
    """Send one signal to everything that matches; how many got it.

    The pid is pinned by a pidfd before it is looked at a second time, so a pid that was given to
    somebody else in between is never hit.
    """
    count = 0
    for pid in list(find(matches)):
        try:
            pidfd = os.pidfd_open(pid)
        except OSError:
            continue
        try:
            if matches(Path("/proc") / str(pid)):
                signal.pidfd_send_signal(pidfd, signum)
                count += 1
        except OSError:
            continue
        finally:
            os.close(pidfd)
    return count


def wait_gone(matches: Matches, seconds: float) -> bool:
    """Whether nothing matches any more, within `seconds`."""
    deadline = time.monotonic() + seconds
    while any(True for _ in find(matches)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def kill(matches: Matches, seconds: float = 5.0) -> bool:
    """SIGKILL all that match until none is left (they may fork meanwhile); False: some remain."""
    deadline = time.monotonic() + seconds
    while send(signal.SIGKILL, matches):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def undertake(marker: str) -> None:
    """Wait until our parent closes its end of stdin, by whatever death, then kill what it left."""
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)
    while os.read(0, 1):
        pass
    kill(carrying(marker))


if __name__ == "__main__":
    undertake(sys.argv[1])
