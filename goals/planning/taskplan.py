"""The words of the PLAN step: what a planner is given, what it answers, and how it refuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

NAME_LIMIT = 200
Step = str | Mapping[str, Any]  # of a semantic path: a text, or a structured step (goals.planning.steps)


@dataclass(frozen=True)
class PlannedTask:
    """One task to run: `depends_on` holds the indexes of earlier tasks of the same plan.

    `verify` is what its success is (actuators.verifying), None: what its actuator calls so.
    """

    name: str
    actuator: str = "shell"
    params: Mapping[str, Any] = field(default_factory=dict, hash=False)
    depends_on: tuple[int, ...] = ()
    timeout_ms: int | None = None
    verify: Mapping[str, Any] | None = field(default=None, hash=False)


@dataclass(frozen=True)
class TaskPlan:
    """The tasks of a goal, in an order in which every task comes after what it depends on.

    `intents` names the catalogue entries used, in the order said; commands of a path add none.
    """

    tasks: tuple[PlannedTask, ...]
    source: Literal["path", "keyword", "llm"]
    intents: tuple[str, ...] = ()


class CannotPlan(ValueError):
    """Nothing can be planned; the message tells a person what to do about it.

    `step` is the index of the semantic-path step that could not be read, None for a description.
    """

    def __init__(self, message: str, *, step: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.step = step


class Planner(Protocol):
    """Whatever turns a stated goal into tasks; the modules `path` and `keyword` are planners."""

    def plan(self, description: str, semantic_path: Sequence[Step]) -> TaskPlan:
        """Return the tasks of this goal, or raise CannotPlan."""
        ...


def leaves(tasks: Sequence[PlannedTask], start: int = 0) -> tuple[int, ...]:
    """Indexes from `start` on which no other task waits for: what a following part depends on."""
    awaited = {index for task in tasks[start:] for index in task.depends_on}
    return tuple(index for index in range(start, len(tasks)) if index not in awaited)


def append_part(tasks: list[PlannedTask], part: Sequence[PlannedTask]) -> None:
    """Append a part of a plan so that it begins when everything of the part before has ended."""
    start = len(tasks)
    previous = leaves(tasks)
    for task in part:
        own = tuple(start + index for index in task.depends_on)
        tasks.append(replace(task, depends_on=own or previous))


def shorten(text: str, limit: int = NAME_LIMIT) -> str:
    """One line of at most `limit` characters, for names and messages."""
    line = " ".join(text[: limit * 4].split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
