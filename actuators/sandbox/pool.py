"""All sandboxes of one runner process, among them those that wait for a command."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path

from actuators.sandbox import runtime, selftest
from actuators.sandbox.box import Birth, Box, flood_limit
from actuators.sandbox.bwrap import Recipe, build_root, find_bwrap, reachable_by_all, stage
from actuators.sandbox.capture import Capture, OnOutput
from actuators.sandbox.cgroups import Cgroups
from actuators.sandbox.disk import FIRST_LOOK_S, FULL, DiskGauge, watch_disk
from actuators.sandbox.launcher import Launcher
from actuators.sandbox.limits import Killed, Limits, Outcome, SandboxUnavailable
from actuators.sandbox.runtime import RuntimeDirectory
from actuators.sandbox.script import compose, refuse_bad_input
from actuators.sandbox.seccomp import build_filter
from actuators.sandbox.watch import watch_memory
from actuators.sandbox.workspace import Workspace

QUICK_S = 0.25  # a run shorter than this is not slowed by counting a big workspace after it
PROCESSORS = os.cpu_count() or 1
FULL_WORKSPACE = (
    f"Nothing was run: the workspace holds more than {FULL} times what it may. Delete files with file-writer: "
    "one by its path, or all with the action `delete`, the path `.` and `recursive`.\n"
)
PYTHON = "/usr/bin/python3"  # in the sandbox it is the machine's; it runs the relay (launcher_process.RELAY)

log = logging.getLogger(__name__)


class Sandboxes:
    """Runs commands in sandboxes, each used once and thrown away.

    After a run, one replacement for the same account, workspace and limits is started in the
    background; it waits inside, wholly confined, for up to ``warm_seconds``. At most ``warm_max``
    wait (the longest unused goes first); 0 switches waiting off. While more runs are in progress
    than there are processors replacements are put off: they would take from those runs what they
    may give to a later one, and for an account that does not come back they are pure loss.
    """

    def __init__(self, *, bwrap: str | None = None, warm_seconds: float = 60.0, warm_max: int = 8) -> None:
        self._given_bwrap = bwrap
        self._warm_seconds = warm_seconds
        self._warm_max = warm_max
        self._launcher: Launcher | None = None
        self._recipes: dict[bool, Recipe] = {}
        self._cgroups: Cgroups | None = None
        self._runtime: RuntimeDirectory | None = None
        self._filter: int | None = None
        self._bwrap = self._root = self._dev = Path()
        self._gauge = DiskGauge()
        self._idle: OrderedDict[Birth, Box] = OrderedDict()
        self._wanted: OrderedDict[tuple[Workspace, str, tuple[int, ...]], Limits] = OrderedDict()
        self._live: set[Box] = set()
        self._active = 0
        self._chores: set[asyncio.Task[None]] = set()
        self._started = False

    @property
    def features(self) -> dict[str, str]:
        """What confines a run here, for the health page: names to short words."""
        return {
            "bwrap": str(self._bwrap) if self._started else "",
            "cgroup": self._cgroups.versions if self._cgroups else "none",
            "uid": "own" if os.geteuid() == 0 else "shared",
            "waiting": str(len(self._idle)),
        }

    async def start(self) -> None:
        """Clear up after crashed runners, start the launcher, prove the confinement.

        Call it in the thread the runner lives in. Raises SandboxUnavailable with the reason, and
        then leaves nothing behind.
        """
        try:
            self._prepare()
            self._launch()
            await self._prove()
        except OSError as error:
            await self.stop()
            raise SandboxUnavailable(f"the sandbox cannot be prepared: {error}") from error
        except BaseException:
            await self.stop()
            raise

    async def run(
        self,
        command: str,
        *,
        workspace: Workspace,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        env: Mapping[str, str] = {},
        on_output: OnOutput | None = None,
        egress: Path | None = None,
    ) -> Outcome:
        """Run ``/bin/sh -c command`` in /workspace, which is ``workspace.path``.

        ``egress`` is the folder of a way out (actuators.outbound.egress); without one it reaches nothing.

        Raises ValueError for a command or environment that cannot be run, SandboxUnavailable when
        there is no sandbox to run it in. Cancelling kills the whole process tree first.
        """
        refuse_bad_input(command, env)
        if not self._started:
            raise SandboxUnavailable("the sandbox is not started")
        self._active += 1
        way = str(egress or "")
        try:
            outcome = await self._run(command, workspace, limits, env, on_output, way)
        finally:
            self._active -= 1
        if outcome.killed is None:
            self._want(workspace, limits, way)
        return outcome

    async def sweep(self) -> int:
        """Remove what dead runners have left on this machine, nothing that is in use; answers how many directories."""
        swept = await asyncio.to_thread(runtime.sweep)
        return swept + (await asyncio.to_thread(self._cgroups.sweep) if self._cgroups is not None else 0)

    @property
    def sockets(self) -> Path:
        """Where the ways out have their folders: nobody may list it, every sandbox's uid may pass."""
        if self._runtime is None:
            raise SandboxUnavailable("the sandbox is not started")
        return self._runtime.path / "egress"

    async def stop(self) -> None:
        """Kill everything; no process, cgroup or directory of ours is left."""
        self._started = False
        for chore in list(self._chores):
            chore.cancel()
        self._idle.clear()
        await asyncio.gather(*(box.bury() for box in list(self._live)), return_exceptions=True)
        self._live.clear()
        if self._launcher is not None:
            await self._launcher.stop()
            self._launcher = None
        if self._cgroups is not None:
            self._cgroups.close()
            self._cgroups = None
        if self._runtime is not None:
            self._runtime.close()
            self._runtime = None
        if self._filter is not None:
            os.close(self._filter)
            self._filter = None

    # -- starting

    def _prepare(self) -> None:
        program = find_bwrap(self._given_bwrap)
        self._recipes.clear()
        self._cgroups = Cgroups.discover()
        self._filter = build_filter(is_memory_walled=self._cgroups is not None)
        if self._cgroups is not None:
            self._cgroups.sweep()
        self._runtime = RuntimeDirectory()
        if os.geteuid() == 0 and not reachable_by_all(program):
            program = stage(program, self._runtime.path)
        self._bwrap = program
        self._root = build_root(self._runtime.path)
        self._dev = self._runtime.path / "dev"
        self._dev.mkdir()
        self.sockets.mkdir()
        self.sockets.chmod(0o711)

    def _launch(self) -> Launcher:
        """The launcher, a new one when the last died."""
        if self._filter is None:
            raise SandboxUnavailable("the sandbox has been stopped")
        if self._launcher is not None and not self._launcher.alive:
            log.error("the sandbox launcher died; starting another")
            self._chore(self._launcher.stop())
            self._launcher = None
        if self._launcher is None:
            tops = self._cgroups.tops if self._cgroups is not None else []
            self._launcher = Launcher(self._bwrap, self._filter, self._dev, tops)
        return self._launcher

    def _recipe(self, has_dev: bool) -> Recipe:
        if has_dev not in self._recipes:
            self._recipes[has_dev] = Recipe(self._root, self._dev if has_dev else None)
        return self._recipes[has_dev]

    async def _prove(self) -> None:
        assert self._runtime is not None
        workspace = selftest.workspace_in(self._runtime.path)
        limits = Limits(wall_s=selftest.WALL_S)
        outcome = await self._run(selftest.PROBE, workspace, limits, {}, None)
        selftest.judge(outcome, workspace)
        self._started = True

    # -- one run

    async def _run(
        self,
        command: str,
        workspace: Workspace,
        limits: Limits,
        env: Mapping[str, str],
        on_output: OnOutput | None,
        egress: str = "",
    ) -> Outcome:
        began = time.monotonic()
        if await self._gauge.full(workspace.path, limits):
            return Outcome(None, "", FULL_WORKSPACE, False, False, round((time.monotonic() - began) * 1000), "disk")
        birth = self._birth(workspace, limits, egress)
        box = self._take(birth) or await self._make(birth, workspace, limits)
        captures = (
            Capture("stdout", limits.output_bytes, on_output),
            Capture("stderr", limits.output_bytes, on_output),
        )
        try:
            with _Watch(self._gauge, box, lambda: self._running(workspace.path), limits, began):
                script = compose(command, env)
                status = await box.execute(script, captures, flood_limit(limits))
            killed = await self._fault(box, workspace, limits, status, began)
        except BaseException:
            self._discard(box)
            raise
        self._discard(box)
        return Outcome(
            exit_code=None if box.killed else status,
            stdout=captures[0].finish(),
            stderr=captures[1].finish(),
            stdout_truncated=captures[0].truncated,
            stderr_truncated=captures[1].truncated,
            duration_ms=round((time.monotonic() - began) * 1000),
            killed=killed,
        )

    async def _fault(self, box: Box, workspace: Workspace, limits: Limits, status: int, began: float) -> Killed | None:
        """Why we killed it, or what a command that ended by itself is still charged with."""
        if box.killed:
            await self._count(workspace, limits)  # or the next would be blamed for what it wrote to its last moment
            return box.killed
        if status != 0 and box.group is not None and box.group.memory_kills():
            return "memory"
        quick = time.monotonic() - began < QUICK_S
        if quick and self._gauge.big(workspace.path) and not box.birth.frozen:
            self._chore(self._count(workspace, limits))  # the next run will know
            return None
        grew = await self._gauge.grew_over(workspace.path, limits, self._running(workspace.path))
        return "disk" if grew else None

    async def _count(self, workspace: Workspace, limits: Limits) -> None:
        await self._gauge.grew_over(workspace.path, limits, self._running(workspace.path))

    def _running(self, path: Path) -> list[Box]:
        """The sandboxes that have a command in progress on this workspace."""
        return [box for box in self._live if box.running and box.birth.path == str(path)]

    def _birth(self, workspace: Workspace, limits: Limits, egress: str) -> Birth:
        if egress and not os.access(PYTHON, os.X_OK):
            raise SandboxUnavailable(f"this account may reach hosts, and the relay to them needs {PYTHON}")
        if os.geteuid() == 0 and not workspace.host_uid:
            raise SandboxUnavailable("a runner that is root needs a uid of its own per account")
        if os.geteuid() != 0 and workspace.host_uid is not None:
            raise SandboxUnavailable("only a runner that is root can give accounts uids of their own")
        try:
            found = os.stat(workspace.path, follow_symlinks=False)
        except OSError as error:
            raise SandboxUnavailable(f"the workspace cannot be used: {error.strerror}") from error
        return Birth(
            path=str(workspace.path),
            inode=(found.st_dev, found.st_ino),
            host_uid=workspace.host_uid,
            confinement=limits.confinement(),
            frozen=self._gauge.over(workspace.path, limits),
            egress=egress,
        )

    async def _make(self, birth: Birth, workspace: Workspace, limits: Limits) -> Box:
        launcher = self._launch()
        recipe = self._recipe(await asyncio.shield(launcher.has_dev))  # others wait for it too
        if not launcher.sees(birth.path, birth.inode):
            raise SandboxUnavailable("the workspace cannot be used: it was mounted after the runner had started")
        group = None
        if self._cgroups is not None:
            try:
                group = self._cgroups.take(limits)
            except OSError as error:
                raise SandboxUnavailable(f"no cgroup for the sandbox: {error}") from error
        box = Box(launcher, group, birth, limits)
        self._live.add(box)
        try:
            await box.start(recipe, workspace)
        except OSError as error:
            self._discard(box)
            raise SandboxUnavailable(f"the sandbox cannot be started: {error}") from error
        except BaseException:
            self._discard(box)
            raise
        return box

    def _discard(self, box: Box) -> None:
        """Kill now, clear up in the background: the caller's answer does not wait for it."""
        if box.ended.done():
            box.close()
            self._put_away(box)
        else:
            box.kill("cancelled")
            self._chore(self._bury(box))

    async def _bury(self, box: Box) -> None:
        if not await box.bury():
            log.error("a sandbox did not die within its time")
        self._put_away(box)

    def _put_away(self, box: Box) -> None:
        self._live.discard(box)
        group = box.group
        if self._cgroups is not None and group is not None and not self._cgroups.give_back(group, box.limits):
            self._chore(asyncio.to_thread(group.destroy))

    # -- waiting sandboxes

    def _take(self, birth: Birth) -> Box | None:
        """The one that waits for exactly this; it leaves the shelf and never comes back."""
        box = self._idle.pop(birth, None)
        if box is None:
            return None
        if box.usable:
            return box
        self._forsake(box)
        return None

    def _want(self, workspace: Workspace, limits: Limits, egress: str) -> None:
        """Ask for a replacement, and make those asked for when the processors have time."""
        if self._warm_max < 1 or not self._started:
            return
        wish = (workspace, egress, limits.confinement())
        self._wanted.pop(wish, None)
        self._wanted[wish] = limits
        while len(self._wanted) > self._warm_max:
            self._wanted.popitem(last=False)
        while self._wanted and self._active < PROCESSORS:
            (workspace, egress, _), limits = self._wanted.popitem()
            self._chore(self._refill(workspace, limits, egress))

    async def _refill(self, workspace: Workspace, limits: Limits, egress: str) -> None:
        if not self._started:
            return
        try:
            birth = self._birth(workspace, limits, egress)
            if birth in self._idle and self._idle[birth].usable:
                return
            box = await self._make(birth, workspace, limits)
        except SandboxUnavailable as error:
            log.warning("no waiting sandbox: %s", error)
            return
        self._shelve(birth, box)
        asyncio.get_running_loop().call_later(self._warm_seconds, self._reap, birth, box)

    def _shelve(self, birth: Birth, box: Box) -> None:
        previous = self._idle.pop(birth, None)
        if previous is not None:
            self._forsake(previous)
        self._idle[birth] = box
        while len(self._idle) > self._warm_max:
            self._forsake(self._idle.popitem(last=False)[1])

    def _reap(self, birth: Birth, box: Box) -> None:
        if self._idle.get(birth) is box:
            del self._idle[birth]
            self._forsake(box)

    def _forsake(self, box: Box) -> None:
        self._discard(box)

    def _chore(self, work: Coroutine[None, None, None]) -> None:
        """Background work that ``stop()`` can end; the set keeps it from being collected."""
        task = asyncio.get_running_loop().create_task(work)
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)


class _Watch:
    """Everything that may kill a run while it lasts. Enter to begin, leave to end it."""

    def __init__(
        self, gauge: DiskGauge, box: Box, all_boxes: Callable[[], list[Box]], limits: Limits, began: float
    ) -> None:
        self._gauge = gauge
        self._box = box
        self._all_boxes = all_boxes
        self._limits = limits
        self._left = max(0.0, began + limits.wall_s - time.monotonic())
        self._tasks: list[asyncio.Task[None]] = []

    def __enter__(self) -> None:
        loop = asyncio.get_running_loop()
        self._wall = loop.call_later(self._left, self._box.kill, "timeout")
        self._disk = loop.call_later(FIRST_LOOK_S, self._watch_disk)
        if self._box.group is None:
            self._tasks.append(loop.create_task(watch_memory(self._box)))

    def __exit__(self, *_: object) -> None:
        self._wall.cancel()
        self._disk.cancel()
        for task in self._tasks:
            task.cancel()

    def _watch_disk(self) -> None:
        """Begun only now: most runs have ended before the first look would be due."""
        disk = watch_disk(self._gauge, self._limits, self._box, self._all_boxes)
        self._tasks.append(asyncio.get_running_loop().create_task(disk))
