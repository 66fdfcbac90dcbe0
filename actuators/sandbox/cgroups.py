"""Walls around memory, processes and CPU: cgroup v1, v2, or the two side by side.

Found from /proc/self/mountinfo. Our directories are made below the cgroup the runner itself is in,
so an operator's limit on the runner also holds for its sandboxes. On a machine whose controllers
are all v1 an empty v2 hierarchy is still used when mounted, since only v2 has ``cgroup.kill``.
"""

from __future__ import annotations

import itertools
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from actuators.sandbox.limits import Limits
from actuators.sandbox.process import claim, started

CONTROLLERS = ("memory", "pids", "cpu")
PREFIX = "executor."
PERIOD_US = 100_000
REMOVE_PATIENCE_S = 1.0
READ_BYTES = 1 << 16
KEPT = 16  # empty groups of one size that wait to be used again


_instances = itertools.count(1)


@dataclass(frozen=True)
class Hierarchy:
    """A writable place in one mounted hierarchy, and which of our controllers work there."""

    base: Path
    version: int
    controllers: frozenset[str]


class Group:
    """The cgroup of one sandbox at a time: a directory in each hierarchy."""

    def __init__(self, places: list[tuple[Hierarchy, Path]]) -> None:
        self._directories = [path for _, path in places]
        self._v2 = next((path for place, path in places if place.version == 2), None)
        self._memory: Path | None = None
        self._events = ""
        for place, path in places:
            if "memory" in place.controllers:
                self._memory = path
                self._events = "memory.events" if place.version == 2 else "memory.oom_control"
        self._kills_before = 0
        self._killed = False
        self.name = self._directories[0].name

    def members(self) -> list[int]:
        """Host pids inside."""
        return [int(pid) for pid in _read(self._v2 or self._directories[0], "cgroup.procs").split()]

    def kill(self) -> None:
        """SIGKILL to every member at once where v2 is mounted, else one after the other."""
        if self._v2 is not None and (self._v2 / "cgroup.kill").exists():
            self._killed = True
            (self._v2 / "cgroup.kill").write_text("1")
            return
        for pid in self.members():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue

    def freeze(self, still: bool) -> bool:
        """Let no member run, or all again. False where only v2 could do that and is not mounted."""
        if self._v2 is None:
            return False
        try:
            (self._v2 / "cgroup.freeze").write_text("1" if still else "0")
        except OSError:  # a kernel before 5.2, or removed since
            return False
        return True

    def is_frozen(self) -> bool | None:
        """Whether a ``freeze(True)`` has reached every member; None where no kernel freezes them."""
        words = _read(self._v2, "cgroup.events").split() if self._v2 is not None else []
        return words[words.index("frozen") + 1] == "1" if "frozen" in words else None

    def memory_kills(self) -> int:
        """How many members the kernel killed for memory since this was last rewound."""
        return self._memory_kills() - self._kills_before

    @property
    def reusable(self) -> bool:
        """Whether it is empty and can serve again.

        Not after a ``cgroup.kill``: kernels since 2025 kill whatever is later born in such a group (CLONE_INTO_CGROUP).
        """
        return not self._killed and not self.members()

    def rewind(self) -> None:
        """Make an empty group as good as new for the next sandbox."""
        self._kills_before = self._memory_kills()

    def _memory_kills(self) -> int:
        if self._memory is None:
            return 0
        text = _read(self._memory, self._events)
        return next((int(n) for key, n in _pairs(text) if key == "oom_kill"), 0)

    def destroy(self) -> None:
        """Kill what is inside and remove the directories. Blocks up to a second for each."""
        self.kill()
        for directory in self._directories:
            _remove(directory)


class Cgroups:
    """The directories of this runner, one sub-directory for each sandbox."""

    def __init__(self, hierarchies: list[Hierarchy]) -> None:
        me = os.getpid()
        self._own = f"{PREFIX}{me}.{started(me)}.{next(_instances)}"
        self._hierarchies = hierarchies
        self._count = 0
        self._idle: dict[tuple[int, ...], list[Group]] = {}
        self._claims: list[int] = []

    @property
    def versions(self) -> str:
        """For people: ``v1+v2``, ``v2``."""
        return "+".join(sorted({f"v{place.version}" for place in self._hierarchies}))

    @property
    def tops(self) -> list[tuple[int, Path]]:
        """The version and our directory of each hierarchy; every group is a directory below it."""
        return [(place.version, place.base / self._own) for place in self._hierarchies]

    @classmethod
    def discover(cls) -> Cgroups | None:
        """Ours, proven by making the directories; None when this process may not make them."""
        try:
            places = list(_hierarchies())
            ours = cls(places)
            ours._make_top()
        except OSError:
            return None
        reached = frozenset[str]().union(*(place.controllers for place in places))
        return ours if reached.issuperset(("memory", "pids")) else None

    def take(self, limits: Limits) -> Group:
        """A group with these limits; one that served before when it can, for making costs more."""
        idle = self._idle.get(limits.confinement())
        if idle:
            return idle.pop()
        self._count += 1
        places = []
        for place in self._hierarchies:
            path = place.base / self._own / f"box{self._count}"
            path.mkdir()
            _limit(path, place, limits)
            places.append((place, path))
        return Group(places)

    def give_back(self, group: Group, limits: Limits) -> bool:
        """Keep a group for the next sandbox. False: not kept, the caller destroys it."""
        idle = self._idle.setdefault(limits.confinement(), [])
        if len(idle) >= KEPT or not group.reusable:
            return False
        group.rewind()
        idle.append(group)
        return True

    def close(self) -> None:
        """Kill and remove everything of this runner."""
        self._idle.clear()
        for place in self._hierarchies:
            _clear(place.base / self._own)
        while self._claims:
            os.close(self._claims.pop())

    def sweep(self) -> int:
        """Remove what crashed runners left; returns how many directories. Live ones are spared."""
        removed = 0
        for place in self._hierarchies:
            for left in place.base.glob(f"{PREFIX}*.*.*"):
                claimed = None if _owner_lives(left.name) else claim(left)
                if claimed is not None:
                    _clear(left)
                    os.close(claimed)
                    removed += 1
        return removed

    def _make_top(self) -> None:
        for place in self._hierarchies:
            top = place.base / self._own
            if place.version == 2:
                _enable(place.base, place.controllers)
            top.mkdir(exist_ok=True)
            claimed = claim(top)
            self._claims += [] if claimed is None else [claimed]
            if place.version == 2:
                _enable(top, place.controllers)


def _hierarchies() -> Iterator[Hierarchy]:
    """Every mounted hierarchy that can hold a wall, and v2 for its kill even when it holds none."""
    own = _own_paths()
    wanted = set(CONTROLLERS)
    second: Hierarchy | None = None
    for mount, kind, options in _mounts():
        if kind == "cgroup2":
            base = _below(mount, own.get("", "/"))
            known = frozenset(_read(base, "cgroup.controllers").split())
            second = Hierarchy(base, 2, known)
            continue
        found = wanted & options
        if found:
            wanted -= found
            path = own.get(next(iter(found)), "/")
            yield Hierarchy(_below(mount, path), 1, frozenset(found))
    if second is not None:
        yield Hierarchy(second.base, 2, second.controllers & wanted)


def _below(mount: Path, own: str) -> Path:
    """The runner's own cgroup under a mount; in a container its path may not be visible."""
    path = mount / own.lstrip("/")
    return path if path.is_dir() else mount


def _mounts() -> Iterator[tuple[Path, str, set[str]]]:
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        left, _, right = line.partition(" - ")
        kind, _, options = right.split(" ", 2)
        if kind in ("cgroup", "cgroup2"):
            yield Path(left.split()[4]), kind, set(options.split(","))


def _own_paths() -> dict[str, str]:
    """Controller -> path of this process, with "" for v2."""
    paths = {}
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        for name in controllers.split(","):
            paths[name] = path
    return paths


def _enable(directory: Path, controllers: frozenset[str]) -> None:
    """Let children of a v2 directory have the controllers.

    v2 forbids that while the directory itself holds processes, so they move one level down: what
    systemd asks of a service with Delegate= and what containers do at their start.
    """
    if not controllers:
        return
    switch = directory / "cgroup.subtree_control"
    words = " ".join(f"+{name}" for name in sorted(controllers))
    try:
        switch.write_text(words)
    except OSError:
        leaf = directory / "executor-host"
        leaf.mkdir(exist_ok=True)
        for pid in _read(directory, "cgroup.procs").split():
            (leaf / "cgroup.procs").write_text(pid)
        switch.write_text(words)


def _limit(path: Path, place: Hierarchy, limits: Limits) -> None:
    quota = limits.cpu_percent * PERIOD_US // 100
    if "memory" in place.controllers:
        if place.version == 2:
            _put(path, "memory.max", limits.memory_bytes)
            _put(path, "memory.swap.max", 0)
            _put(path, "memory.oom.group", 1)
        else:
            _put(path, "memory.limit_in_bytes", limits.memory_bytes)
            _put(path, "memory.memsw.limit_in_bytes", limits.memory_bytes)
    if "pids" in place.controllers:
        _put(path, "pids.max", limits.pids + 4)  # two of bwrap's own, and room to be told apart
    if "cpu" in place.controllers:
        if place.version == 2:
            _put(path, "cpu.max", f"{quota} {PERIOD_US}")
        else:
            _put(path, "cpu.cfs_quota_us", quota)


def _put(directory: Path, name: str, value: object) -> None:
    """A knob this kernel does not have (swap accounting off) is skipped; a refusal is an error."""
    knob = directory / name
    if knob.exists():
        knob.write_text(str(value))


def _clear(top: Path) -> None:
    if not top.is_dir():
        return
    for directory in [*top.glob("*/"), top]:
        for pid in _read(directory, "cgroup.procs").split():
            try:
                os.kill(int(pid), signal.SIGKILL)
            except ProcessLookupError:
                continue
        _remove(directory)


def _remove(directory: Path) -> None:
    deadline = time.monotonic() + REMOVE_PATIENCE_S
    while directory.is_dir():
        try:
            directory.rmdir()
        except OSError:  # a killed member is still leaving
            if time.monotonic() > deadline:
                return
            time.sleep(0.005)


def _owner_lives(name: str) -> bool:
    _, pid, since, _ = name.split(".", 3)
    return pid.isdigit() and started(int(pid)) == since


def _read(directory: Path, name: str) -> str:
    """Without pathlib and the layers of io, which take six times as long: some are read after every run."""
    try:
        fd = os.open(f"{directory}/{name}", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        return b"".join(iter(lambda: os.read(fd, READ_BYTES), b"")).decode()
    except OSError:  # removed since
        return ""
    finally:
        os.close(fd)


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        key, _, value = line.partition(" ")
        yield key, value
