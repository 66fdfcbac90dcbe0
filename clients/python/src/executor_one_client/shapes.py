"""The form of answers, as far as the library itself relies on it: so another server's answer is told as one.

A shape is a type, which the value has; a list of one shape, which every entry has; or members with a shape each. What
is there beyond it is nobody's business: a member that is added tomorrow breaks no program that runs today.
"""

from __future__ import annotations

from types import UnionType
from typing import Any

Shape = type | UnionType | list[Any] | dict[str, Any]

ANY: Shape = object
NOTHING: Shape = type(None)  # an answer without content
OBJECT: dict[str, Any] = {}
MADE: dict[str, Any] = {"id": str}
GOAL: dict[str, Any] = {"id": str, "state": str}
TASK: dict[str, Any] = {"id": str, "position": int, "attempts": [{"number": int, "output": {}}]}


def page_of(entry: Shape) -> dict[str, Any]:
    """A page of a list of such entries."""
    return {"data": [entry], "meta": {"total": int}}


def fits(value: object, shape: Shape) -> bool:
    """Whether the value has this shape."""
    if isinstance(shape, dict):
        return isinstance(value, dict) and all(name in value and fits(value[name], one) for name, one in shape.items())
    if isinstance(shape, list):
        return isinstance(value, list) and all(fits(one, shape[0]) for one in value)
    return isinstance(value, shape)
