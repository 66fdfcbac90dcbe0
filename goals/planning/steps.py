"""Structured steps beside texts in a semantic path: {type, params, name, dependsOn, timeoutMs, verify}. Pure.

A text waits for everything that stands before it, and so does a structured step that says no `dependsOn`. One that does
waits for these steps alone (from 0), so that steps which need nothing of each other run side by side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from actuators import registry, verifying
from goals.planning.taskplan import PlannedTask, Step, shorten

FIELDS = ("type", "params", "name", "dependsOn", "timeoutMs", "verify")
MAX_NAME = 200
MAX_TIMEOUT_MS = 600_000
MAX_JSON = 200_000  # characters of a structured step


class BadOrder(ValueError):
    """The steps cannot be put in an order: `step` waits for one that there is not, or for itself in the end."""

    def __init__(self, step: int, message: str) -> None:
        super().__init__(message)
        self.step = step


@dataclass(frozen=True)
class Part:
    """The tasks of one step, which know each other by their places in it, and the steps that it waits for."""

    tasks: Sequence[PlannedTask]
    after: frozenset[int]


def schema(longest: int) -> dict[str, Any]:
    """What a step is, as JSON Schema: a text, or an object for each actuator with the params that this one takes."""
    text = {"type": "string", "maxLength": longest, "description": "A shell command, or a description."}
    return {"oneOf": [text, *(_schema_of(name) for name in registry.MODULES)]}


def _schema_of(name: str) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "type": {"type": "string", "enum": [name]},
        "params": registry.actuator(name).PARAMS,
        "name": {"type": "string", "maxLength": MAX_NAME, "description": "What the task is called."},
        "dependsOn": {
            "type": "array",
            "items": {"type": "integer", "minimum": 0},
            "description": "The steps that it waits for, by their numbers from 0. Absent: all before it; []: none.",
        },
        "timeoutMs": {
            "type": "integer", "minimum": 1, "maximum": MAX_TIMEOUT_MS, "description": "300,000 if it is absent.",
        },
        "verify": verifying.VERIFY,
    }  # fmt: skip
    required = ["type", "params"]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def check(step: Mapping[str, Any]) -> dict[str, str]:
    """Field -> message for everything that is wrong with one structured step by itself."""
    problems = {str(name): "This field is not known." for name in step if name not in FIELDS}
    if not registry.is_known(step.get("type")):
        return problems | {"type": f"This must be one of {', '.join(registry.MODULES)}."}
    params = step.get("params")
    if not isinstance(params, Mapping):
        problems["params"] = "This must be an object."
    else:
        wrong = registry.actuator(step["type"]).check(params)
        problems |= {f"params.{name}": message for name, message in wrong.items()}
    for name, is_right, message in (
        ("name", _is_name, f"This must be a text of 1 to {MAX_NAME} characters, without NUL."),
        ("dependsOn", _are_indexes, "This must be a list of the numbers of steps, counted from 0."),
        ("timeoutMs", _is_timeout, f"This must be a whole number of 1 to {MAX_TIMEOUT_MS:,} milliseconds."),
    ):
        if step.get(name) is not None and not is_right(step[name]):
            problems[name] = message
    if step.get("verify") is not None:
        wrong = verifying.check(step["verify"], step["type"])
        problems |= {f"verify.{name}" if name != "verify" else name: message for name, message in wrong.items()}
    return problems


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value) <= MAX_NAME and "\0" not in value


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _are_indexes(value: object) -> bool:
    return isinstance(value, list) and all(_is_whole(one) and one >= 0 for one in value)


def _is_timeout(value: Any) -> bool:
    return _is_whole(value) and 1 <= value <= MAX_TIMEOUT_MS


def task_of(step: Mapping[str, Any]) -> PlannedTask:
    """The one task of a structured step that `check` finds no fault with."""
    name = step.get("name") or registry.title(step["type"], step["params"])
    return PlannedTask(
        shorten(name), step["type"], step["params"], timeout_ms=step.get("timeoutMs"), verify=step.get("verify")
    )


def afters(path: Sequence[Step]) -> list[frozenset[int]]:
    """For each step the steps that it waits for; BadOrder where one is not there, or they wait for each other."""
    found = []
    if all(isinstance(step, str) for step in path):
        return [frozenset(range(number)) for number in range(len(path))]
    for number, step in enumerate(path):
        said = None if isinstance(step, str) else step.get("dependsOn")
        for other in said or ():
            if other >= len(path):
                raise BadOrder(number, f"There is no step {other}: the last one is {len(path) - 1}.")
        found.append(frozenset(range(number)) if said is None else frozenset(said))
    in_order(found)
    return found


def in_order(found: Sequence[frozenset[int]]) -> list[int]:
    """The steps so that each comes after what it waits for, otherwise as they stand; BadOrder for a circle."""
    order: list[int] = []
    placed: set[int] = set()
    left = list(range(len(found)))
    while left:
        ready = next((step for step in left if found[step] <= placed), None)
        if ready is None:
            circle = _circle(found, left)
            raise BadOrder(circle[0], f"It waits for itself in the end: {' -> '.join(map(str, circle))}.")
        order.append(ready)
        placed.add(ready)
        left.remove(ready)
    return order


def _circle(found: Sequence[frozenset[int]], left: Sequence[int]) -> list[int]:
    """A way around a circle, `[0, 2, 0]`, of steps of which each waits for another one that is left."""
    way = [left[0]]
    while way[-1] not in way[:-1]:
        way.append(min(found[way[-1]] & {*left}))
    return way[way.index(way[-1]) :]


def joined(parts: Sequence[Part]) -> list[PlannedTask]:
    """The tasks of all steps in an order in which each comes after what it waits for."""
    tasks: list[PlannedTask] = []
    places: dict[int, tuple[int, int]] = {}
    for number in in_order([part.after for part in parts]):
        part, start = parts[number], len(tasks)
        before = _ends([range(*places[one]) for one in part.after], tasks)
        for task in part.tasks:
            own = tuple(start + index for index in task.depends_on)
            tasks.append(replace(task, depends_on=own or before))
        places[number] = (start, len(tasks))
    return tasks


def _ends(spans: Sequence[range], tasks: Sequence[PlannedTask]) -> tuple[int, ...]:
    """Of these tasks those that no other of them waits for."""
    those = {index for span in spans for index in span}
    awaited = {index for one in those for index in tasks[one].depends_on}
    return tuple(sorted(those - awaited))
