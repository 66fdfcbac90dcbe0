"""One statement on an SQLite file, inside of the sandbox: a script of the standard library alone, sent as text.

It reads what to do as JSON from the environment, and prints one line of JSON. Here and not in the server, because an
SQL text can do what SQLite can: open other files, and make the process use memory.
"""

from __future__ import annotations

import base64
import json
import math
import os
import sqlite3
import threading
import time
from typing import Any
from urllib.parse import quote

READING = {"SQLITE_SELECT", "SQLITE_READ", "SQLITE_FUNCTION", "SQLITE_RECURSIVE"}
WRITING = {
    "SQLITE_INSERT", "SQLITE_UPDATE", "SQLITE_DELETE", "SQLITE_TRANSACTION", "SQLITE_ANALYZE", "SQLITE_REINDEX",
    "SQLITE_CREATE_TABLE", "SQLITE_CREATE_INDEX", "SQLITE_CREATE_VIEW", "SQLITE_CREATE_TRIGGER",
    "SQLITE_DROP_TABLE", "SQLITE_DROP_INDEX", "SQLITE_DROP_VIEW", "SQLITE_DROP_TRIGGER", "SQLITE_ALTER_TABLE",
}  # fmt: skip
# One loads code from a file, the other takes the address of code as a value.
BAD_FUNCTIONS = {"load_extension", "fts3_tokenizer"}
PRAGMAS = {
    "table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo", "foreign_key_list",
    "foreign_key_check", "integrity_check", "quick_check", "database_list", "compile_options",
}  # fmt: skip
WITHOUT_VALUE = {"user_version", "schema_version", "encoding", "journal_mode", "page_count", "page_size"}
STEPS = 10_000  # of SQLite's machine between two looks at the clock
GRACE_S = 0.5  # for a step that takes longer than the time that is left, as one call of a function can
NOT_NUMBERS = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}
BEGAN: list[bool] = []  # not empty once SQLite has begun to do the statement


def judge(read_only: bool) -> Any:
    """The authorizer: what is not named here is denied (ATTACH, VACUUM, writing pragmas, what will be invented)."""
    allowed = {getattr(sqlite3, name) for name in READING | (set() if read_only else WRITING)}

    def allow(action: int, first: str | None, second: str | None, *_: object) -> int:
        if action == sqlite3.SQLITE_PRAGMA:
            fine = first in PRAGMAS or (first in WITHOUT_VALUE and second is None)
        elif action == sqlite3.SQLITE_FUNCTION:
            fine = str(second).lower() not in BAD_FUNCTIONS
        else:
            fine = action in allowed
        return sqlite3.SQLITE_OK if fine else sqlite3.SQLITE_DENY

    return allow


def connect(ask: dict[str, Any]) -> sqlite3.Connection:
    mode = "ro" if ask["readOnly"] else "rwc"
    name = f"file:{quote(ask['path'])}?mode={mode}"
    connection = sqlite3.connect(name, uri=True, isolation_level=None, timeout=ask["seconds"])
    connection.text_factory = lambda raw: raw.decode(errors="replace")
    if hasattr(connection, "setlimit"):  # Python 3.11
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, ask["maxLength"])
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    end = time.monotonic() + ask["seconds"]
    connection.set_progress_handler(lambda: time.monotonic() > end, STEPS)
    connection.set_authorizer(judge(ask["readOnly"]))
    connection.set_trace_callback(lambda _: None if BEGAN else BEGAN.append(True))  # said of each trigger, too
    return connection


def plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    return NOT_NUMBERS[str(value)] if isinstance(value, float) and not math.isfinite(value) else value


def kind(values: list[Any]) -> str:
    """SQLite's types are those of values, not of columns: that of the first one that is not null."""
    names = {int: "integer", float: "real", str: "text", bytes: "blob"}
    return next((names[type(value)] for value in values if value is not None), "null")


def answer(ask: dict[str, Any]) -> dict[str, Any]:
    connection = connect(ask)
    cursor = connection.execute(ask["sql"], ask["params"] or ())
    raw: list[tuple[Any, ...]] = []
    room, seen, truncated = ask["maxBytes"], 0, False
    for row in cursor:
        seen += 1
        room -= len(json.dumps([plain(value) for value in row])) + 2
        truncated = truncated or room < 0 or len(raw) >= ask["maxRows"]
        if not truncated:
            raw.append(row)
        elif ask["readOnly"]:
            break
    names = [column[0] for column in cursor.description or ()]
    count = seen if names else max(cursor.rowcount, 0)
    columns = [{"name": plain(name), "type": kind([row[at] for row in raw])} for at, name in enumerate(names)]
    rows = [[plain(value) for value in row] for row in raw]
    return {"columns": columns, "rows": rows, "rowCount": count, "truncated": truncated}


def failed(words: str, *, late: bool) -> dict[str, Any]:
    return {"error": words, "late": late, "began": bool(BEGAN)}


def give_up() -> None:
    """In a thread of its own: SQLite looks at the clock between its steps alone."""
    os.write(1, json.dumps(failed("interrupted", late=True)).encode())
    os._exit(0)


def main() -> dict[str, Any]:
    ask = json.loads(os.environ["EXECUTOR_SQLITE"])
    watch = threading.Timer(ask["seconds"] + GRACE_S, give_up)
    watch.daemon = True
    watch.start()
    try:
        found = {"answer": answer(ask)}
    except sqlite3.OperationalError as error:
        found = failed(str(error), late=str(error) == "interrupted")
    except (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError, TypeError, MemoryError) as error:
        found = failed(str(error) or type(error).__name__, late=False)
    watch.cancel()
    return found


if __name__ == "__main__":
    print(json.dumps(main()))  # noqa: T201 - it is what it is for
