"""The shell actuator: one command, run by ``/bin/sh -c`` in the account's sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actuators.given import Given
from actuators.sandbox import Outcome
from actuators.sandbox.script import MAX_COMMAND_BYTES, check_command

NAME = "shell"
EFFECT = "external"  # at least once: a run cut off by a crash may have done its work
PARAMS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "command": {
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_COMMAND_BYTES,
            "description": f"Run by /bin/sh -c in /workspace; at most {MAX_COMMAND_BYTES} bytes.",
        }
    },
    "required": ["command"],
    "additionalProperties": False,
}


def title(params: Mapping[str, Any]) -> str:
    """What a task with these params is called where nobody named it."""
    return str(params["command"])


def check(params: Mapping[str, Any]) -> dict[str, str]:
    """Field -> message for everything wrong with ``params``; empty when they can be run."""
    problems = {name: "Unknown field." for name in params if name != "command"}
    command = params.get("command")
    if "command" not in params:
        problems["command"] = "This field is required."
    elif not isinstance(command, str):
        problems["command"] = "The command must be a string."
    elif problem := check_command(command):
        problems["command"] = problem
    return problems


async def run(params: Mapping[str, Any], given: Given) -> Outcome:
    """Run ``params["command"]``. Raises ValueError when ``check`` finds fault, else as the shell.

    A command that fails is an Outcome, not an exception.
    """
    problems = check(params)
    if problems:
        raise ValueError("; ".join(f"{name}: {text}" for name, text in problems.items()))
    return await given.shell.run(
        params["command"], workspace=given.workspace, limits=given.limits, env=given.env, on_output=given.on_output
    )
