"""A shell without any sandbox, for one trusted person on their own machine.

Only the operator's explicit ``EXECUTOR_SANDBOX=off`` may choose it; nothing here or in the pool
falls back to it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Mapping

from actuators.sandbox.box import flood_limit
from actuators.sandbox.bwrap import BASE_ENV
from actuators.sandbox.capture import READ_BYTES, Capture, OnOutput
from actuators.sandbox.limits import Killed, Limits, Outcome, SandboxUnavailable
from actuators.sandbox.script import refuse_bad_input
from actuators.sandbox.workspace import Workspace

LINGER_S = 0.2  # a background child may hold the pipes open; what it prints later is not waited for


class BareShell:
    """Runs commands as the runner itself: wall clock and output caps, and no isolation at all.

    A child that makes a session of its own (``setsid``) outlives the run; only a sandbox can
    prevent that.
    """

    async def start(self) -> None:
        """Nothing to prepare: here so that a runner can hold either."""

    async def stop(self) -> None:
        """Nothing waits: here so that a runner can hold either."""

    async def run(
        self,
        command: str,
        *,
        workspace: Workspace,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        env: Mapping[str, str] = {},
        on_output: OnOutput | None = None,
    ) -> Outcome:
        """As ``Sandboxes.run``; of the limits only ``wall_s`` and ``output_bytes`` hold."""
        refuse_bad_input(command, env)
        began = time.monotonic()
        process = await _start(command, workspace, env)
        run = _BareRun(process, limits, on_output)
        try:
            await run.until_end()
        finally:
            run.kill(None)
        return Outcome(
            exit_code=None if run.killed else run.status(),
            stdout=run.captures[0].finish(),
            stderr=run.captures[1].finish(),
            stdout_truncated=run.captures[0].truncated,
            stderr_truncated=run.captures[1].truncated,
            duration_ms=round((time.monotonic() - began) * 1000),
            killed=run.killed,
        )


async def _start(command: str, workspace: Workspace, env: Mapping[str, str]) -> asyncio.subprocess.Process:
    place = str(workspace.path)
    own = {**BASE_ENV, "HOME": place, "GOAL_DIR": place, **env}
    try:
        return await asyncio.create_subprocess_exec(
            "/bin/sh", "-c", command, cwd=place, env=own, start_new_session=True,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
    except OSError as error:
        raise SandboxUnavailable(f"the shell cannot be started: {error}") from error


class _BareRun:
    def __init__(self, process: asyncio.subprocess.Process, limits: Limits, on_output: OnOutput | None) -> None:
        self.killed: Killed | None = None
        self.captures = (
            Capture("stdout", limits.output_bytes, on_output),
            Capture("stderr", limits.output_bytes, on_output),
        )
        self._process = process
        self._limits = limits

    def status(self) -> int:
        code = self._process.returncode
        assert code is not None
        return code if code >= 0 else 128 - code

    async def until_end(self) -> None:
        streams = (self._process.stdout, self._process.stderr)
        readers = [
            asyncio.ensure_future(self._read(stream, capture))
            for stream, capture in zip(streams, self.captures, strict=True)
            if stream is not None
        ]
        try:
            async with asyncio.timeout(self._limits.wall_s):
                await self._process.wait()
        except TimeoutError:
            self.kill("timeout")
            await self._process.wait()
        finally:
            if self._process.returncode is not None:
                await asyncio.wait(readers, timeout=LINGER_S)
            for reader in readers:
                reader.cancel()

    def kill(self, why: Killed | None) -> None:
        """SIGKILL to the process group; it also ends what the command left in the background."""
        self.killed = self.killed or why
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    async def _read(self, stream: asyncio.StreamReader, capture: Capture) -> None:
        while data := await stream.read(READ_BYTES):
            capture.feed(data)
            if sum(each.total for each in self.captures) > flood_limit(self._limits):
                self.kill("output")
                return
