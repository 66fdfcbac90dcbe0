"""One sandbox from its birth to its end. It serves one command and is never used again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from actuators.sandbox.bwrap import Recipe
from actuators.sandbox.capture import FLOOD_FACTOR, Capture, read_available
from actuators.sandbox.cgroups import Group
from actuators.sandbox.launcher import Launcher
from actuators.sandbox.limits import Killed, Limits, SandboxUnavailable
from actuators.sandbox.process import all_stopped, family, has_run, send, stopped, turns_of
from actuators.sandbox.workspace import Workspace

READY = b"ready\n"  # the preamble of the launcher process prints it; the customer's comes after
STILL_S, STILL_LOOK_S = 0.05, 0.0005  # how long we wait for a command to stand still
DEATH_S = 5.0
LOCKED_BYTES = 64 * 1024
SIGNALS = 4096  # that wait, and timers: the most a sandbox may have, and one in so many of what its user may have
SHARE = 16


@dataclass(frozen=True)
class Birth:
    """What a sandbox is born with. Two equal births make interchangeable sandboxes.

    ``inode`` tells a workspace from one deleted and made again under the same path, which a
    waiting sandbox would not see. ``frozen``: the workspace is over its quota, so that files may
    be deleted but not grow. ``egress`` is the folder of the account's way out, empty without one.
    """

    path: str
    inode: tuple[int, int]
    host_uid: int | None
    confinement: tuple[int, ...]
    frozen: bool
    egress: str = ""


class Box:
    """A started sandbox whose shell waits for its script.

    Not for direct use: ``Sandboxes`` makes it, gives it one script, and buries it.
    """

    def __init__(self, launcher: Launcher, group: Group | None, birth: Birth, limits: Limits) -> None:
        self.birth = birth
        self.limits = limits
        self.group = group
        self._launcher = launcher
        self._loop = asyncio.get_running_loop()
        self._name = b""
        self._fds: dict[str, int] = {}
        self._head = b""
        self._killed: Killed | None = None
        self._captures: dict[str, Capture] = {}
        self._script = b""
        self._flood = 0
        self._waiting_for = 0  # those who want it to stand still
        self._stillness = contextlib.ExitStack()
        self.ended: asyncio.Future[int] = self._loop.create_future()

    async def start(self, recipe: Recipe, workspace: Workspace) -> None:
        """Ask the launcher for it. Returns at once; the sandbox builds itself meanwhile."""
        script_r, self._fds["script"] = os.pipe2(os.O_CLOEXEC)
        self._fds["stdout"], stdout_w = os.pipe2(os.O_CLOEXEC)
        self._fds["stderr"], stderr_w = os.pipe2(os.O_CLOEXEC)
        arguments = os.memfd_create("arguments", os.MFD_CLOEXEC)
        given = [script_r, stdout_w, stderr_w, arguments]
        try:
            os.write(arguments, recipe.arguments(workspace.path, self.limits, self.birth.egress))
            for fd in self._fds.values():
                os.set_blocking(fd, False)
            uid = workspace.host_uid
            if uid is not None:
                # A pipe belongs to who made it; without this, `echo >/dev/stderr` is refused.
                for fd in given[:3]:
                    os.fchown(fd, uid, uid)
            rlimits = rlimits_of(self.limits, frozen=self.birth.frozen, walled=self.group is not None)
            group = self.group.name if self.group is not None else ""
            theirs, given = given, []  # spawn closes them when they are not needed any more
            self._name, self.ended = await self._launcher.spawn(
                theirs, uid, rlimits, self.limits.pids, group, relayed=bool(self.birth.egress)
            )
        except BaseException:
            self.ended.cancel()  # no such sandbox will ever report its end
            raise
        finally:
            for fd in given:
                os.close(fd)

    @property
    def usable(self) -> bool:
        """Whether it still waits for its one script."""
        return not self.ended.done() and "script" in self._fds

    async def execute(self, script: bytes, captures: tuple[Capture, Capture], flood: int) -> int:
        """Give it its script, read it to its end, return the exit status (as ``$?``).

        ``flood`` is the number of bytes after which it is killed for printing. Raises
        SandboxUnavailable when the sandbox did not come to life.
        """
        self._captures = {capture.name: capture for capture in captures}
        self._flood = flood
        self._script = script
        self._read("stdout")  # the READY of one that waited: cheaper than to be told of it
        self._write()
        for name in ("stdout", "stderr"):
            if name in self._fds:  # the end of a dead one's may have been read just now
                self._loop.add_reader(self._fds[name], self._read, name)
        # Shielded: cancelling our caller must not cancel the news of the sandbox's end.
        status = await asyncio.shield(self.ended)
        for name in ("stdout", "stderr"):
            while self._read(name):
                pass
        if self._head != READY and self._killed is None:
            raise SandboxUnavailable(self._why(captures[1]))
        return status

    @property
    def running(self) -> bool:
        """Whether it has been given its script and has not ended."""
        return bool(self._captures) and not self.ended.done()

    def pids(self) -> Iterator[int]:
        """Host pids of what is inside, and of what holds it."""
        if self.group is not None:
            return iter(self.group.members())
        outermost = self._launcher.pids.get(self._name)
        return iter(()) if outermost is None else family(outermost)

    @contextlib.contextmanager
    def standing_still(self) -> Iterator[None]:
        """Nothing in it runs meanwhile. Where no cgroup can see to that, signals have to, and may be noticed.

        Several may want that at once; it goes on when the last of them is done.
        """
        if not self._waiting_for:
            self._stillness = contextlib.ExitStack()
            if self.group is None or not self.group.freeze(True):
                self._stillness.enter_context(stopped(self.pids))
            else:
                self._stillness.callback(self.group.freeze, False)
        self._waiting_for += 1
        try:
            yield
        finally:
            self._waiting_for -= 1
            if not self._waiting_for:
                self._stillness.close()

    @property
    def still(self) -> bool:
        """Whether all in it have come to stand still, inside ``standing_still``."""
        frozen = None if self.group is None else self.group.is_frozen()
        return all_stopped(self.pids()) if frozen is None else frozen

    def turns(self) -> dict[str, str]:
        """How long and how often each thread has run, where signals hold it: see ``has_run_since``.

        Whoever set a timer to SIGCONT goes on by itself. Empty where the kernel holds them, or does not tell.
        """
        return {} if self.held_by_kernel else turns_of(self.pids())

    def has_run_since(self, before: dict[str, str]) -> bool:
        """Whether any of it runs or has run since it had those ``turns()``. Who is held by the kernel has not."""
        return not self.held_by_kernel and has_run(before, self.pids())

    @property
    def held_by_kernel(self) -> bool:
        """Whether ``standing_still`` is the freezer's: who is in it begins nothing, though what has begun goes on."""
        return self.group is not None and self.group.is_frozen() is not None

    @property
    def killed(self) -> Killed | None:
        """Why we killed it, when we did."""
        return self._killed

    def kill(self, why: Killed) -> None:
        """SIGKILL to everything in it, at once. The first reason stays.

        One that only waited holds nothing hostile: the launcher ends it alone, and its cgroup stays as good as new.
        """
        if self.ended.done():
            return
        self._killed = self._killed or why
        if self._captures:
            self._kill_at_once()
        self._launcher.kill(self._name)

    def _kill_at_once(self) -> None:
        """Before the launcher, which does so too, is given a processor: meanwhile somebody may write on."""
        if self.group is not None:
            with contextlib.suppress(OSError):  # gone from under us
                self.group.kill()
            return
        inside = self.pids()
        next(inside, None)  # what holds it is the launcher's child
        for pid in inside:
            send(pid, signal.SIGKILL)

    def condemn(self, why: Killed) -> None:
        """Kill it for what it was found to have done; that stands where it has ended meanwhile, too."""
        self._killed = self._killed or why
        self.kill(why)

    async def bury(self) -> bool:
        """Kill what is left, wait for its end, close the pipes. False when it would not die."""
        self.kill("cancelled")
        done, _ = await asyncio.wait([self.ended], timeout=DEATH_S)
        self.close()
        return bool(done)

    def close(self) -> None:
        """Close the pipes of a sandbox that has ended."""
        for name in list(self._fds):
            self._close(name)

    def _write(self) -> None:
        """Push the script into the pipe; the rest of a long one when the shell has read some."""
        fd = self._fds["script"]
        try:
            sent = os.write(fd, self._script)
        except BlockingIOError:
            sent = 0
        except BrokenPipeError:
            sent = len(self._script)  # it died; its end is being reported
        self._script = self._script[sent:]
        if self._script:
            self._loop.add_writer(fd, self._write)
        else:
            self._close("script")

    def _read(self, name: str) -> bool:
        """One reading of a stream. False when there is nothing more for now."""
        fd = self._fds.get(name)
        if fd is None:
            return False
        data = read_available(fd)
        if data is None:
            return False
        if not data:
            self._close(name)
            return False
        if name == "stdout":
            data = self._after_ready(data)
        self._captures[name].feed(data)
        if sum(capture.total for capture in self._captures.values()) > self._flood:
            self.kill("output")
            self._close(name)  # or a flood already in the pipe would be read for nothing
            return False
        return True

    def _after_ready(self, data: bytes) -> bytes:
        missing = len(READY) - len(self._head)
        self._head += data[:missing]
        return data[missing:]

    def _why(self, stderr: Capture) -> str:
        text = stderr.finish().strip()[:500]
        return f"the sandbox did not start: {text or 'no reason given'}"

    def _close(self, name: str) -> None:
        fd = self._fds.pop(name, None)
        if fd is not None:
            self._loop.remove_reader(fd)
            self._loop.remove_writer(fd)
            os.close(fd)


async def until_still(boxes: Sequence[Box]) -> None:
    """Until none of them runs: told to stand still, they do what they are at to its end. Who hangs moves nothing."""
    clock = asyncio.get_running_loop().time
    until = clock() + STILL_S
    while not all(box.still for box in boxes) and clock() < until:
        await asyncio.sleep(STILL_LOOK_S)


@lru_cache(maxsize=64)
def rlimits_of(limits: Limits, *, frozen: bool, walled: bool) -> dict[int, int]:
    """The limits of each process, set before bwrap starts, so that nothing inside can raise them.

    Without a cgroup (``walled`` is false) private memory of one process is bounded too. It is
    RLIMIT_DATA and not the address space, of which node reserves many gigabytes it never uses.
    """
    walls = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0 if frozen else limits.file_bytes,
        resource.RLIMIT_NOFILE: limits.nofile,
        resource.RLIMIT_CPU: limits.cpu_s,
        resource.RLIMIT_MEMLOCK: LOCKED_BYTES,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_SIGPENDING: _signals(),
        resource.RLIMIT_NICE: 0,
        resource.RLIMIT_RTPRIO: 0,
    }
    if not walled:
        walls[resource.RLIMIT_DATA] = 2 * limits.memory_bytes
    return {number: _at_most(number, value) for number, value in walls.items()}


def _signals() -> int:
    hard = resource.getrlimit(resource.RLIMIT_SIGPENDING)[1]
    return SIGNALS if hard == resource.RLIM_INFINITY else min(SIGNALS, max(1, hard // SHARE))


def _at_most(number: int, value: int) -> int:
    """Our own hard limit bounds what we can give: raising one needs a privilege."""
    hard = resource.getrlimit(number)[1]
    return value if hard == resource.RLIM_INFINITY else min(value, hard)


def flood_limit(limits: Limits) -> int:
    """Bytes of both streams together after which a run is killed."""
    return FLOOD_FACTOR * limits.output_bytes
