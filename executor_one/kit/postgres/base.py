"""Django's PostgreSQL, with fewer round trips: BEGIN travels with the first statement of a transaction.

A round trip costs about half a millisecond of CPU on the two sides, most of it for waking each other. So psycopg stays
in autocommit, where it adds no statements of its own, and what waits is put before the next statement in one message.
kit.batch also lets writes wait whose rows nobody wants; they travel with the next statement or with COMMIT.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base


class Cursor(base.Cursor):  # type: ignore[name-defined, misc]
    """A cursor that sends what waits before its own statement."""

    waiting: list[str] = []

    def execute(self, query: Any, params: Any = None, **options: Any) -> Cursor:
        if not self.waiting:
            super().execute(query, params, **options)
            return self
        before = [*self.waiting]
        message = ";\n".join([*before, self.mogrify(query, params)])  # may raise, and then everything still waits
        self.waiting.clear()
        super().execute(message, **options)
        for _ in before:
            self.nextset()
        return self

    def executemany(self, query: Any, params_seq: Any, **options: Any) -> None:
        self.send_waiting()
        super().executemany(query, params_seq, **options)

    def copy(self, *arguments: Any, **options: Any) -> Any:
        self.send_waiting()
        return super().copy(*arguments, **options)

    def send_waiting(self) -> None:
        """Send what waits by itself."""
        if self.waiting:
            self.execute("")


# Every statement of ours has an index to go by. A plan is kept with its prepared statement, and one that was made while
# a table was small would go on reading the whole table when it has grown, until Postgres analyzes it a minute later.
NO_SCANS = "-c enable_seqscan=off"
# To start workers costs more than any statement of ours takes alone, and the other processor has requests to serve.
ALONE = "-c max_parallel_workers_per_gather=0"
# A scan that cannot be avoided looks endlessly dear to it, and a Postgres with JIT would compile each of them: 0.4 s.
NO_JIT = "-c jit=off"


class DatabaseWrapper(base.DatabaseWrapper):
    """One connection. `waiting` is what travels with its next statement."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.waiting: list[str] = []

    def get_connection_params(self) -> dict[str, Any]:
        params = super().get_connection_params()
        options = f"{params.get('options', '')} {NO_SCANS} {ALONE} {NO_JIT}".strip()
        return {**params, "cursor_factory": Cursor, "options": options}

    def create_cursor(self, name: str | None = None) -> Any:
        if name and self.waiting:  # a cursor that lives in the server is declared in another way
            with self.cursor() as cursor:
                cursor.send_waiting()
        cursor = super().create_cursor(name)
        cursor.waiting = self.waiting
        return cursor

    def _set_autocommit(self, autocommit: bool) -> None:
        with self.wrap_database_errors:
            if not self.connection.autocommit:  # a new connection
                self.connection.autocommit = True
        self.waiting[:] = [] if autocommit else ["BEGIN"]

    def _commit(self) -> None:
        if self.waiting == ["BEGIN"]:  # nothing was done in it
            self.waiting.clear()
        elif self.waiting:
            with self.wrap_database_errors, self.create_cursor() as cursor:
                cursor.execute("COMMIT")
        else:
            super()._commit()  # type: ignore[misc]

    def _rollback(self) -> None:
        self.waiting.clear()
        super()._rollback()  # type: ignore[misc]

    def _close(self) -> None:
        self.waiting.clear()
        super()._close()  # type: ignore[misc]
