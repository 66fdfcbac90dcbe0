"""The plain values of a sandboxed run: what it may use, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

MIB = 1 << 20

Killed = Literal["timeout", "output", "memory", "disk", "cancelled"]


class SandboxUnavailable(RuntimeError):
    """No sandbox can be had; the text says why, for the health page and for the customer.

    Nothing was executed when this is raised, unless it is a SandboxLost.
    """


class SandboxLost(SandboxUnavailable):
    """The launcher died under a run. Its processes are gone, and what they did before is not known."""


@dataclass(frozen=True)
class Limits:
    """What one run may use. Seconds, bytes, counts; every value must be positive.

    ``cpu_s`` is CPU time of each process, ``cpu_percent`` is per cent of one core for all of them
    (only where a cgroup is available). ``output_bytes`` is kept per stream; a run that prints more
    than 4096 times as much on both together (256 MiB) is killed. ``workspace_*`` are watched, not walled: a
    fast writer overshoots by what it writes in a few milliseconds, and by a 64th (see ``disk``).
    """

    wall_s: float = 30.0
    cpu_s: int = 60
    memory_bytes: int = 512 * MIB
    pids: int = 128
    file_bytes: int = 256 * MIB
    nofile: int = 1024
    output_bytes: int = 64 * 1024
    tmp_bytes: int = 64 * MIB
    workspace_bytes: int = 512 * MIB
    workspace_files: int = 100_000
    cpu_percent: int = 100

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not value > 0:
                raise ValueError(f"limit {field.name} must be positive, not {value!r}")

    def confinement(self) -> tuple[int, ...]:
        """The limits a sandbox is born with; the others are kept by whoever watches it.

        Two runs whose confinement is equal may be served by the same kind of waiting sandbox.
        """
        return (
            self.cpu_s,
            self.memory_bytes,
            self.pids,
            self.file_bytes,
            self.nofile,
            self.tmp_bytes,
            self.cpu_percent,
        )


@dataclass(frozen=True)
class Outcome:
    """What came of a run.

    ``exit_code`` is the shell's (128 + n for signal n), None when we killed the run ourselves.
    ``killed`` names the limit that ended or spoiled it. ``duration_ms`` counts from the call of
    ``run()``. The texts hold no NUL, which Postgres cannot store. ``data`` is what an actuator other than the shell
    answers besides its texts, as JSON (an HTTP status, rows); ``exit_code`` is 0 there where it did what was asked.
    """

    exit_code: int | None
    stdout: str
    stderr: str
    stdout_truncated: bool
    stderr_truncated: bool
    duration_ms: int
    killed: Killed | None
    data: Mapping[str, Any] | None = None
