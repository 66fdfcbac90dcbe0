"""The launcher: a small process that turns itself into sandboxes.

Run as ``python -I -S launcher_process.py CONTROL_FD RUNNER_PID BWRAP SECCOMP_FD DEV CGROUP...``, where each
``CGROUP`` is ``version:directory``, the place of all sandboxes in one hierarchy, and ``DEV`` an empty directory; it
imports the standard library only, and little of it, because every sandbox begins as a fork of this
process and pays for its pages. It is single-threaded on purpose: a parent-death signal follows the
*thread* that made the child, and here that thread lives exactly as long as the process.

It reads one request per packet from the control socket and writes one report per packet:

- ``START id uid rlimits pids group relay files`` (NUL between fields). ``uid`` is ``-`` when it is not to be changed;
  ``rlimits`` is ``number=value,...``; ``group`` is a directory below each ``CGROUP``, empty when there is none.
  ``relay`` is not empty where the sandbox has a way out, whose relay is started first. ``files`` are the script,
  stdout, stderr and the arguments of bwrap, as ``number:device:inode,...`` of the runner's descriptors, which it keeps
  open until it has heard ``TAKEN``.
- ``KILL id``.
- report ``HELLO dev 1`` at the start, with 0 when ``DEV`` could not be made a /dev for sandboxes to bind;
- report ``TAKEN id errno``, 0 when the files of a ``START`` were opened here; else there will be no such sandbox;
- report ``BORN id pid``, when no ``group`` was given and the runner must watch the tree itself;
- report ``ENDED id status``, as waitpid gives it, once nothing of the sandbox is left.

No descriptor travels through the socket. The kernel counts those on their way by uid, also what a sandbox of an
ordinary user sends to itself (its limit and 253 for each of its processes), and refuses whoever sends beyond the
number that he himself may have open: one command could keep everybody's from being started.

When the control socket closes or the runner dies, this process dies and its sandboxes with it.
"""

from __future__ import annotations

import _signal as signal  # the public module costs a start-up of enums
import _socket as socket
import ctypes
import errno
import fcntl
import gc
import os
import resource
import select
import sys
import time

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 36, 38
CLONE_NEWNS, CLONE_NEWUSER, MNT_DETACH = 0x00020000, 0x10000000, 2
MS_RDONLY, MS_NOSUID, MS_NOEXEC, MS_REMOUNT, MS_BIND, MS_REC, MS_SLAVE = 1, 2, 8, 0x20, 0x1000, 0x4000, 0x80000
CLONE_INTO_CGROUP, SYS_CLONE3 = 0x200000000, 435  # clone3 came late enough to have one number on every machine
MODES = (os.O_RDONLY, os.O_WRONLY, os.O_WRONLY, os.O_RDONLY)  # of the script, stdout, stderr, the arguments of bwrap
FIRST_FREE_FD = 5  # a sandbox is born with 0-2, its arguments, and the seccomp filter
ARGUMENTS_FD, FILTER_FD = 3, 4
PACKET_BYTES = 1 << 16
TRIAL = "trial"
ORPHAN_PATIENCE_S = 1.0
OOM_SCORE = b"500"  # the host's memory killer takes a sandbox before it takes the database

# Runs inside, before the customer's command and with builtins only. The process limit is set here
# because counted inside the user namespace it is this sandbox's own budget; set outside, all
# sandboxes of the same host uid would share one. bash says -u, dash and busybox say -p. The word
# "ready" tells the runner that what follows on stdout is the customer's.
PREAMBLE = "ulimit -u {pids} 2>/dev/null || ulimit -p {pids} || exit 125; {relay}echo ready; . /dev/stdin"
# actuators/sandbox/relay.py, which is bound in there with its socket. It listens before it ends.
RELAY = "/usr/bin/python3 -I -S /run/relay.py </dev/null >/dev/null || exit 125; "

# Interfaces of the kernel, in which no workspace and no program can lie. (Not proc: a container's masks over it decide
# whether a sandbox may have its own.)
USELESS = frozenset(
    b"bpf cgroup cgroup2 configfs debugfs devpts efivarfs fusectl hugetlbfs mqueue nsfs pstore securityfs"
    b" selinuxfs sysfs tracefs".split()
)

NODES = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9), "tty": (5, 0)}
TERMINALS = b"ptmxmode=0666,mode=620,max=64"  # of the 3072 that the machine has for all but itself
COUNTED_BY_UID = ("/proc/sys/user/max_inotify_instances", "/proc/sys/user/max_inotify_watches")
SHARE = 16  # a sandbox of an ordinary user may have one in so many of what that user may have
LINKS = {"fd": "", "stdin": "/0", "stdout": "/1", "stderr": "/2"}  # below /proc/self/fd

_libc = ctypes.PyDLL(None, use_errno=True)  # PyDLL: the lock of the interpreter stays held over a clone


def main(argv: list[str]) -> None:
    """Serve until the runner is gone. ``argv`` as in the module's text."""
    control_fd, runner, bwrap = int(argv[1]), int(argv[2]), argv[3]
    _die_with(runner)
    _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them, and exec inherits that
        signal.signal(number, signal.SIG_DFL)
    os.umask(0o022)
    launcher = Launcher(control_fd, runner, bwrap, int(argv[4]), [_hierarchy(text) for text in argv[6:]])
    if os.geteuid() == 0:
        if _shed_mounts() and _build_dev(argv[5]):  # after the cgroups were opened: their mounts go too
            launcher.dev = argv[5]
    else:
        for shares in (_shares(), []):  # a container may have a /proc/sys that nobody may write to
            if launcher.dev is None and _nesting_works(bwrap, argv[5], shares):
                launcher.dev, launcher.shares = argv[5], shares
    launcher.report(b"HELLO", b"dev", int(launcher.dev is not None))
    gc.collect()
    gc.freeze()
    gc.disable()  # nothing here makes cycles, and a collection would copy the shared pages
    launcher.serve()


class Launcher:
    """The table of running sandboxes and the loop around it."""

    def __init__(self, control_fd: int, runner: int, bwrap: str, filter_fd: int, tops: list[tuple[int, int]]) -> None:
        null = _high(os.open("/dev/null", os.O_RDWR))
        self.control = socket.socket(fileno=_high(control_fd))
        self.runner = runner
        self.filter = _high(filter_fd)
        self.bwrap = bwrap
        self.first = [_high(fd) for version, fd in tops if version == 1]
        self.second = [_high(fd) for version, fd in tops if version == 2]  # one at most
        self.dev: str | None = None  # where each sandbox gets terminals of its own, when we have a /dev for it
        self.shares: list[tuple[str, int]] | None = None  # of an ordinary user: each makes its /dev, and has these
        self.births = bool(self.second) and _births_work(self.second[0])
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
        for fd in range(3, FIRST_FREE_FD):  # so that files of a sandbox never land there
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
            data = self.control.recv(PACKET_BYTES)
        except ConnectionError:
            return False
        if not data:
            return False
        verb, name, *rest = data.split(b"\0")
        if verb == b"START":
            self.take(name, rest)
        elif verb == b"KILL" and name in self.pids:
            os.kill(self.pids[name], signal.SIGKILL)
        return True

    def take(self, name: bytes, fields: list[bytes]) -> None:
        """Open the files of a sandbox, say so, start it."""
        fds: list[int] = []
        try:
            for mode, file in zip(MODES, fields.pop().split(b","), strict=True):
                fds.append(_taken(self.runner, mode, *map(int, file.split(b":"))))
        except OSError as error:
            self.report(b"TAKEN", name, error.errno or errno.EIO)
        else:
            self.report(b"TAKEN", name, 0)
            self.start(name, fields, fds)
        finally:
            for fd in fds:
                os.close(fd)

    def start(self, name: bytes, fields: list[bytes], fds: list[int]) -> None:
        """Fork the child that becomes the sandbox; a failure is told on its stderr."""
        me = os.getpid()
        uid, walls, pids, group, relay = (field.decode() for field in fields)
        # All that can be done before the fork is: after it, each page touched is copied.
        rlimits = [tuple(map(int, wall.split("="))) for wall in walls.split(",")]
        command = ["/bin/sh", "-c", PREAMBLE.format(pids=int(pids), relay=RELAY if relay else "")]
        argv = ["bwrap", "--args", str(ARGUMENTS_FD), "--", *command]
        try:
            pid, joined = self.fork(group)
        except OSError as error:
            os.write(fds[2], b"fork: " + str(error).encode())
            self.ended.append((name, 125 << 8))
            self.ended_at = time.monotonic()
            return
        if pid == 0:
            try:
                self.join(group, joined)
                self.become(me, uid, rlimits, fds)
                # An empty environment: what bwrap is started with can be read inside as /proc/1/environ.
                os.execve(self.bwrap, argv, {})  # noqa: S606
            except BaseException as error:  # noqa: BLE001 - nothing may run on in the child
                os.write(2, b"launcher: " + repr(error).encode())
            finally:
                os._exit(125)
        self.pids[name], self.ids[pid] = pid, name
        if not group:
            self.report(b"BORN", name, pid)

    def fork(self, group: str) -> tuple[int, bool]:
        """As os.fork(), and whether the child was born inside its group of the second hierarchy."""
        if group and self.births:
            pid = _born_in(group, self.second[0])
            if pid >= 0:
                return pid, True
        return os.fork(), False

    def join(self, group: str, joined: bool) -> None:
        """In the child: enter the group in every hierarchy."""
        if not group:
            return
        for top in self.first:
            # Not cgroup.procs: a thread that moves itself need not wait for a grace period, and there is no other.
            _write(f"{group}/tasks", b"0", top)
        if not joined:
            for top in self.second:
                _write(f"{group}/cgroup.procs", b"0", top)

    def report(self, verb: bytes, name: bytes, number: int) -> None:
        """One packet to the runner."""
        self.control.send(b"%s %s %d" % (verb, name, number))

    def become(self, parent: int, uid: str, rlimits: list[tuple[int, ...]], fds: list[int]) -> None:
        """In the child: put every other wall around this process."""
        for target, fd in enumerate(fds):
            os.dup2(fd, target)
        # Reopened, because bwrap reads to the end and the offset must not be shared.
        fresh = os.open(f"/proc/self/fd/{self.filter}", os.O_RDONLY)
        os.dup2(fresh, FILTER_FD)
        os.close(fresh)
        if self.dev is not None:  # before the limits: those of a namespace are its maker's
            if self.shares is None:
                _call("unshare", CLONE_NEWNS)
            else:
                _nest(self.shares)
                _make_dev(self.dev)
            _open_terminals(self.dev)
        _write("/proc/self/oom_score_adj", OOM_SCORE)
        for number, value in rlimits:
            resource.setrlimit(number, (value, value))
        if uid != "-":
            _drop_to(int(uid))
        if _libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "no_new_privs")
        _die_with(parent)  # last, since a change of uid takes it away

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


def _hierarchy(text: str) -> tuple[int, int]:
    """``version:directory`` -> the version, and the directory held open."""
    version, _, directory = text.partition(":")
    return int(version), os.open(directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)


def _born_in(group: str, above: int) -> int:
    """As os.fork(), the child a member of a cgroup of the second version from the start; -1 when that is refused.

    A process that moves there waits for a grace period of RCU, 8 to 11 ms on an idle machine; one born there does not.
    """
    place = os.open(group, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=above)
    try:
        words = (CLONE_INTO_CGROUP, 0, 0, 0, int(signal.SIGCHLD), 0, 0, 0, 0, 0, place)
        arguments = (ctypes.c_uint64 * len(words))(*words)
        return int(_libc.syscall(SYS_CLONE3, arguments, ctypes.sizeof(arguments)))
    finally:
        os.close(place)


def _births_work(above: int) -> bool:
    """Try it once.

    Old kernels and the seccomp filters of containers refuse; kernels since 2025 kill the child when the group we are in
    ourselves was once emptied by ``cgroup.kill``.
    """
    try:
        os.mkdir(TRIAL, dir_fd=above)
        pid = _born_in(TRIAL, above)
        if pid == 0:
            os._exit(0)
        works = pid > 0 and os.waitpid(pid, 0)[1] == 0
        os.rmdir(TRIAL, dir_fd=above)
    except OSError:  # the directory goes with the others
        return False
    return works


def _build_dev(place: str) -> bool:
    """What ``bwrap --dev`` would make for each sandbox in 9 mounts, made once: real nodes instead of bound ones.

    False where we may not mount or make nodes (root of a user namespace, a strict container); bwrap does it then, and
    one sandbox can have all terminals of the machine.
    """
    try:
        _make_dev(place)
    except OSError:
        return False
    return True


def _make_dev(place: str) -> None:
    """All but terminals: each sandbox gets a devpts of its own, in its own copy of our mounts."""
    _call("mount", b"tmpfs", place.encode(), b"tmpfs", MS_NOSUID | MS_NOEXEC, b"mode=755,size=64k")
    put = _make_node if os.geteuid() == 0 else _bind
    for name in NODES:
        put(place, name)
    os.close(os.open(f"{place}/null", os.O_RDWR))  # a container may let us make what it does not let us open
    for name, target in LINKS.items():
        os.symlink(f"/proc/self/fd{target}", f"{place}/{name}")
    os.symlink("/proc/kcore", f"{place}/core")
    os.symlink("pts/ptmx", f"{place}/ptmx")
    for name in ("pts", "shm"):
        os.mkdir(f"{place}/{name}", 0o755)
    _call("mount", None, place.encode(), None, MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NOEXEC, None)


def _make_node(place: str, name: str) -> None:
    os.mknod(f"{place}/{name}", 0o020666, os.makedev(*NODES[name]))
    os.chmod(f"{place}/{name}", 0o666)  # noqa: S103 - mknod's mode went through the umask


def _bind(place: str, name: str) -> None:
    """The machine's own, for who may not make one."""
    path = f"{place}/{name}"
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o666))
    _call("mount", f"/dev/{name}".encode(), path.encode(), None, MS_BIND, None)


def _open_terminals(place: str) -> None:
    _call("mount", b"devpts", f"{place}/pts".encode(), b"devpts", MS_NOSUID | MS_NOEXEC, TERMINALS)


def _shares() -> list[tuple[str, int]]:
    """A sandbox's share of what the kernel counts by uid. What it does not know is left out."""
    found = []
    for path in COUNTED_BY_UID:
        try:
            with open(path, "rb") as file:
                found.append((path, max(1, int(file.read()) // SHARE)))
        except OSError:
            pass
    return found


def _nest(shares: list[tuple[str, int]]) -> None:
    """Into a user namespace of our own, and mounts of our own, below which bwrap makes the sandbox's.

    All sandboxes of an ordinary user have that user's uid, but what the kernel counts by uid it counts in each
    namespace, too, and there we may set limits. The same is true of the rlimits for signals that wait and for locked
    memory: those of the sandbox bind what is below this namespace, and no longer all that the user has.
    """
    uid, gid = os.getuid(), os.getgid()
    _call("unshare", CLONE_NEWUSER | CLONE_NEWNS)
    _write("/proc/self/setgroups", b"deny")
    _write("/proc/self/uid_map", b"%d %d 1" % (uid, uid))
    _write("/proc/self/gid_map", b"%d %d 1" % (gid, gid))
    for path, share in shares:
        _write(path, b"%d" % share)


def _nesting_works(bwrap: str, dev: str, shares: list[tuple[str, int]]) -> bool:
    """Try it once, with bwrap in it: a machine may let bwrap make user namespaces and not us, or forbid nested ones."""
    pid = os.fork()
    if pid == 0:
        try:
            _nest(shares)
            _make_dev(dev)
            _open_terminals(dev)
            null = os.open("/dev/null", os.O_RDWR)
            for fd in range(3):
                os.dup2(null, fd)
            walls = ("--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent")
            seen = ("--ro-bind", "/", "/", "--proc", "/proc", "--dev-bind", dev, "/dev")
            os.execve(bwrap, ["bwrap", *walls, *seen, "/bin/sh", "-c", "test -c /dev/ptmx"], {})  # noqa: S606
        finally:
            os._exit(1)
    return os.waitpid(pid, 0)[1] == 0


def _call(name: str, *arguments: object) -> None:
    """A function of the C library that answers 0, or sets errno."""
    if getattr(_libc, name)(*arguments):
        raise OSError(ctypes.get_errno(), name)


def _shed_mounts() -> bool:
    """Leave the mounts that no sandbox needs, in a mount namespace of our own: root only, and only if it may.

    bwrap reads the whole mount table for each mount it makes, and every sandbox begins with a copy of ours. As a
    slave we still follow what the host mounts and unmounts later.
    """
    if os.geteuid() != 0 or _libc.unshare(CLONE_NEWNS):
        return False
    if _libc.mount(None, b"/", None, MS_REC | MS_SLAVE, None):
        return False  # or we would take them from the host
    with open("/proc/self/mountinfo", "rb") as table:
        lines = table.read().splitlines()
    kept: list[bytes] = []
    for line in reversed(lines):  # what lies on top, or below, comes first
        left, _, right = line.partition(b" - ")
        place = left.split()[4]
        useless = right.split()[0] in USELESS or place.startswith(b"/sys/")
        if not useless or any((path + b"/").startswith(place + b"/") for path in kept):
            kept.append(place)
        else:
            _libc.umount2(place, MNT_DETACH)
    return True


def _write(path: str, data: bytes, above: int | None = None) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC, dir_fd=above)
    try:
        os.write(fd, data)
    finally:
        os.close(fd)


def _taken(runner: int, mode: int, number: int, device: int, inode: int) -> int:
    """What the runner has open under this number, opened here. OSError when that is another file by now.

    A runner that has let go of us closes its files, and its next ones, of other accounts, get the same numbers. A pipe
    whose other end is closed would make us wait for it.
    """
    fd = os.open(f"/proc/{runner}/fd/{number}", mode | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        found = os.fstat(fd)
        if (found.st_dev, found.st_ino) != (device, inode):
            raise OSError(errno.ESTALE, "another file")
        os.set_blocking(fd, True)
    except BaseException:
        os.close(fd)
        raise
    return fd


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
