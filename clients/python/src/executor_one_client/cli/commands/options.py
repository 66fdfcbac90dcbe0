"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

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
