"""An event as it is sent, and the filter that chooses. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from sys import getsizeof
from typing import Any

TYPE = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)*(\.\*)?|\*")
ID = re.compile(r"[0-9]{1,19}")
LARGEST_ID = 2**63 - 1
MOST_TYPES, LONGEST_TYPE = 50, 60
GOAL_ENDS = ("goal.completed", "goal.failed", "goal.cancelled")


class Unreadable(ValueError):
    """What a client asked for makes no sense; the text says why."""


@dataclass(frozen=True, slots=True)
class Wire:
    """One event: what is looked at, and `{"id", "type", "timestamp", "data"}` as text, made once for all readers."""

    id: int
    type: str
    goal: str
    text: str

    @property
    def size(self) -> int:
        """Bytes of memory, about."""
        return getsizeof(self.text)

    def as_sse(self) -> bytes:
        """The same as a server-sent event."""
        return f"id: {self.id}\nevent: {self.type}\ndata: {self.text}\n\n".encode()


def wire(id: int, type: str, goal: str, timestamp: str, data: str) -> Wire:
    """`data` is JSON text, `timestamp` ISO 8601 in UTC."""
    head = f'{{"id": "{id}", "type": {json.dumps(type)}, "timestamp": "{timestamp}", "data": '
    return Wire(id, type, goal, f"{head}{data}}}")


@dataclass(frozen=True)
class Filter:
    """Which events a reader wants: of these types (`goal.*` for all of a family; none: all) and of this goal."""

    types: tuple[str, ...] = ()
    goal: str = ""

    @property
    def exact(self) -> list[str]:
        return [name for name in self.types if not name.endswith("*")]

    @property
    def prefixes(self) -> list[str]:
        return [name[:-1] for name in self.types if name.endswith("*")]

    @property
    def is_empty(self) -> bool:
        return not self.types and not self.goal

    def lets(self, event: Wire) -> bool:
        """Whether the reader wants this one."""
        return (not self.goal or event.goal == self.goal) and self.lets_type(event.type)

    def lets_type(self, type: str) -> bool:
        return not self.types or any(
            type.startswith(name[:-1]) if name.endswith("*") else type == name for name in self.types
        )


def read_types(given: Any) -> tuple[str, ...]:
    """A list of types as a client gives it, or Unreadable."""
    if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
        raise Unreadable('types: This must be a list of strings like "goal.completed" or "task.*".')
    if len(given) > MOST_TYPES:
        raise Unreadable(f"types: There are more than {MOST_TYPES}.")
    for name in given:
        if len(name) > LONGEST_TYPE or not TYPE.fullmatch(name):
            raise Unreadable('types: A type looks like "goal.completed" or "task.*".')
    return tuple(dict.fromkeys(given))


def read_since(given: Any) -> int | None:
    """The id of an event as a client gives it; None for none, or Unreadable."""
    if given is None or given == "":
        return None
    if not isinstance(given, str) or not ID.fullmatch(given) or int(given) > LARGEST_ID:
        raise Unreadable("since: This is not the id of an event.")
    return int(given)
