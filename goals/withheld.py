"""What staff see of the customers' steps: what runs, never with what (decision 0027).

A command can hold a secret that nothing names, so no pattern finds it. What people wrote as text stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from actuators import registry
from goals import effects
from goals.correction.catalogue import catalogue
from goals.faults import MESSAGES, NO_SUCCESS, NOTHING_WAS_RUN, REPLANNED

PROGRAM = re.compile(r"(?:[\w.+~-]{0,80}/){0,20}([A-Za-z0-9_.+-]{1,40})")
# What an error may say to staff: sentences of ours that quote nothing of what was run, sent, read or printed.
CODES = r"[\dx]{1,4}(?:(?:,| or|, or) [\dx]{1,4}){0,50}"
SENTENCES = "|".join(
    (
        *map(re.escape, (*MESSAGES.values(), REPLANNED)),
        r"It ended with exit code -?\d{1,5}\.",
        rf"(?:{re.escape(NO_SUCCESS)})?It ended with exit code -?\d{{1,5}}, not {CODES}\.",
        rf"(?:{re.escape(NO_SUCCESS)})?It was answered \d{{3}}, not {CODES}\.",
        rf"(?:{'|'.join(map(re.escape, NOTHING_WAS_RUN))}).*",
    )
)
SENTENCE = re.compile(SENTENCES, re.DOTALL)
# What was tried against it (goals.correction.ladder), with a reason of the catalogue's.
AFTERWARDS = re.compile(
    r"\s?(?:It was not tried again\.(?: (?P<reason>.{1,300}))?|It failed again after [a-z0-9, ]{1,80}\.|"
    rf"{re.escape(effects.WORDS)})$"
)
THEIRS = "Why is for the customer to read."
QUOTED = re.compile("“.*”", re.DOTALL)
OF_NO_TRY = ("cannot_plan", "cancelled")
LATE = re.compile(
    r"(The deadline passed before the goal was done\.)(?: (.*) had failed and was to be tried again: (.*))?", re.DOTALL
)


def name_of(name: str, actuator: str, params: Mapping[str, Any]) -> str:
    """What a task is called for staff: by its program alone where its name is its command."""
    return _program(_bare(name, actuator)) or f"{actuator} …" if is_command(name, actuator, params) else name


def is_command(name: str, actuator: str, params: Mapping[str, Any]) -> bool:
    """Whether a task's name was made of what it runs; such a name may be cut, and on one line."""
    said = _bare(name, actuator)
    texts = [text for value in (_title(actuator, params), *_texts(params)) if (text := " ".join(value.split()))]
    return said != " ".join(name.split()) or any(text.startswith(said) or text in said for text in texts)


def error_of_goal(code: str, error: str, task: tuple[str, str, Mapping[str, Any]] | None) -> str:
    """Why a goal failed, without the command of the task that failed; `task`: its name, actuator and params."""
    if code in OF_NO_TRY:
        return QUOTED.sub("“…”", error)
    known = {task[0]: name_of(*task)} if task is not None else {}
    if late := LATE.fullmatch(error):
        passed, name, why = late.groups()
        return (
            f"{passed} {known.get(name, 'A task')} had failed and was to be tried again: {error_of(why)}"
            if name
            else passed
        )
    for name, shown in known.items():
        if error.startswith(f"{name}: "):
            return f"{shown}: {error_of(error.removeprefix(f'{name}: '))}"
    return error_of(error)


def error_of(error: str) -> str:
    """Why a try failed, as far as it quotes nothing of the customer's."""
    if not error or SENTENCE.fullmatch(error):
        return error
    after = AFTERWARDS.search(error)
    if after is None or (after["reason"] and after["reason"] not in {kind.reason for kind in catalogue().kinds}):
        return THEIRS
    why = error[: after.start()]
    return (why if SENTENCE.fullmatch(why) else THEIRS) + after[0]


def _title(actuator: str, params: Mapping[str, Any]) -> str:
    try:
        return registry.title(actuator, dict(params))
    except (KeyError, TypeError, ValueError):  # of an actuator that is gone, or params that it would not take now
        return ""


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
