"""The runner's end of the launcher process: start it, ask it for sandboxes, hear how they ended."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from actuators.sandbox.limits import SandboxLost, SandboxUnavailable

PROGRAM = Path(__file__).with_name("launcher_process.py")
PACKET_BYTES = 256
STOP_S = 3.0
SEND_RETRY_S = 0.001
SEND_TRIES = 2000


class Launcher:
    """One launcher process. Its exit statuses arrive on the event loop that started it.

    ``cgroups`` are the version and directory of each hierarchy, below which the groups are; ``dev`` is an empty
    directory that a launcher of root makes a /dev of.

    It dies when this process dies, and also when the *thread* that called ``start()`` ends: start
    it from the thread the runner lives in.
    """

    def __init__(self, bwrap: Path, seccomp: int, dev: Path, cgroups: Sequence[tuple[int, Path]]) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        passed = (theirs.fileno(), seccomp)
        argv = [sys.executable, "-I", "-S", str(PROGRAM)]
        argv += [str(theirs.fileno()), str(os.getpid()), str(bwrap), str(seccomp), str(dev)]
        argv += [f"{version}:{directory}" for version, directory in cgroups]
        with theirs:
            self._process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env={}, cwd="/",
                pass_fds=passed, start_new_session=True,
            )  # fmt: skip
        self._control = ours
        self._waiting: dict[bytes, asyncio.Future[int]] = {}
        self._given: dict[bytes, tuple[int, ...]] = {}  # descriptors that it has not opened yet
        self.pids: dict[bytes, int] = {}  # only of sandboxes without a cgroup
        self._count = 0
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(ours.fileno(), self._hear)
        self.has_dev: asyncio.Future[bool] = self._loop.create_future()  # whether ``dev`` is one that can be bound
        self.has_dev.add_done_callback(_look_at)
        self.alive = True

    @property
    def pid(self) -> int:
        """The launcher's process id."""
        return self._process.pid

    def sees(self, path: str, inode: tuple[int, int]) -> bool:
        """Whether it finds the same directory there. Its mounts are its own: one made later may not have reached it."""
        try:
            found = os.stat(f"/proc/{self.pid}/root{path}", follow_symlinks=False)
        except PermissionError:  # a runner that may not look has no mounts to hide either
            return True
        except OSError:
            return self._process.poll() is not None  # a dead one sees nothing; spawn() will tell of that
        return (found.st_dev, found.st_ino) == inode

    async def spawn(
        self,
        fds: Sequence[int],
        uid: int | None,
        rlimits: dict[int, int],
        pids: int,
        group: str,
        *,
        relayed: bool = False,
    ) -> tuple[bytes, asyncio.Future[int]]:
        """Ask for a sandbox. Returns its name and the future of its exit status (as ``$?``).

        ``fds`` are script, stdout, stderr and bwrap's arguments; they are closed here, when the launcher has opened
        them for itself, or there will be no sandbox. ``group`` is the name of its cgroup, empty when there is none.
        ``relayed``: it begins with the relay to its egress proxy. The future fails with SandboxLost when the launcher
        dies first, with SandboxUnavailable when it could not open the descriptors.
        """
        self._count += 1
        name = str(self._count).encode()
        self._given[name] = tuple(fds)
        walls = ",".join(f"{number}={value}" for number, value in rlimits.items())
        owner = "-" if uid is None else str(uid)
        fields = ["START", name.decode(), owner, walls, str(pids), group, "relay" if relayed else ""]
        ended: asyncio.Future[int] = self._loop.create_future()
        ended.add_done_callback(_look_at)
        self._waiting[name] = ended
        try:
            fields.append(",".join(map(_named, fds)))
            await self._send("\0".join(fields).encode())
        except BaseException:
            self._waiting.pop(name, None)
            self._close_given(name)
            raise
        return name, ended

    def kill(self, name: bytes) -> None:
        """SIGKILL to the sandbox of that name; no effect when it has ended."""
        if self.alive and name in self._waiting:
            try:
                self._control.send(b"KILL\0" + name)
            except ConnectionError:
                self._lost()
            except OSError:  # the launcher is busy forking, or there is no memory; it will come to it
                self._loop.call_later(SEND_RETRY_S, self.kill, name)

    async def stop(self) -> None:
        """End the launcher; whatever it started dies with it."""
        self._lost()
        try:
            await asyncio.to_thread(self._process.wait, STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            await asyncio.to_thread(self._process.wait)

    async def _send(self, packet: bytes) -> None:
        """Raises SandboxUnavailable. It is lost only when it is gone or does not read: what else the kernel has
        against this one packet is nothing to those that run."""
        trouble: OSError = BlockingIOError()
        for _ in range(SEND_TRIES):
            if not self.alive:
                break
            try:
                self._control.send(packet)
            except ConnectionError:
                break
            except OSError as error:
                trouble = error
                await asyncio.sleep(SEND_RETRY_S)
            else:
                return
        else:
            if not isinstance(trouble, BlockingIOError):
                raise SandboxUnavailable(f"the sandbox launcher cannot be asked: {trouble.strerror}") from trouble
        self._lost()
        raise SandboxUnavailable("the sandbox launcher does not answer")

    def _hear(self) -> None:
        """Take every report that has arrived; an end of file means the launcher is dead."""
        while True:
            try:
                report = self._control.recv(PACKET_BYTES)
            except BlockingIOError:
                return
            except OSError:
                report = b""
            if not report:
                self._lost()
                return
            verb, name, number = report.split()
            if verb == b"BORN":
                self.pids[name] = int(number)
            elif verb == b"HELLO":
                self.has_dev.set_result(number == b"1")
            elif verb == b"TAKEN":
                self._taken(name, int(number))
            else:
                self._ended(name, int(number))

    def _taken(self, name: bytes, trouble: int) -> None:
        self._close_given(name)
        ended = self._waiting.pop(name, None) if trouble else None
        if ended is not None and not ended.done():
            why = f"the launcher cannot open the pipes of a sandbox: {os.strerror(trouble)}"
            ended.set_exception(SandboxUnavailable(why))

    def _close_given(self, name: bytes) -> None:
        for fd in self._given.pop(name, ()):
            os.close(fd)

    def _ended(self, name: bytes, status: int) -> None:
        self.pids.pop(name, None)
        ended = self._waiting.pop(name, None)
        if ended is not None and not ended.done():
            ended.set_result(_shell_status(status))

    def _lost(self) -> None:
        if not self.alive:
            return
        self.alive = False
        self._loop.remove_reader(self._control.fileno())
        self._control.close()
        for name in list(self._given):
            self._close_given(name)
        waiting, self._waiting = self._waiting, {}
        unanswered: list[asyncio.Future[Any]] = [self.has_dev, *waiting.values()]
        for ended in unanswered:
            if not ended.done():
                ended.set_exception(SandboxLost("the sandbox launcher died"))


def _named(fd: int) -> str:
    """By what the launcher finds the open file, and knows it from a later one of the same number."""
    found = os.fstat(fd)
    return f"{fd}:{found.st_dev}:{found.st_ino}"


def _shell_status(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _look_at(ended: asyncio.Future[Any]) -> None:
    """Mark an error as seen: nobody awaits the end of a sandbox that was only waiting."""
    if not ended.cancelled():
        ended.exception()
