"""Several statements, one round trip: what the hot paths read and write the database with.

An ORM query costs 0.5-1 ms of Python here and a round trip of its own; a goal needs some thirty statements. A batch
sends them at once. Each is prepared on its connection the first time, so Postgres parses and plans it only then. Each
still has its own snapshot, so one that follows a lock sees what the lock waited for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import count
from typing import Any, TypeVar

import psycopg
from django.db import connection, models

from executor_one.kit import tenancy

Row = TypeVar("Row", bound=models.Model)


class Batch:
    """Statements in the order they were added. They run inside the caller's transaction."""

    def __init__(self) -> None:
        self._statements: list[tuple[str, Sequence[Any]]] = []

    def sql(self, statement: str, *params: Any) -> None:
        """One statement with `$1`, `$2`... for its values, in Postgres' own notation. Its text must not vary."""
        self._statements.append((statement, params))

    def insert(self, *rows: models.Model) -> None:
        """Insert new rows of one model. A row of an account that is not active raises ForeignAccount."""
        if not rows:
            return
        fields = _written_fields(type(rows[0]))
        statement = _insertion(type(rows[0]))
        for row in rows:
            if isinstance(row, tenancy.AccountOwned):
                tenancy.refuse_foreign(row)
            values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
            row._state.adding, row._state.db = False, connection.alias
            self.sql(statement, *values)

    def update(self, row: models.Model, *names: str, where: str = "true") -> None:
        """Write these fields of a row as they are now, if the row in the database is still so."""
        if isinstance(row, tenancy.AccountOwned):
            tenancy.refuse_foreign(row)
        meta = row._meta
        fields: list[Any] = [meta.get_field(name) for name in names]
        changes = ", ".join(f"{field.column} = ${at}" for at, field in enumerate(fields, 2))
        values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
        statement = f"UPDATE {meta.db_table} SET {changes} WHERE {meta.pk.column} = $1 AND {where}"  # noqa: S608
        self.sql(statement, row.pk, *values)

    def run(self, *, commit: bool = False) -> list[list[Sequence[Any]]]:
        """Send what was added; the rows of each statement, in order (none for one that returns nothing).

        `commit`: it is the last of its transaction, which ends with it (unless an outer one is open).
        """
        if not self._statements:
            return []
        session = _session()
        with connection.wrap_database_errors:
            calls = self._calls(session)
            ends = ["COMMIT"] if commit and len(connection.atomic_blocks) == 1 else []
            return session.run([*calls, *ends])[: len(calls)]

    def defer(self) -> None:
        """Send what was added with the next statement, or with COMMIT. Its rows are not wanted; an error comes then."""
        if self._statements:
            assert connection.in_atomic_block
            with connection.wrap_database_errors:
                session = _session()
                session.cursor.waiting.extend(self._calls(session))

    def _calls(self, session: _Session) -> list[str]:
        statements, self._statements = self._statements, []
        session.prepare([statement for statement, _ in statements])
        return [session.call(statement, params) for statement, params in statements]

    def run_as(self, account_id: str) -> list[list[Sequence[Any]]]:
        """Send what was added as one account (ALL: any) and, where no transaction is open, as one of its own.

        Several statements in one message are a transaction of their own (PostgreSQL's documentation, 55.2.2.1).
        """
        self._statements.insert(0, (tenancy.TELL, (account_id, "")))
        return self.run()[1:]


def binary_rows(statement: str, *params: Any) -> Iterator[Sequence[Any]]:
    """The rows of one statement with `$1`..., as they come: large `bytea` are read four times as fast as in a batch.

    Several statements in one message are answered as text, by Postgres' protocol; this one is a message of its own.
    """
    session = _session()
    held: Any = connection.connection
    with connection.wrap_database_errors, psycopg.RawCursor(held) as cursor:
        session.cursor.send_waiting()
        yield from cursor.stream(statement.encode(), params, binary=True)


class _Session:
    """What batches keep of one connection: a cursor, and the names of the statements it has prepared."""

    def __init__(self) -> None:
        self.cursor: Any = connection.create_cursor()
        self._names: dict[str, str] = {}

    def prepare(self, statements: list[str]) -> None:
        new = [statement for statement in dict.fromkeys(statements) if statement not in self._names]
        if new:
            named = {statement: f"batch_{next(_numbers)}" for statement in new}
            self.cursor.execute(";\n".join(f"PREPARE {name} AS {statement}" for statement, name in named.items()))
            self._names.update(named)

    def call(self, statement: str, params: Sequence[Any]) -> str:
        return str(self.cursor.mogrify(_call(self._names[statement], len(params)), params))

    def run(self, calls: list[str]) -> list[list[Sequence[Any]]]:
        self.cursor.execute(";\n".join(calls))
        found = [self._rows()]
        while self.cursor.nextset():
            found.append(self._rows())
        return found

    def _rows(self) -> list[Sequence[Any]]:
        # `description` would build an object a column
        return list(self.cursor.fetchall()) if self.cursor.pgresult.nfields else []


_numbers = (
    count()
)  # never used twice, so that a batch of which one statement could not be prepared leaves no name taken


def _session() -> _Session:
    """The session of the connection as it is now; a new connection begins anew."""
    connection.ensure_connection()
    held: Any = connection.connection
    if not hasattr(held, "batches"):
        held.batches = _Session()
    session: _Session = held.batches
    return session


@cache
def _call(name: str, count: int) -> str:
    return f"EXECUTE {name}({', '.join(['%s'] * count)})" if count else f"EXECUTE {name}"


@cache
def _insertion(model: type[models.Model]) -> str:
    names = [field.column for field in _written_fields(model)]
    values = ", ".join(f"${at}" for at in range(1, len(names) + 1))
    return f"INSERT INTO {model._meta.db_table} ({', '.join(names)}) VALUES ({values})"  # noqa: S608 - names of ours


@cache
def _written_fields(model: type[models.Model]) -> list[Any]:
    """Every column but a key that the database counts."""
    meta = model._meta
    return [field for field in meta.concrete_fields if field is not meta.auto_field]


@cache
def columns(model: type[models.Model], alias: str) -> str:
    """`alias.id, alias.name, ...`: what a statement selects for `load`."""
    return ", ".join(f"{alias}.{field.column}" for field in model._meta.concrete_fields)


@cache
def _readers(model: type[models.Model]) -> tuple[list[str], list[tuple[int, Any]]]:
    fields = model._meta.concrete_fields
    converted = [(at, field) for at, field in enumerate(fields) if hasattr(field, "from_db_value")]
    return [field.attname for field in fields], converted


def width(model: type[models.Model]) -> int:
    """How many columns `columns(model, ...)` are."""
    return len(model._meta.concrete_fields)


def load(model: type[Row], values: Sequence[Any]) -> Row:
    """The row of `model` whose `columns` these values are."""
    names, converted = _readers(model)
    row = list(values)
    for at, field in converted:
        row[at] = field.from_db_value(row[at], None, connection)
    return model.from_db(connection.alias, names, row)


def load_some(model: type[Row], **values: Any) -> Row:
    """A row of `model` of which only these fields were read; any other one is fetched when it is asked for."""
    names = [field.attname for field in model._meta.concrete_fields if field.attname in values]
    return model.from_db(connection.alias, names, [values[name] for name in names])
