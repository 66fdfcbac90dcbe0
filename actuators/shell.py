"""The shell actuator: one command, run by ``/bin/sh -c`` in the account's sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from actuators.sandbox import Limits, OnOutput, Outcome, Workspace
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


class Shell(Protocol):
    """Whoever runs commands: ``Sandboxes``, or ``BareShell`` by the operator's explicit choice."""

    async def run(
        self,
        command: str,
        *,
        workspace: Workspace,
        limits: Limits = ...,
        env: Mapping[str, str] = ...,
        on_output: OnOutput | None = ...,
    ) -> Outcome: ...


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


async def run(
    params: Mapping[str, Any],
    *,
    sandboxes: Shell,
    workspace: Workspace,
    limits: Limits,
    env: Mapping[str, str],
    on_output: OnOutput | None = None,
) -> Outcome:
    """Run ``params["command"]``. Raises ValueError when ``check`` finds fault, else as the shell.

    A command that fails is an Outcome, not an exception.
    """
    problems = check(params)
    if problems:
        raise ValueError("; ".join(f"{name}: {text}" for name, text in problems.items()))
    return await sandboxes.run(params["command"], workspace=workspace, limits=limits, env=env, on_output=on_output)
