"""The shell actuator, and the bare shell that an operator may choose instead of a sandbox."""

import asyncio
import os
import time

import pytest

from actuators import shell
from actuators.given import Given
from actuators.sandbox import BareShell, Limits, Workspace


@pytest.fixture
def bare(tmp_path):
    """Runs a command in a ``BareShell``."""

    def run(command, *, on_output=None, env=None, **limits):
        return asyncio.run(
            BareShell().run(
                command,
                workspace=Workspace(tmp_path, None),
                limits=Limits(**limits),
                env=env or {},
                on_output=on_output,
            )
        )

    return run


def test_actuator_says_what_it_is():
    assert (shell.NAME, shell.EFFECT) == ("shell", "external")
    assert shell.PARAMS["additionalProperties"] is False
    assert shell.PARAMS["required"] == ["command"]


@pytest.mark.parametrize(
    ("params", "field", "words"),
    [
        ({}, "command", "required"),
        ({"command": 1}, "command", "string"),
        ({"command": ""}, "command", "empty"),
        ({"command": "a\0b"}, "command", "NUL"),
        ({"command": "ä" * 50_001}, "command", "100002 bytes"),
        ({"command": "ls", "cwd": "/"}, "cwd", "Unknown"),
        ({"command": "ls", "credentials": [""]}, "credentials", "keys"),
        ({"command": "ls", "credentials": ["k" * 101]}, "credentials", "keys"),
    ],
)
def test_wrong_parameters_are_named(house, params, field, words):
    assert words in shell.check(params)[field]
    with pytest.raises(ValueError, match=field):
        house.do(shell.run(params, Given(house.account("a"), Limits(), house.sandboxes)))


def test_right_parameters_are_run(house):
    assert shell.check({"command": "x" * 100_000}) == {}
    heard = []
    given = Given(
        house.account("a"), Limits(), house.sandboxes, env={"WORD": "said"},
        on_output=lambda stream, text: heard.append((stream, text)),
    )  # fmt: skip
    outcome = house.do(shell.run({"command": "echo $WORD; exit 4"}, given))
    assert (outcome.stdout, outcome.exit_code, heard) == ("said\n", 4, [("stdout", "said\n")])


def test_bare_shell_runs_in_its_workspace_with_a_small_environment(bare, tmp_path):
    os.environ["SERVER_SECRET"] = "hunter2-of-the-server"
    outcome = bare("pwd; env; echo e >&2; exit 3", env={"GIVEN": "1"})
    assert outcome.stdout.startswith(f"{tmp_path}\n")
    assert "GIVEN=1" in outcome.stdout
    assert "hunter2" not in outcome.stdout
    assert (outcome.stderr, outcome.exit_code, outcome.killed) == ("e\n", 3, None)


def test_bare_shell_keeps_the_wall_clock_and_kills_the_group(bare, gone):
    outcome = bare("sleep 43.4343 & exec >&- 2>&-; sleep 43.4343", wall_s=0.4)
    assert (outcome.killed, outcome.exit_code) == ("timeout", None)
    assert gone("43.4343")


def test_bare_shell_does_not_wait_for_a_background_child(bare, gone):
    began = time.monotonic()
    assert bare("sleep 44.4444 & echo out").stdout == "out\n"
    assert time.monotonic() - began < 2
    assert gone("44.4444")


def test_bare_shell_cuts_and_kills_endless_output(bare):
    outcome = bare("yes", output_bytes=4096)
    assert outcome.killed == "output"
    assert outcome.stdout_truncated
    assert len(outcome.stdout) <= 4096


def test_bare_shell_kills_the_group_when_cancelled(tmp_path, gone, running):
    async def cancel():
        run = asyncio.ensure_future(
            BareShell().run("sleep 45.4545 & sleep 45.4545", workspace=Workspace(tmp_path, None))
        )
        while len(running("sleep 45.4545")) < 2:
            await asyncio.sleep(0.02)
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run

    asyncio.run(cancel())
    assert gone("45.4545")


def test_bare_shell_refuses_what_a_sandbox_refuses(bare):
    with pytest.raises(ValueError, match="NUL"):
        bare("a\0b")
