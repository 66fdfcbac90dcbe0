"""One try of a task: its actuator with what this lease gives it, what came of that, and whether it is a success."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings

from accounts import credentials, vault
from accounts.models import FIRST_HOST_UID
from actuators import registry, shell, verifying
from actuators.given import Given, Reach, Refused, Secret
from actuators.outbound.egress import Egress
from actuators.sandbox import Limits, OnOutput, Outcome, SandboxLost, SandboxUnavailable, Workspace, prepare_workspace
from actuators.scrubber import Scrubber
from actuators.workspace_files import exists
from executor_one.kit import tenancy
from executor_one.kit.errors import DomainError, NotFound
from goals.claims import Lease, Result
from goals.effects import Done
from goals.faults import MESSAGES, NO_SANDBOX, NO_SUCCESS, SANDBOX_FAILED
from goals.models import Attempt
from runners.engines import engines_for
from runners.work import STREAMS, Printed

SIGNALLED = 128  # an exit code above it says that a signal ended the command, and which

Open = Callable[[Lease], Awaitable[tuple[dict[str, Secret], Scrubber]]]
"""From a lease to the credentials that its task names, and what hides these and all others of its account."""


class NoShell:
    """The shell of a runner that could not prove its sandbox: what needs none runs there all the same."""

    def __init__(self, problem: str) -> None:
        self.problem = problem

    async def run(self, command: str, **options: Any) -> Outcome:
        raise Refused("sandbox_unavailable", f"{NO_SANDBOX}{self.problem}")


def opened(lease: Lease) -> dict[str, Secret]:
    """The credentials that a task names, opened for this try (accounts.vault). Refused where one cannot be."""
    names = credentials.names_in(lease.actuator, lease.params)
    if not names:
        return {}
    try:
        with tenancy.account_scope(lease.account_id):
            return vault.opened_for(names, goal=lease.goal_id, task=lease.task_id)
    except NotFound as missing:
        raise Refused("credential_unknown", missing.message) from missing
    except DomainError as closed:
        raise Refused("credential_unavailable", closed.message) from closed


async def tried(
    lease: Lease, boxes: Any, printed: Printed, open_for: Open, egress: Egress | None = None, *, runner: str = ""
) -> Result:
    """Run it and judge it. SandboxLost when the sandbox died under it: what it did before is not known.

    ``egress`` is this runner's, ``runner`` whose try this is: its containers go with it.
    """
    scrubber = Scrubber(())
    if never := _never_begun(lease):
        return never
    has_begun = False
    try:
        secrets, scrubber = await open_for(lease)
        async with _quiet(scrubber, printed.hear) as quiet, _way_out(lease, egress) as way:
            given = Given(
                _workspace(lease), Limits(wall_s=lease.timeout_ms / 1000), boxes, env={"GOAL_ID": str(lease.goal_id)},
                secrets=secrets, reach=_reach(lease), engines=engines_for(lease, runner),
                on_output=quiet.hear, egress=way, task=str(lease.task_id),
            )  # fmt: skip
            has_begun = True
            outcome = await registry.actuator(lease.actuator).run(lease.params, given)
            await quiet.end(cut_streams(outcome))
        if scrubber.longest:
            outcome = await asyncio.to_thread(scrubbed, outcome, scrubber)
        return judged(lease, outcome, given.workspace)
    except SandboxLost:
        raise
    except SandboxUnavailable as reason:
        return failure("sandbox_unavailable", scrubber.scrub_cut(f"{SANDBOX_FAILED}{reason}"))
    except Refused as reason:
        return failure(reason.code, scrubber.scrub_cut(str(reason)), in_doubt=reason.in_doubt)
    except (ValueError, OSError) as reason:
        return failure("cannot_start", scrubber.scrub_cut(str(reason)), in_doubt=has_begun)


class Plain:
    """Hears what a try prints and passes it on, where there is nothing to hide."""

    def __init__(self, hear: OnOutput) -> None:
        self.hear = hear

    async def end(self, cut: Collection[str]) -> None:
        """Nothing was held back."""


def _never_begun(lease: Lease) -> Result | None:
    """Why it is not even begun; None when it can be."""
    if not registry.is_known(lease.actuator):
        return failure("actuator_unavailable", f"This runner has no actuator {lease.actuator}.")
    if problems := registry.actuator(lease.actuator).check(lease.params):
        return failure("cannot_start", "; ".join(f"{name}: {text}" for name, text in problems.items()))
    return None


class Quiet:
    """Hears what a try prints and passes it on without its secrets, also where a piece ends within one.

    In a thread: customers choose both what is looked for and in what, and others wait for this loop.
    """

    def __init__(self, scrubber: Scrubber, hear: OnOutput) -> None:
        self._hear = hear
        self._streams = {name: scrubber.stream() for name in STREAMS}
        self._pieces: asyncio.Queue[tuple[str, str] | None] = asyncio.Queue()
        self._passing = asyncio.create_task(self._pass_on())

    def hear(self, stream: str, text: str) -> None:
        self._pieces.put_nowait((stream, text))

    async def end(self, cut: Collection[str]) -> None:
        """The try has ended: what was held back is no secret. Of a stream that was ``cut`` it may be a part."""
        self._pieces.put_nowait(None)
        await self._passing
        for name, stream in self._streams.items():
            if name not in cut:
                self._say(name, stream.end())

    def close(self) -> None:
        """Whatever became of the try. Where it did not end, what was held back is never said."""
        self._passing.cancel()

    async def _pass_on(self) -> None:
        while piece := await self._pieces.get():
            stream, text = piece
            self._say(stream, await asyncio.to_thread(self._streams[stream].feed, text))

    def _say(self, stream: str, text: str) -> None:
        if text:
            self._hear(stream, text)


@asynccontextmanager
async def _quiet(scrubber: Scrubber, hear: OnOutput) -> AsyncIterator[Quiet | Plain]:
    """What a try tells its output to, to be ended by who knows how it ended."""
    if not scrubber.longest:
        yield Plain(hear)
        return
    quiet = Quiet(scrubber, hear)
    try:
        yield quiet
    finally:
        quiet.close()


def cut_streams(outcome: Outcome) -> frozenset[str]:
    """The streams that may end in the middle of what was printed: at the cap, or because the command was killed.

    Not by us alone: its own limits of time and size are signals of the kernel, which a shell tells by its exit code.
    """
    cut = {"stdout": outcome.stdout_truncated, "stderr": outcome.stderr_truncated}
    is_killed = outcome.killed is not None or (outcome.exit_code or 0) > SIGNALLED
    return frozenset(name for name in STREAMS if cut[name] or is_killed)


def scrubbed(outcome: Outcome, scrubber: Scrubber) -> Outcome:
    """The same without its secrets. Where a stream was cut, the piece of one that it may end in is left out."""
    texts, cut = {}, cut_streams(outcome)
    for name in STREAMS:
        stream = scrubber.stream()
        texts[name] = stream.feed(getattr(outcome, name)) + ("" if name in cut else stream.end())
    return replace(outcome, **texts, data=scrubber.scrub_json(outcome.data))  # type: ignore[arg-type]


def _reach(lease: Lease) -> Reach:
    """Where it may go, as the operator says."""
    return Reach(frozenset(settings.OUTBOUND_PORTS), tuple(settings.OUTBOUND_EXCEPTIONS), account=lease.account_id)


def _way_out(lease: Lease, egress: Egress | None) -> AbstractAsyncContextManager[Path | None]:
    """The way out of the sandbox of a command, where its account has opted in to one."""
    if egress is None or lease.actuator != shell.NAME:
        return nullcontext()
    return egress.way(lease.account_id, lease.egress_hosts, _reach(lease), _uid(lease))


def _uid(lease: Lease) -> int | None:
    """Whom its sandbox runs as, where accounts have uids of their own."""
    return FIRST_HOST_UID + lease.account_number if os.geteuid() == 0 and settings.SANDBOX else None


def _workspace(lease: Lease) -> Workspace:
    return prepare_workspace(settings.WORKSPACES_DIR, lease.workspace, _uid(lease))


def judged(lease: Lease, outcome: Outcome, workspace: Workspace) -> Result:
    """What the actuator says, as the result of a try: it succeeded as the task calls success, or why not.

    What it calls so itself is exit code 0, and of an HTTP answer its status; a task's `verify` says more, and where it
    names exit codes or statuses, these instead.
    """
    verify, code, error = lease.verify or {}, "", ""
    if outcome.killed:
        code, error = outcome.killed, MESSAGES[outcome.killed]
    elif outcome.exit_code != 0 and not verify.keys() & verifying.BY.keys():
        code, error = "exit_code", f"It ended with exit code {outcome.exit_code}."
    elif wrong := verifying.failed(verify, outcome, lambda path: exists(workspace, path)):
        code, error = "verify_failed", f"{NO_SUCCESS}{wrong}"
    return Result(
        outcome=Attempt.Outcome.FAILED if code else Attempt.Outcome.SUCCEEDED,
        exit_code=outcome.exit_code, stdout=outcome.stdout, stderr=outcome.stderr,
        stdout_truncated=outcome.stdout_truncated, stderr_truncated=outcome.stderr_truncated,
        error_code=code, error=error, duration_ms=outcome.duration_ms, data=outcome.data,
    )  # fmt: skip


def failure(code: str, message: str, *, in_doubt: bool = False) -> Result:
    """A try that was refused: nothing was done, unless that is not known."""
    done = Done.UNKNOWN if in_doubt else Done.NOTHING
    return Result(outcome=Attempt.Outcome.FAILED, error_code=code, error=message, data={"done": done.value})


def cancelled(printed: Printed) -> Result:
    """A try that was killed because its goal ended."""
    stdout, stderr = printed.stdout.text, printed.stderr.text
    return Result(
        outcome=Attempt.Outcome.CANCELLED, error_code="cancelled", error=MESSAGES["cancelled"],
        stdout=stdout, stderr=stderr, stdout_truncated=_is_full(stdout), stderr_truncated=_is_full(stderr),
    )  # fmt: skip


def _is_full(text: str) -> bool:
    """Whether a stream was printed up to the cap; what came after it was not kept."""
    return len(text.encode()) >= Limits().output_bytes
