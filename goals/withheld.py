"""What staff see of the customers' steps: what runs, never with what (decision 0027). Pure.

A command can hold a secret that nothing names, so no pattern finds it. What people wrote as text stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

PROGRAM = re.compile(r"(?:[\w.+~-]{0,80}/){0,20}([A-Za-z0-9_.+-]{1,40})")
# Errors that quote what a step was to print, or what it did print.
QUOTING = (
    (re.compile(r"(\$\S{0,200}) is .+, not .+", re.DOTALL), r"\1 is not what it should be."),
    (re.compile(r"(['\"]).*\1 is not in its output\.", re.DOTALL), "A text is not in its output."),
    (re.compile(r"Its output does not match .+", re.DOTALL), "Its output does not match."),
)


def name_of(name: str, actuator: str, params: Mapping[str, Any]) -> str:
    """What a task is called for staff: by its program alone where its name is its command."""
    return _program(_bare(name, actuator)) or f"{actuator} …" if is_command(name, actuator, params) else name


def is_command(name: str, actuator: str, params: Mapping[str, Any]) -> bool:
    """Whether a task's name was made of what it runs; such a name may be cut, and on one line."""
    said = _bare(name, actuator)
    texts = [text for value in _texts(params) if (text := " ".join(value.split()))]
    return said != " ".join(name.split()) or any(text.startswith(said) or text in said for text in texts)


def error_of(error: str, task: tuple[str, str, Mapping[str, Any]] | None) -> str:
    """An error without the command that it quotes, by the name of the task that failed, and without output."""
    if task is not None and is_command(*task):
        error = error.replace(task[0], name_of(*task))
    for pattern, instead in QUOTING:
        error = pattern.sub(instead, error)
    return error


def _bare(name: str, actuator: str) -> str:
    return " ".join(name.removeprefix(f"{actuator}: ").split()).removesuffix("…")


def _program(command: str) -> str:
    """The first word, if it is a program and nothing else: no `TOKEN=x`, nothing in quotes. Else nothing."""
    first, _, rest = command.partition(" ")
    found = PROGRAM.fullmatch(first)
    return f"{found[1]}{' …' if rest else ''}" if found else ""


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
