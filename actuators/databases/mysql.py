"""One statement on a MySQL or MariaDB, by PyMySQL in a thread, on a socket that we have connected.

Imported by a child (apart.py), never run elsewhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import Callable
from typing import Any

import pymysql
from pymysql.constants import FIELD_TYPE
from pymysql.converters import conversions
from pymysql.cursors import SSCursor

from actuators.databases.answer import Answer, Statement, document, text
from actuators.databases.target import Target
from actuators.databases.wire import CONNECT_S, LATE, Wire, watched
from actuators.given import Refused

TYPES = {
    number: name.lower()
    for name, number in vars(FIELD_TYPE).items()
    if isinstance(number, int) and name not in ("CHAR", "INTERVAL")
}
TIMEOUTS = (1969, 3024)  # the server's own words for max_statement_time and max_execution_time
# A statement that was done so close to its time may be one that MariaDB broke off: it takes what a function answers
# then (`benchmark`: 0) for its value, writes that, and says that all went well.
CLOSE_S = 0.01
BLOBS = {FIELD_TYPE.TINY_BLOB, FIELD_TYPE.MEDIUM_BLOB, FIELD_TYPE.LONG_BLOB, FIELD_TYPE.BLOB}


# A TIME is a span as well as an hour, so it stays the server's text.
CONVERSIONS = dict[Any, Any](conversions) | {FIELD_TYPE.JSON: document}
del CONVERSIONS[FIELD_TYPE.TIME]

Connection: Any = pymysql.Connection  # it has no types


async def run(target: Target, statement: Statement, deadline: float, sending: Callable[[], None]) -> Answer:
    """Raises Refused; ``sending`` is called when the statement is sent.

    At the deadline the socket is cut, which the thread notices; the server may go on for a while."""
    connected = await _dial(target, deadline)
    wire = Wire(connected.fileno(), 4 * statement.max_bytes)
    try:
        work = asyncio.to_thread(_ask, connected, target, statement, deadline, sending)
        return await watched(work, wire, deadline)
    finally:
        wire.close()
        connected.close()


async def _dial(target: Target, deadline: float) -> socket.socket:
    loop = asyncio.get_running_loop()
    problem: str = "it has no address"
    for address in target.addresses:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        dialled = socket.socket(family, socket.SOCK_STREAM)
        dialled.setblocking(False)
        try:
            async with asyncio.timeout(min(CONNECT_S, deadline - time.monotonic())):
                await loop.sock_connect(dialled, (address, target.port))
        except OSError as error:  # a TimeoutError is one
            dialled.close()
            problem = error.strerror or "it does not answer"
        except BaseException:
            dialled.close()
            raise
        else:
            dialled.setblocking(True)
            return dialled
    raise Refused("connect_failed", f"{target.host} cannot be reached: {problem}.")


def _ask(
    connected: socket.socket, target: Target, statement: Statement, deadline: float, sending: Callable[[], None]
) -> Answer:
    """In a thread. Whoever waits for it cuts the socket when it takes too long."""
    connection = Connection(
        host=target.host, port=target.port, user=target.username, password=target.password.encode(),
        database=target.database, charset="utf8mb4", conv=CONVERSIONS, autocommit=True, local_infile=False,
        client_flag=0, defer_connect=True, cursorclass=SSCursor,
        ssl=_context(target), ssl_disabled=target.tls == "off",
    )  # fmt: skip
    try:
        connection.connect(connected)
    except (pymysql.Error, OSError, RuntimeError) as error:
        raise Refused("connect_failed", target.without_secrets(_words(error))) from error
    try:
        _prepare(connection, statement, deadline)
        answer = _read(connection, statement, sending)
    except (pymysql.Error, OSError, RuntimeError) as error:
        if error.args and error.args[0] in TIMEOUTS:
            raise Refused("timeout", LATE) from error
        raise Refused("database_error", target.without_secrets(_words(error))) from error
    finally:
        with contextlib.suppress(pymysql.Error, OSError):
            connection._force_close()  # close() would first send a word to a server that may not listen
    if time.monotonic() > deadline - CLOSE_S:
        raise Refused("timeout", LATE)
    return answer


def _context(target: Target) -> ssl.SSLContext | None:
    if target.tls == "off":
        return None
    if target.tls == "verify":
        return ssl.create_default_context(cafile=target.authorities)
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _prepare(connection: Any, statement: Statement, deadline: float) -> None:
    """A read-only transaction holds back what one statement may do by itself; a procedure could begin another."""
    seconds = max(0.001, deadline - time.monotonic())
    with connection.cursor(pymysql.cursors.Cursor) as cursor:
        with contextlib.suppress(pymysql.Error):  # for a server that we can no longer reach; not every one has it
            if "MariaDB" in connection.get_server_info():
                cursor.execute(f"SET SESSION max_statement_time = {seconds:.3f}")
            else:
                cursor.execute(f"SET SESSION max_execution_time = {round(seconds * 1000)}")
        if statement.read_only:  # the session too: what changes a table ends the transaction before it begins
            cursor.execute("SET SESSION TRANSACTION READ ONLY")
            cursor.execute("START TRANSACTION READ ONLY")


def _read(connection: Any, statement: Statement, sending: Callable[[], None]) -> Answer:
    answer = Answer(statement)
    cursor = connection.cursor()
    try:
        sql = cursor.mogrify(statement.sql, statement.params)  # here and not in execute: nothing was sent yet
        sending()
        cursor.execute(sql)
        if cursor.description is None:
            answer.affected = cursor.rowcount
            return answer
        numbers = [column[1] for column in cursor.description]
        answer.columns = [
            {"name": text(column[0]), "type": TYPES.get(number, str(number))}
            for column, number in zip(cursor.description, numbers, strict=True)
        ]
        while (row := cursor.fetchone()) is not None:
            _name_texts(answer, numbers, row)
            if not answer.add(row) and statement.read_only:
                break
        return answer
    finally:
        # Closing a cursor reads all the rest; here the connection ends with it.
        if cursor._result is not None:
            cursor._result.unbuffered_active = False
        cursor.connection = None


def _name_texts(answer: Answer, numbers: list[int], row: tuple[Any, ...]) -> None:
    """The protocol calls a TEXT a blob; what comes as a string is one."""
    for column, number, value in zip(answer.columns, numbers, row, strict=True):
        if number in BLOBS and isinstance(value, str):
            column["type"] = "text"


def _words(error: Exception) -> str:
    if isinstance(error, pymysql.Error) and len(error.args) == 2:
        return f"{error.args[1]} ({error.args[0]})"
    return str(error) or type(error).__name__
