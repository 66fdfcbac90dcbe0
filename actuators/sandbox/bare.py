"""A shell without any sandbox, for one trusted person on their own machine.

Only the operator's explicit ``EXECUTOR_SANDBOX=off`` may choose it; nothing here or in the pool falls back to it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from actuators.sandbox.box import flood_limit
from actuators.sandbox.bwrap import BASE_ENV
from actuators.sandbox.capture import Capture, OnOutput, read_available
from actuators.sandbox.limits import Killed, Limits, Outcome, SandboxUnavailable
from actuators.sandbox.script import refuse_bad_input
from actuators.sandbox.workspace import Workspace


class BareShell:
    """Runs commands as the runner itself: wall clock and output caps, and no isolation at all.

    A child that makes a session of its own (``setsid``) outlives the run; only a sandbox can prevent that.
    """

    async def start(self) -> None:
        """Nothing to prepare: here so that a runner can hold either."""

    async def stop(self) -> None:
        """Nothing waits: here so that a runner can hold either."""

    async def sweep(self) -> int:
        """Nothing is left by it: here so that a runner can hold either."""
        return 0

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
        """As ``Sandboxes.run``; of the limits only ``wall_s`` and ``output_bytes`` hold, and it reaches what we do."""
        refuse_bad_input(command, env)
        began = time.monotonic()
        run = _BareRun(_start(command, workspace, env), limits, on_output)
        try:
            status = await run.until_end()
        finally:
            run.close()
        out, err = run.captures
        return Outcome(
            exit_code=None if run.killed else status,
            stdout=out.finish(),
            stderr=err.finish(),
            stdout_truncated=out.truncated,
            stderr_truncated=err.truncated,
            duration_ms=round((time.monotonic() - began) * 1000),
            killed=run.killed,
        )


def _start(command: str, workspace: Workspace, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    place = str(workspace.path)
    try:
        return subprocess.Popen(
            ["/bin/sh", "-c", command],
            cwd=place,
            env={**BASE_ENV, "HOME": place, "GOAL_DIR": place, **env},
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except OSError as error:
        raise SandboxUnavailable(f"the shell cannot be started: {error}") from error


class _BareRun:
    """One process and its two pipes.

    asyncio's own subprocess is not used: it waits for the pipes as well, and a background child may hold them for ever.
    """

    def __init__(self, process: subprocess.Popen[bytes], limits: Limits, on_output: OnOutput | None) -> None:
        self.killed: Killed | None = None
        self.captures = (
            Capture("stdout", limits.output_bytes, on_output),
            Capture("stderr", limits.output_bytes, on_output),
        )
        assert process.stdout is not None
        assert process.stderr is not None
        self._streams = dict(zip((process.stdout.fileno(), process.stderr.fileno()), self.captures, strict=True))
        self._process = process
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._exit_fd = os.pidfd_open(process.pid)

    async def until_end(self) -> int:
        """Read until the shell itself has ended; its exit status as ``$?``."""
        ended = asyncio.Event()
        self._loop.add_reader(self._exit_fd, ended.set)
        for fd in self._streams:
            os.set_blocking(fd, False)
            self._loop.add_reader(fd, self._read, fd)
        try:
            async with asyncio.timeout(self._limits.wall_s):
                await ended.wait()
        except TimeoutError:
            self._kill("timeout")
            await ended.wait()
        for fd in self._streams:
            while self._read(fd):
                pass
        code = self._process.wait()
        return code if code >= 0 else 128 - code

    def close(self) -> None:
        """End the process group, with what the command left in the background, and close the pipes."""
        self._kill(None)
        self._process.wait()
        for fd in (self._exit_fd, *self._streams):
            self._loop.remove_reader(fd)
        os.close(self._exit_fd)
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    def _read(self, fd: int) -> bool:
        data = read_available(fd)
        if not data:
            if data is not None:
                self._loop.remove_reader(fd)
            return False
        self._streams[fd].feed(data)
        if sum(capture.total for capture in self.captures) > flood_limit(self._limits):
            self._kill("output")
            return False
        return True

    def _kill(self, why: Killed | None) -> None:
        self.killed = self.killed or why
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
