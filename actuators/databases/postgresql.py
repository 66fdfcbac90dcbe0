"""One statement on a PostgreSQL, by psycopg's asynchronous connection.

Imported by a child (apart.py), never run elsewhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import AsyncConnection, AsyncCursor, pq
from psycopg.abc import AdaptContext, PQGen
from psycopg.adapt import Buffer, Loader
from psycopg.generators import fetch
from psycopg.types.datetime import DateLoader, TimeLoader, TimestampLoader, TimestamptzLoader, TimetzLoader
from psycopg.types.string import TextLoader

from actuators.databases.answer import Answer, Statement, document, text
from actuators.databases.target import Target
from actuators.databases.wire import CONNECT_S, LATE, Wire, watched
from actuators.given import Refused

SSLMODES = {"verify": "verify-full", "encrypt": "require", "off": "disable"}
NOWHERE = "/nonexistent"  # libpq would take an empty name for its default, a file of the server's own
AUTHENTICATION = "password,md5,scram-sha-256,none"
ROWS = (pq.ExecStatus.SINGLE_TUPLE, pq.ExecStatus.TUPLES_CHUNK)
END = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK, pq.ExecStatus.EMPTY_QUERY)
RAW = 2  # times maxBytes: a row as it comes may be longer than as JSON, for bytea comes in hexadecimal
NO_MEMORY = ("cannot allocate memory", "out of memory", "insufficient memory")  # libpq's words, within a child's limit
COPY = (pq.ExecStatus.COPY_IN, pq.ExecStatus.COPY_OUT, pq.ExecStatus.COPY_BOTH)


async def run(target: Target, statement: Statement, deadline: float, sending: Callable[[], None]) -> Answer:
    """Raises Refused; ``sending`` is called when the statement is sent.

    What is not read-only commits by itself; a read-only one ends in a rollback.

    The server is asked for a read-only transaction, which one statement cannot leave; but a function that reaches
    outside of it (dblink, COPY TO PROGRAM) is held back by nothing but the rights of the role.
    """
    connection = await _connect(target, deadline)
    wire = Wire(connection.fileno(), 4 * statement.max_bytes)
    try:
        return await watched(
            _ask(connection, target, statement, deadline, sending),
            wire,
            deadline,
            ask_to_stop=lambda: connection.cancel_safe(timeout=1),
        )
    finally:
        wire.close()  # a rollback is what the server makes of it
        with contextlib.suppress(psycopg.Error):
            await connection.close()


async def _connect(target: Target, deadline: float) -> AsyncConnection[Any]:
    problem = Refused("connect_failed", f"{target.host} has no address.")
    for address in target.addresses:
        try:
            async with asyncio.timeout(min(CONNECT_S, deadline - time.monotonic())):
                return await AsyncConnection.connect(
                    _conninfo(target, address), autocommit=True, prepare_threshold=None
                )
        except TimeoutError:
            problem = Refused("connect_failed", f"{target.host} does not answer.")
        except psycopg.Error as error:
            problem = Refused("connect_failed", target.without_secrets(str(error)))
    raise problem


def _conninfo(target: Target, address: str) -> str:
    """All that libpq would otherwise take from a home is said here; a child has no environment to take it from."""
    ours: dict[str, Any] = {
        "host": target.host, "hostaddr": address, "port": target.port, "dbname": target.database,
        "user": target.username, "password": target.password, "passfile": NOWHERE,
        "sslmode": SSLMODES[target.tls], "sslrootcert": target.authorities if target.tls == "verify" else NOWHERE,
        "sslcertmode": "disable", "sslcert": NOWHERE, "sslkey": NOWHERE, "sslcrl": "", "sslcrldir": "",
        "gssencmode": "disable", "require_auth": AUTHENTICATION,
        "client_encoding": "UTF8", "application_name": "executor.one",
    }  # fmt: skip
    return psycopg.conninfo.make_conninfo("", **ours)


async def _ask(
    connection: AsyncConnection[Any],
    target: Target,
    statement: Statement,
    deadline: float,
    sending: Callable[[], None],
) -> Answer:
    _teach(connection)
    answer = Answer(statement)
    try:
        milliseconds = max(1, round((deadline - time.monotonic()) * 1000))
        if statement.read_only:
            await connection.set_autocommit(False)
            await connection.set_read_only(True)
            # For a server that we can no longer reach. Of the transaction alone: a pool gives the session to others.
            await connection.execute(f"SET LOCAL statement_timeout = {milliseconds}")
        async with _Cursor(connection, statement, answer, sending) as cursor:
            async for row in cursor.stream(statement.sql, statement.params):
                _describe(cursor, answer)
                if not answer.add(row) and statement.read_only:
                    break  # one that writes goes on to its end, or it would be undone
            _describe(cursor, answer)
            answer.affected = cursor.affected
    except psycopg.errors.QueryCanceled as error:  # by the time that we set, or one of the server's own
        raise Refused("timeout", LATE) from error
    except psycopg.Error as error:
        if error.sqlstate is None and any(words in str(error) for words in NO_MEMORY):
            raise Refused("too_large", "The answer needed more memory than a statement has.") from error
        raise Refused("database_error", target.without_secrets(str(error))) from error
    return answer


def _describe(cursor: AsyncCursor[Any], answer: Answer) -> None:
    if not answer.columns and cursor.description:
        answer.columns = [{"name": text(column.name), "type": column.type_display} for column in cursor.description]


class _Cursor(AsyncCursor[Any]):
    """Streams any statement: psycopg's own refuses one without rows after it was done, and forgets empty columns."""

    def __init__(
        self, connection: AsyncConnection[Any], statement: Statement, answer: Answer, sending: Callable[[], None]
    ) -> None:
        super().__init__(connection)
        self.statement, self.answer, self.sending = statement, answer, sending
        self.affected: int | None = None

    def _execute_send(self, *args: Any, **options: Any) -> None:
        """Its text and values are ready; from here on they may have been read."""
        self.sending()
        super()._execute_send(*args, **options)

    def _stream_fetchone_gen(self, first: bool) -> PQGen[pq.abc.PGresult | None]:
        result: pq.abc.PGresult | None = yield from fetch(self._pgconn)
        while result and self._is_too_long(result):
            self.pgresult = result
            self.answer.skip()
            result = None if self.statement.read_only else (yield from fetch(self._pgconn))
        if result is None:
            return None
        self._refuse(result)
        if first:
            self.pgresult = result
        self._tx.set_pgresult(result, set_loaders=first)
        if result.status in ROWS:
            self.pgresult = result
            if first:
                self._make_row = self._make_row_maker()
            return result
        self.affected = result.command_tuples
        while result:
            result = yield from fetch(self._pgconn)
        return None

    def _refuse(self, result: pq.abc.PGresult) -> None:
        if result.status in COPY:
            raise psycopg.NotSupportedError("COPY from or to the client is not possible here")
        if result.status not in ROWS + END:
            self._raise_for_result(result)

    def _is_too_long(self, result: pq.abc.PGresult) -> bool:
        """As it came: what a loader makes of a few bytes may be a hundred times as large, and take as long."""
        if result.status not in ROWS:
            return False
        most = RAW * self.statement.max_bytes
        return sum(len(result.get_value(0, column) or b"") for column in range(result.nfields)) > most


def _lenient(base: type[Loader]) -> type[Loader]:
    """What Python has no date for (infinity, before Christ) stays the server's text."""

    class Lenient(base):  # type: ignore[valid-type,misc]
        def load(self, data: Buffer) -> Any:
            try:
                return super().load(data)
            except psycopg.DataError:
                return bytes(data).decode()

    return Lenient


class _Document(Loader):
    """JSON that Python would choke on (too deep, numbers too long) stays the server's text."""

    def load(self, data: Buffer) -> Any:
        return document(bytes(data).decode())


LOADERS: dict[str, type[Loader]] = {
    "date": _lenient(DateLoader), "time": _lenient(TimeLoader), "timetz": _lenient(TimetzLoader),
    "timestamp": _lenient(TimestampLoader), "timestamptz": _lenient(TimestamptzLoader),
    "interval": TextLoader, "numeric": TextLoader, "json": _Document, "jsonb": _Document,
}  # fmt: skip


def _teach(context: AdaptContext) -> None:
    for name, loader in LOADERS.items():
        context.adapters.register_loader(name, loader)
