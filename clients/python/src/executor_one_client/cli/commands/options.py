"""Options that several commands have."""

from __future__ import annotations

import json
import math
from typing import Annotated, Any, NoReturn

import typer

from executor_one_client.cli.exits import Exit, Stop

Json = Annotated[bool, typer.Option("--json", help="Print the API's own JSON, one document.")]
Limit = Annotated[int, typer.Option(min=1, max=100, help="How many at most.")]
Offset = Annotated[int, typer.Option(min=0, help="How many are skipped.")]


def not_empty(given: str) -> str:
    """An empty id would be another address of the API."""
    if not given.strip():
        raise typer.BadParameter("it is empty")
    return given


GoalId = Annotated[str, typer.Argument(metavar="ID", help="The goal's id.", show_default=False, callback=not_empty)]
Timeout = Annotated[
    float | None, typer.Option(min=0, metavar="SECONDS", help="Stop watching after so long (exit code 9).")
]


def read_json(typed: str, otherwise: str = "") -> Any:
    """What somebody typed as JSON; ValueError where it is none.

    Stop(USAGE) where it is some that nothing can be made of; `otherwise` says what to do then.
    """

    def refuse(why: str) -> NoReturn:
        raise Stop(Exit.USAGE, f"{why} {otherwise}".rstrip())

    def constant(name: str) -> NoReturn:
        refuse(f"{name} is no number in JSON.")

    def number(written: str) -> float:
        value = float(written)
        return value if math.isfinite(value) else refuse(f"{written[:40]} is more than a number can be.")

    try:
        return json.loads(typed, parse_constant=constant, parse_float=number)
    except RecursionError:
        refuse("This JSON is nested too deeply.")
