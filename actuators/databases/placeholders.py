"""Where values go into a statement for a server: ``%s``, ``%(name)s`` and ``%%``, and nothing else that Python knows.

PyMySQL puts values in by Python's own formatting, in which whoever writes the statement also says how wide: a text of a
few bytes would become gigabytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

MARK = re.compile(r"%(?:\(([^()]{1,128})\))?(.?)", re.DOTALL)
MAX_WITH_VALUES = 4 << 20  # bytes, in which a value counts for each place that it is put into, twice for escapes
NUMBER_BYTES = 32


def problem(sql: str, params: Sequence[Any] | Mapping[str, Any]) -> str | None:
    """What is wrong with the places for ``params``, in words; None when they fit. Without params a % is a %."""
    if not params:
        return None
    names: list[str | None] = []
    for mark in MARK.finditer(sql):
        name, kind = mark.groups()
        if kind == "%" and name is None:
            continue
        if kind != "s":
            return (
                f"{mark.group()[:40]!r} is no place for a value: write %s or %(name)s, and %% for a percent sign, "
                "where there are params."
            )
        names.append(name)
    wrong = _by_name(names, params) if isinstance(params, Mapping) else _by_order(names, params)
    return wrong or _too_long(sql, names, params)


def _by_order(names: list[str | None], params: Sequence[Any]) -> str | None:
    if any(names):
        return "The params are a list, so a place is %s, without a name."
    if len(names) != len(params):
        return f"The statement has {len(names)} places (%s) and there are {len(params)} params."
    return None


def _by_name(names: list[str | None], params: Mapping[str, Any]) -> str | None:
    if None in names:
        return "The params are an object, so a place is %(name)s, with the name of its value."
    missing = sorted({str(name) for name in names} - params.keys())
    return f"There is no value for {missing[0][:100]!r} in params." if missing else None


def _too_long(sql: str, names: list[str | None], params: Sequence[Any] | Mapping[str, Any]) -> str | None:
    values = [params[name] for name in names] if isinstance(params, Mapping) else params  # type: ignore[index]
    length = len(sql.encode()) + sum(
        2 * len(value.encode()) if isinstance(value, str) else NUMBER_BYTES for value in values
    )
    if length <= MAX_WITH_VALUES:
        return None
    return f"The statement would have {length} bytes with its values; the limit is {MAX_WITH_VALUES}."
