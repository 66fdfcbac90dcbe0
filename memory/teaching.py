"""A correction between people and the executor: what one says to teach it, and how it reads, before and after. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from actuators import registry
from memory.signature import signature

ACTUATORS = registry.NAMES
THE_COMMAND = "the command"


def signature_of(*, actuator: str, exit_code: int | None, output: str) -> str:
    """The signature of a failure as a customer saw it; without its exit code it is that of any."""
    found = signature(actuator, exit_code=exit_code, error_code="", stdout="", stderr=output)
    return found.of_any_exit if exit_code is None else str(found)


@dataclass(frozen=True)
class Failing:
    """A signature taken apart: what failed, how it ended, what it said."""

    actuator: str
    exit: str
    message: str


def failing(text: str) -> Failing:
    """`shell/exit_2: cannot create <path>` -> shell, "exit code 2", "cannot create <path>"."""
    head, _, message = text.partition(": ")
    actuator, _, how = head.partition("/")
    words = {"any": "however it ends"}
    told = f"exit code {how.removeprefix('exit_')}" if how.startswith("exit_") else how.replace("_", " ")
    return Failing(actuator, words.get(how, told), message)


@dataclass(frozen=True)
class Change:
    """What a fix changes: a sentence, and the text before and after. Empty: nothing stands there."""

    sentence: str
    before: str
    after: str


def change_of(fix: Mapping[str, Any]) -> Change:
    """A fix as before -> after; it has passed memory.fixes.check, or comes from memory.fixes.shown."""
    return CHANGES[fix["kind"]](fix)


def _run_before(fix: Mapping[str, Any]) -> Change:
    return Change("Runs something first, in the same shell", THE_COMMAND, f"{fix['command']}\n{THE_COMMAND}")


def _replace(fix: Mapping[str, Any]) -> Change:
    if "program" in fix:
        return Change("Runs another program in its place", str(fix["program"]), str(fix.get("replacement", "")))
    if "pattern" in fix:
        return Change("Changes what an expression finds in the command", str(fix["pattern"]), str(fix["replacement"]))
    if "shell" in fix:
        return Change("Runs it by another shell", "sh", str(fix["shell"]))
    return Change("Runs another command", THE_COMMAND, str(fix["command"]))


def _environment(fix: Mapping[str, Any]) -> Change:
    lines = "\n".join(f"{name}={value}" for name, value in fix["set"].items())
    return Change("Sets variables for the command", THE_COMMAND, f"{lines}\n{THE_COMMAND}")


def _wait(fix: Mapping[str, Any]) -> Change:
    return Change(f"Waits {fix['seconds']:g} s and tries the same again", THE_COMMAND, f"{THE_COMMAND}, later")


def _alternative(fix: Mapping[str, Any]) -> Change:
    params = fix["params"]
    told = params.get("command") if isinstance(params, Mapping) else None
    text = told if isinstance(told, str) else json.dumps(params, indent=2, ensure_ascii=True)
    return Change(f"Does something else instead ({fix['actuator']})", THE_COMMAND, text)


CHANGES = {
    "run-before": _run_before,
    "replace-command": _replace,
    "environment": _environment,
    "wait": _wait,
    "alternative": _alternative,
}
