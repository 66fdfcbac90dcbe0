"""Several reads as one query: a page asks for all it shows at once, and sees it as it was at one moment.

The statements of a Batch have a snapshot each, so between two of them a goal may end and be told twice or not at all.
Here every statement becomes a column of one `SELECT`, an array of its rows. It is sent alone and answered in Postgres'
binary form, in which each value of a row says its type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import psycopg
from django.db import connection
from psycopg.types.net import InetBinaryLoader
from psycopg.types.string import TextBinaryLoader

from executor_one.kit.batch import Batch


class Snapshot(Batch):
    """Reads in the order they were added: `sql` alone, and `run` for the rows of each.

    No statement may depend on another one's effect, and each names its columns (two of one name cannot be told apart).
    """

    def run(self, *, commit: bool = False) -> list[list[Sequence[Any]]]:
        """Ask once; the rows of each statement, in order."""
        statements, self._statements = self._statements, []
        if not statements:
            return []
        text = _joined(tuple(statement for statement, _ in statements))
        values = [value for _, params in statements for value in params]
        with connection.wrap_database_errors:
            cursor = _cursor()
            cursor.execute(text, values, prepare=True, binary=True)
            return list(cursor.fetchone())


class _JsonText(TextBinaryLoader):
    """`jsonb` as its text, which is what Django's JSONField reads. Its binary form begins with a version."""

    def load(self, data: Any) -> str:
        return str(super().load(bytes(data)[1:]))


class _AddressText(InetBinaryLoader):
    """`inet` as its text, which is what Django reads."""

    def load(self, data: Any) -> Any:
        return str(super().load(data))


def _cursor() -> Any:
    """The connection's cursor for snapshots; what waits for the next statement is sent before."""
    connection.ensure_connection()
    held: Any = connection.connection
    if not hasattr(held, "snapshots"):
        held.snapshots = psycopg.RawCursor(held)
        held.snapshots.adapters.register_loader("jsonb", _JsonText)
        held.snapshots.adapters.register_loader("inet", _AddressText)
    if connection.waiting:  # type: ignore[attr-defined] # of our own backend
        with connection.create_cursor() as cursor:
            cursor.send_waiting()
    return held.snapshots


@cache
def _joined(statements: tuple[str, ...]) -> str:
    """One statement with a column for each of these, and their `$1`... numbered through."""
    columns = (f"ARRAY(SELECT ROW(part.*) FROM ({one}) part)" for one in numbered_through(statements))  # noqa: S608
    return f"SELECT {', '.join(columns)}"


def numbered_through(statements: Sequence[str]) -> Iterator[str]:
    """These statements with their `$1`... made those of one whole: `$1, $2` and `$1` become `$1, $2` and `$3`."""
    before = 0
    for statement in statements:
        yield re.sub(r"\$(\d+)", lambda found, by=before: f"${int(found[1]) + by}", statement)  # type: ignore[misc]
        before += max((int(number) for number in re.findall(r"\$(\d+)", statement)), default=0)
