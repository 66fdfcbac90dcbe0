"""Run a command that dies with its parent: `leash.py SIGNAL PARENT_PID USER COMMAND...`

Executed by path with `python -I -S`, so it imports nothing of ours and costs about 20 ms. The
process becomes COMMAND (exec), so its pid and command line are the command's own.

This is a program and not a `preexec_fn` because Python must not run between fork and exec in a
process that has threads.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1


def leashed(command: Sequence[str], *, signum: signal.Signals = signal.SIGKILL, user: str = "") -> list[str]:
    """The argv that runs `command` so that it gets `signum` when this process is gone.

    The kernel watches the *thread* that forked: start leashed commands from a thread that lives as
    long as they should. `user` (root only) is switched to before the command starts.
    """
    leash = [sys.executable, "-I", "-S", str(Path(__file__).resolve())]
    return [*leash, str(int(signum)), str(os.getpid()), user, *command]


def become(user: str) -> None:
    """Give up root for `user` and no supplementary groups."""
    entry = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


def main(argv: list[str]) -> None:
    """Switch user, tie the leash, exec. The order matters: setuid() clears the death signal."""
    signum, parent, user, command = int(argv[1]), int(argv[2]), argv[3], argv[4:]
    libc = ctypes.CDLL(None, use_errno=True)
    if user:
        become(user)
    if libc.prctl(PR_SET_PDEATHSIG, signum) != 0:
        sys.exit(f"leash: prctl: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != parent:  # it died before the leash was tied
        sys.exit(1)
    for changed_by_python in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(changed_by_python, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)  # noqa: S606 - a shell is what we do not want
    except OSError as error:
        sys.exit(f"leash: {command[0]}: {error.strerror}")


if __name__ == "__main__":
    main(sys.argv)
