"""The shell actuator: one command, run by ``/bin/sh -c`` in the account's sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actuators.given import Given, Refused
from actuators.sandbox import Outcome
from actuators.sandbox.script import MAX_COMMAND_BYTES, check_command, check_env

NAME = "shell"
MOST_CREDENTIALS = 20
LONGEST_KEY = 100
EFFECT = "external"  # at least once: a run cut off by a crash may have done its work
PARAMS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "command": {
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_COMMAND_BYTES,
            "description": f"Run by /bin/sh -c in /workspace; at most {MAX_COMMAND_BYTES} bytes.",
        },
        "credentials": {
            "type": "array",
            "items": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
            "maxItems": MOST_CREDENTIALS,
            "description": "Credentials of kind env, by their keys: their variables are set for the command.",
        },
    },
    "required": ["command"],
    "additionalProperties": False,
}


def title(params: Mapping[str, Any]) -> str:
    """What a task with these params is called where nobody named it."""
    return str(params["command"])


def check(params: Mapping[str, Any]) -> dict[str, str]:
    """Field -> message for everything wrong with ``params``; empty when they can be run."""
    problems = {name: "Unknown field." for name in params if name not in PARAMS["properties"]}
    named = params.get("credentials", [])
    if not isinstance(named, list) or len(named) > MOST_CREDENTIALS or not all(map(_is_key, named)):
        problems["credentials"] = f"This must be a list of at most {MOST_CREDENTIALS} keys of credentials."
    command = params.get("command")
    if "command" not in params:
        problems["command"] = "This field is required."
    elif not isinstance(command, str):
        problems["command"] = "The command must be a string."
    elif problem := check_command(command):
        problems["command"] = problem
    return problems


def _is_key(named: object) -> bool:
    return isinstance(named, str) and 1 <= len(named) <= LONGEST_KEY


async def run(params: Mapping[str, Any], given: Given) -> Outcome:
    """Run ``params["command"]`` with the variables of its credentials.

    Raises ValueError when ``check`` finds fault, Refused for a credential that cannot be set, else as the shell.

    A command that fails is an Outcome, not an exception.
    """
    problems = check(params)
    if problems:
        raise ValueError("; ".join(f"{name}: {text}" for name, text in problems.items()))
    env = {**_variables(params, given), **given.env}
    return await given.shell.run(
        params["command"], workspace=given.workspace, limits=given.limits, env=env, on_output=given.on_output,
        egress=given.egress,
    )  # fmt: skip


def _variables(params: Mapping[str, Any], given: Given) -> dict[str, str]:
    """What the named credentials set. Refused for one that there is none of, or that is for something else."""
    found: dict[str, str] = {}
    for key in params.get("credentials", []):
        secret = given.secrets.get(key)
        if secret is None:
            raise Refused("credential_unknown", f"There is no credential {key}.")
        if secret.kind != "env":
            raise Refused("credential_kind", f"The credential {key} is of kind {secret.kind}; a command takes env.")
        found |= secret.values
    if problem := check_env(found):
        raise Refused("credential_kind", f"The credentials cannot be set: {problem}")
    return found
