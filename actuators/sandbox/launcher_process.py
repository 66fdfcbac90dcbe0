"""The launcher: a small process that turns itself into sandboxes.

Run as ``python -I -S launcher_process.py CONTROL_FD RUNNER_PID BWRAP NAMES_FD ARGUMENTS_FD``; it
imports the standard library only, and little of it, because every sandbox begins as a fork of this
process and pays for its pages. It is single-threaded on purpose: a parent-death signal follows the
*thread* that made the child, and here that thread lives exactly as long as the process.

It reads one request per packet from the control socket and writes one report per packet:

- ``START id uid rlimits procs...`` (NUL between fields) with four descriptors: the script, stdout,
  stderr and the arguments of bwrap. ``uid`` is ``-`` when it is not to be changed; ``rlimits`` is
  ``number=value,...``; ``procs`` are the ``cgroup.procs`` files to join.
- ``KILL id``.
- report ``BORN id pid``, when no ``procs`` were given and the runner must watch the tree itself;
- report ``ENDED id status``, as waitpid gives it, once nothing of the sandbox is left.

When the control socket closes or the runner dies, this process dies and its sandboxes with it.
"""

from __future__ import annotations

import _signal as signal  # the public module costs a start-up of enums
import _socket as socket
import ctypes
import fcntl
import gc
import os
import resource
import select
import sys
import time

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 36, 38
FIRST_FREE_FD = 6  # a sandbox is born with 0-2, its arguments, and two seccomp filters
ARGUMENTS_FD, NAMES_FD, FILTER_FD = 3, 4, 5
PACKET_BYTES = 1 << 16
ORPHAN_PATIENCE_S = 1.0
OOM_SCORE = b"500"  # the host's memory killer takes a sandbox before it takes the database

# Runs inside, before the customer's command and with builtins only. The process limit is set here
# because counted inside the user namespace it is this sandbox's own budget; set outside, all
# sandboxes of the same host uid would share one. bash says -u, dash and busybox say -p. The word
# "ready" tells the runner that what follows on stdout is the customer's.
PREAMBLE = "ulimit -u {pids} 2>/dev/null || ulimit -p {pids} || exit 125; echo ready; . /dev/stdin"

_libc = ctypes.CDLL(None, use_errno=True)


def main(argv: list[str]) -> None:
    """Serve until the runner is gone. ``argv`` as in the module's text."""
    control_fd, runner, bwrap = int(argv[1]), int(argv[2]), argv[3]
    _die_with(runner)
    _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them, and exec inherits that
        signal.signal(number, signal.SIG_DFL)
    os.umask(0o022)
    launcher = Launcher(control_fd, bwrap, (int(argv[4]), int(argv[5])))
    gc.collect()
    gc.freeze()
    gc.disable()  # nothing here makes cycles, and a collection would copy the shared pages
    launcher.serve()


class Launcher:
    """The table of running sandboxes and the loop around it."""

    def __init__(self, control_fd: int, bwrap: str, filters: tuple[int, int]) -> None:
        null = _high(os.open("/dev/null", os.O_RDWR))
        self.control = socket.socket(fileno=_high(control_fd))
        self.filters = tuple(_high(fd) for fd in filters)
        self.bwrap = bwrap
        self.pids: dict[bytes, int] = {}  # id -> pid of the outer bwrap
        self.ids: dict[int, bytes] = {}
        self.ended: list[tuple[bytes, int]] = []  # reports that wait for the last process of their sandbox
        self.ended_at = 0.0
        wake_r, wake_w = os.pipe()
        self.wake = _high(wake_r)
        wake_w = _high(wake_w)
        os.set_blocking(self.wake, False)
        os.set_blocking(wake_w, False)
        signal.set_wakeup_fd(wake_w)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        for fd in range(3, FIRST_FREE_FD):  # so that received descriptors never land there
            os.dup2(null, fd, inheritable=False)

    def serve(self) -> None:
        """Until the runner is gone."""
        poll = select.poll()
        poll.register(self.control.fileno(), select.POLLIN)
        poll.register(self.wake, select.POLLIN)
        while True:
            # While a report waits for an orphan there may be no further signal: look again.
            for fd, _ in poll.poll(5 if self.ended else None):
                if fd == self.wake:
                    _drain(self.wake)
                elif not self.obey():
                    return
            self.reap()

    def obey(self) -> bool:
        """One request. False when the runner closed its end."""
        try:
            data, fds = _receive(self.control)
        except ConnectionError:
            return False
        if not data:
            return False
        verb, name, *rest = data.split(b"\0")
        if verb == b"START":
            self.start(name, rest, fds)
        elif verb == b"KILL" and name in self.pids:
            os.kill(self.pids[name], signal.SIGKILL)
        for fd in fds:
            os.close(fd)
        return True

    def start(self, name: bytes, fields: list[bytes], fds: list[int]) -> None:
        """Fork the child that becomes the sandbox; a failure is told on its stderr."""
        me = os.getpid()
        try:
            pid = os.fork()
        except OSError as error:
            os.write(fds[2], b"fork: " + str(error).encode())
            self.ended.append((name, 125 << 8))
            self.ended_at = time.monotonic()
            return
        if pid == 0:
            try:
                self.become(me, fields, fds)
            except BaseException as error:  # noqa: BLE001 - nothing may run on in the child
                os.write(2, b"launcher: " + repr(error).encode())
            finally:
                os._exit(125)
        self.pids[name], self.ids[pid] = pid, name
        if len(fields) == 3:
            self.report(b"BORN", name, pid)

    def report(self, verb: bytes, name: bytes, number: int) -> None:
        """One packet to the runner."""
        self.control.send(b"%s %s %d" % (verb, name, number))

    def become(self, parent: int, fields: list[bytes], fds: list[int]) -> None:
        """In the child: put every wall around this process, then become bwrap. Never returns."""
        for target, fd in enumerate(fds):
            os.dup2(fd, target)
        for target, fd in zip((NAMES_FD, FILTER_FD), self.filters, strict=True):
            # Reopened, because bwrap reads to the end and the offset must not be shared.
            fresh = os.open(f"/proc/self/fd/{fd}", os.O_RDONLY)
            os.dup2(fresh, target)
            os.close(fresh)
        uid, rlimits, pids, *procs = (field.decode() for field in fields)
        for path in procs:
            _write(path, b"0")
        _write("/proc/self/oom_score_adj", OOM_SCORE)
        for limit in rlimits.split(","):
            number, value = limit.split("=")
            resource.setrlimit(int(number), (int(value), int(value)))
        if uid != "-":
            _drop_to(int(uid))
        if _libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "no_new_privs")
        _die_with(parent)  # last, since a change of uid takes it away
        command = ["/bin/sh", "-c", PREAMBLE.format(pids=int(pids))]
        # An empty environment: what bwrap is started with can be read inside as /proc/1/environ.
        os.execve(self.bwrap, ["bwrap", "--args", str(ARGUMENTS_FD), "--", *command], {})  # noqa: S606

    def reap(self) -> None:
        """Collect the dead, and tell of those of whom nothing is left."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            name = self.ids.pop(pid, None)
            if name is not None:
                del self.pids[name]
                self.ended.append((name, status))
                self.ended_at = time.monotonic()
        if self.ended and not self.kill_orphans():
            for name, status in self.ended:
                self.report(b"ENDED", name, status)
            self.ended.clear()

    def kill_orphans(self) -> bool:
        """End what a dead bwrap left to us. True while any of it is still to be waited for.

        The init of a pid namespace is reaped only after everything in it, so no report is sent
        before the last process of its sandbox is gone. One stuck in the kernel delays the reports
        by ``ORPHAN_PATIENCE_S`` at most.
        """
        try:
            with open(f"/proc/self/task/{os.getpid()}/children", "rb") as listing:
                children = listing.read().split()
        except FileNotFoundError:  # a kernel without CONFIG_PROC_CHILDREN
            return False
        orphans = [pid for pid in map(int, children) if pid not in self.ids]
        for pid in orphans:
            os.kill(pid, signal.SIGKILL)  # ours to reap, so the number cannot be someone else's
        return bool(orphans) and time.monotonic() - self.ended_at < ORPHAN_PATIENCE_S


def _die_with(parent: int) -> None:
    if _libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0) or os.getppid() != parent:
        os._exit(125)


def _drop_to(uid: int) -> None:
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def _write(path: str, data: bytes) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(fd, data)
    finally:
        os.close(fd)


def _receive(control: socket.socket) -> tuple[bytes, list[int]]:
    size = socket.CMSG_SPACE(4 * 8)
    data, ancillary, _, _ = control.recvmsg(PACKET_BYTES, size, socket.MSG_CMSG_CLOEXEC)
    fds: list[int] = []
    for level, kind, payload in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds += [int.from_bytes(payload[at : at + 4], sys.byteorder) for at in range(0, len(payload) - 3, 4)]
    return data, fds


def _high(fd: int) -> int:
    """The same open file at a number no sandbox is given, closed on exec."""
    moved = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 32)
    os.close(fd)
    return moved


def _drain(fd: int) -> None:
    try:
        while os.read(fd, 4096):
            pass
    except BlockingIOError:
        pass


if __name__ == "__main__":
    main(sys.argv)
