"""The shell actuator: one command in a sandbox, in the account's workspace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from actuators.sandbox import BareShell, Limits, Outcome, Sandboxes, Workspace

NAME = "shell"
EFFECT = "external"  # what a command did cannot be undone or told apart: at least once, and we say so
MAX_COMMAND_BYTES = 100_000
PARAMS: dict[str, Any] = {
    "type": "object",
    "required": ["command"],
    "additionalProperties": False,
    "properties": {
        "command": {
            "type": "string",
            "minLength": 1,
            "description": "What /bin/sh runs; at most 100,000 bytes of UTF-8, no NUL.",
        }
    },
}


def check(params: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with the params, by field; empty when they are fine."""
    wrong = {str(name): "This field is not known." for name in params if name != "command"}
    command = params.get("command")
    if "command" not in params:
        wrong["command"] = "This field is required."
    elif not isinstance(command, str) or not command.strip():
        wrong["command"] = "This must be a command."
    elif "\x00" in command:
        wrong["command"] = "A NUL character is not allowed."
    elif len(command.encode("utf-8", "replace")) > MAX_COMMAND_BYTES:
        wrong["command"] = f"This is longer than {MAX_COMMAND_BYTES} bytes."
    return wrong


async def run(
    params: Mapping[str, Any],
    *,
    sandboxes: Sandboxes | BareShell,
    workspace: Workspace,
    limits: Limits,
    env: Mapping[str, str],
    on_output: Callable[[str, str], None] | None = None,
) -> Outcome:
    """Run the command; ValueError when the params are wrong, SandboxUnavailable when nothing could be run."""
    if wrong := check(params):
        raise ValueError("; ".join(f"{name}: {text}" for name, text in wrong.items()))
    return await sandboxes.run(
        params["command"], workspace=workspace, limits=limits, env=env, on_output=on_output
    )
