"""Where things are written: data to stdout, words to stderr; colours and tables only for a terminal."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from executor_one_client.cli import text
from executor_one_client.cli.exits import Exit, Stop

if TYPE_CHECKING:
    from rich.console import Console

# The state colours of the product: waiting grey, running amber, healed violet, completed green, failed red.
STYLES = {
    "waiting": "bright_black", "pending": "bright_black", "planning": "yellow", "executing": "yellow",
    "running": "yellow", "healed": "magenta", "completed": "green", "failed": "red", "cancelled": "bright_black strike",
    "skipped": "bright_black",
}  # fmt: skip


def is_terminal(stream: Any) -> bool:
    """Whether somebody looks at it, on a terminal that can move its cursor."""
    return stream is not None and stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def console() -> Console:
    """A console on stdout that takes nothing in a text for markup. NO_COLOR is rich's own to respect."""
    from rich.console import Console

    return Console(markup=False, emoji=False, highlight=False)


def say(message: str) -> None:
    """A sentence for the person, on stderr. If nobody can read it there, the work goes on."""
    with contextlib.suppress(OSError, ValueError):
        print(text.clean(message), file=sys.stderr, flush=True)  # noqa: T201


def give(line: object) -> None:
    """A line of data, at once."""
    _write(text.clean(line))


def give_json(document: Any) -> None:
    """The API's own JSON: one document, nothing else."""
    _write(text.as_json(document))


def _write(line: str) -> None:
    try:
        print(line, flush=True)  # noqa: T201
    except BrokenPipeError:  # `exo goals | head -1`: whoever reads has seen enough
        raise Stop(Exit.PIPE_CLOSED) from None


def give_table(columns: Sequence[str], rows: Iterable[Sequence[object]], states: str = "") -> None:
    """A table for a terminal; for a program a line a row, with tabs between, no head, and nothing cut.

    `states` names the column whose words have the colours of states.
    """
    cells = [[text.one_line(cell) for cell in row] for row in rows]
    if not is_terminal(sys.stdout):
        for row in cells:
            give("\t".join(row))
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for at, column in enumerate(columns):  # only the last one gives way: an id is there to be copied
        whole = max(len(column), *(len(row[at]) for row in cells), 0) if column != columns[-1] else None
        table.add_column(column, no_wrap=True, overflow="ellipsis", min_width=whole)
    for row in cells:
        styled = zip(columns, row, strict=True)
        table.add_row(*(Text(cell, STYLES.get(cell, "") if name == states else "") for name, cell in styled))
    console().print(table)


def give_facts(facts: dict[str, object]) -> None:
    """Names and values, a line each; a program gets a tab between them."""
    width = max(map(len, facts), default=0) + 2 if is_terminal(sys.stdout) else 0
    for name, value in facts.items():
        give(f"{name.ljust(width)}{text.one_line(value)}" if width else f"{name}\t{text.one_line(value)}")


def say_what_is_left(page: dict[str, Any], noun: str) -> None:
    """Where a page of a list is not all of it, on stderr."""
    meta, shown = page.get("meta", {}), len(page.get("data", []))
    beyond = meta.get("offset", 0) + shown
    if shown and meta.get("total", 0) > beyond:
        say(f"{shown} of {meta['total']} {noun}. The next ones: --offset {beyond}")
