"""The database actuator: one statement on a PostgreSQL, a MySQL or MariaDB, or an SQLite file of the workspace.

There is no connection string, and no field of one that a driver would read a file for, or dial elsewhere by.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Mapping
from typing import Any

from actuators.beneath import MAX_PATH_BYTES, check_path
from actuators.databases import apart, mysql_reads, placeholders, sqlite
from actuators.databases.answer import Statement
from actuators.databases.target import TLS, check_host, find_target
from actuators.given import Given
from actuators.sandbox import Outcome
from actuators.sandbox.limits import MIB

NAME = "database"
EFFECT = "external"
MAX_SQL_BYTES = 50_000
MAX_PARAMS = 1000
MAX_PARAMS_BYTES = MIB
MAX_INTEGER = 2**63
NAMES = re.compile(r"[^\x00-\x1f\x7f]{1,128}\Z")

EVERY = {"engine", "sql", "params", "readOnly", "maxRows", "maxBytes", "timeoutMs"}
SERVER = EVERY | {"host", "port", "database", "credential", "username", "tls"}
TAKES = {"postgresql": SERVER, "mysql": SERVER, "sqlite": EVERY | {"path"}}
NUMBERS = {"port": (0, 65535), "maxRows": (1000, 100_000), "maxBytes": (MIB, MIB), "timeoutMs": (10_000, 600_000)}


def _number(name: str, words: str) -> dict[str, Any]:
    default, most = NUMBERS[name]
    return {"type": "integer", "minimum": 1, "maximum": most, "description": words} | (
        {"default": default} if default else {}
    )


PARAMS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "engine": {"type": "string", "enum": list(TAKES)},
        "host": {"type": "string", "maxLength": 253, "description": "One name or IP address; not for sqlite."},
        "port": _number("port", "5432 for postgresql and 3306 for mysql unless given."),
        "database": {"type": "string", "minLength": 1, "maxLength": 128},
        "credential": {
            "type": "string",
            "description": "Key of a credential of kind database, which names the hosts that it may be sent to.",
        },
        "username": {"type": "string", "maxLength": 128, "description": "Instead of a credential: no password."},
        "tls": {
            "type": "string",
            "enum": list(TLS),
            "default": "verify",
            "description": "encrypt (without a look at the certificate) and off are only for private networks "
            "that the operator has opened.",
        },
        "path": {"type": "string", "maxLength": MAX_PATH_BYTES, "description": "sqlite: a file of the workspace."},
        "sql": {
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_SQL_BYTES,
            "description": "One statement. Bound values are %s or %(name)s (and a percent sign %% when there are "
            "any), and nothing else behind a %; for sqlite ? or :name. A read-only one for mysql begins with "
            f"{', '.join(mysql_reads.READING)}.",
        },
        "params": {
            "type": ["array", "object"],
            "items": {},
            "description": "Values to bind, by order or by name: texts, numbers, true, false, null.",
        },
        "readOnly": {
            "type": "boolean",
            "default": True,
            "description": "Asks the server for a read-only transaction. What it really holds back are the rights "
            "of the role that signs in.",
        },
        "maxRows": _number("maxRows", "Rows that are answered; of a statement that writes, the rest still happens."),
        "maxBytes": _number(
            "maxBytes", "Bytes of rows that are answered, as data; what is told as output is cut at 64 KiB."
        ),
        "timeoutMs": _number("timeoutMs", "When the statement is cancelled and the connection cut."),
    },
    "required": ["engine", "sql"],
    "additionalProperties": False,
}


def effect_of(params: Mapping[str, Any]) -> str:
    """What a second try of these may do twice."""
    return "pure" if params.get("readOnly", True) is True else EFFECT


def check(params: Mapping[str, Any]) -> dict[str, str]:
    """Field -> message for everything wrong with ``params``; empty when they can be run."""
    problems = {name: "Unknown field." for name in params if name not in PARAMS["properties"]}
    engine = params.get("engine")
    if not isinstance(engine, str) or engine not in TAKES:
        wrong = f"The engine must be one of {', '.join(TAKES)}." if "engine" in params else "This field is required."
        return problems | {"engine": wrong}
    for name in PARAMS["properties"].keys() & params.keys() - TAKES[engine]:
        problems[name] = f"The engine {engine} does not take this field."
    place = _check_file(params) if engine == "sqlite" else _check_server(params)
    return problems | place | _check_statement(params) | _check_numbers(params)


def _check_file(params: Mapping[str, Any]) -> dict[str, str]:
    if "path" not in params:
        return {"path": "This field is required."}
    problem = check_path(params["path"])
    return {"path": problem} if problem else {}


def _check_server(params: Mapping[str, Any]) -> dict[str, str]:
    problems = {name: "This field is required." for name in ("host", "database") if name not in params}
    if "host" in params and (problem := check_host(params["host"])):
        problems["host"] = problem
    for name in ("database", "username", "credential"):
        if name in params and not (isinstance(params[name], str) and NAMES.match(params[name])):
            problems[name] = "This field must be a string of 1 to 128 characters, without control characters."
    if ("credential" in params) == ("username" in params):
        problems["credential"] = "Exactly one of credential and username is required."
    tls = params.get("tls", "verify")
    if not isinstance(tls, str) or tls not in TLS:
        problems["tls"] = f"This field must be one of {', '.join(TLS)}."
    return problems


def _check_statement(params: Mapping[str, Any]) -> dict[str, str]:
    problems = {}
    if "sql" not in params:
        problems["sql"] = "This field is required."
    elif problem := _check_text(params["sql"], MAX_SQL_BYTES):
        problems["sql"] = f"The statement {problem}."
    elif not params["sql"].strip():
        problems["sql"] = "The statement is empty."
    if "params" in params and (problem := _check_bound(params["params"])):
        problems["params"] = problem
    if not problems and (problem := _check_places(params)):
        problems["sql"] = problem
    if not isinstance(params.get("readOnly", True), bool):
        problems["readOnly"] = "This field must be true or false."
    return problems


def _check_places(params: Mapping[str, Any]) -> str | None:
    """SQLite looks itself, and MySQL is asked to hold back no more than it can."""
    if params["engine"] == "sqlite":
        return None
    if (
        params["engine"] == "mysql"
        and params.get("readOnly", True) is True
        and not mysql_reads.only_reads(params["sql"])
    ):
        words = ", ".join(mysql_reads.READING)
        return f"With readOnly, a statement for mysql begins with {words}, behind nothing but plain comments."
    return placeholders.problem(params["sql"], params.get("params", ()))


def _check_text(value: object, most: int) -> str | None:
    if not isinstance(value, str):
        return "must be a string"
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        return "is not valid Unicode text"
    if "\0" in value:
        return "contains a NUL character"
    return f"is {size} bytes long; the limit is {most}" if size > most else None


def _check_bound(params: object) -> str | None:
    if not isinstance(params, list | dict):
        return "The params must be a list or an object."
    if len(params) > MAX_PARAMS:
        return f"There are {len(params)} params; the limit is {MAX_PARAMS}."
    left = MAX_PARAMS_BYTES
    for name, value in params.items() if isinstance(params, dict) else enumerate(params):
        if isinstance(value, str):
            if problem := _check_text(value, left):
                return f"The value of {name} {problem}."
            left -= len(value.encode())
        elif value is not None and not isinstance(value, bool | int | float):
            return f"The value of {name} must be a text, a number, true, false or null."
        elif isinstance(value, int) and not -MAX_INTEGER <= value < MAX_INTEGER:
            return f"The value of {name} has more than 64 bits."
    return None


def _check_numbers(params: Mapping[str, Any]) -> dict[str, str]:
    problems = {}
    for name, (_, most) in NUMBERS.items():
        value = params.get(name, 1)
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
            problems[name] = f"This field must be a whole number from 1 to {most}."
    return problems


async def run(params: Mapping[str, Any], given: Given) -> Outcome:
    """Run ``params["sql"]``. Raises ValueError when ``check`` finds fault, else Refused: blocked_address, tls_required,
    credential_unknown, credential_kind, credential_host, connect_failed, database_error (the server's words), timeout,
    too_large, quota_exceeded; in doubt once the statement was sent, whatever it is that failed then.

    The answer is ``data``, {columns: [{name, type}], rows, rowCount, truncated}, of at most ``maxBytes`` of rows; and
    the same as JSON in ``stdout``, cut like every output.
    """
    problems = check(params)
    if problems:
        raise ValueError("; ".join(f"{name}: {text}" for name, text in problems.items()))
    began = time.monotonic()
    seconds = params.get("timeoutMs", NUMBERS["timeoutMs"][0]) / 1000
    answer = await _dispatch(params, given, began + min(seconds, given.limits.wall_s))
    data = await asyncio.to_thread(json.loads, answer)
    text, is_cut = _cut(answer, given.limits.output_bytes)
    return Outcome(
        exit_code=0,
        stdout=text,
        stderr="",
        stdout_truncated=is_cut,
        stderr_truncated=False,
        duration_ms=round((time.monotonic() - began) * 1000),
        killed=None,
        data=data,
    )


def _cut(text: str, keep: int) -> tuple[str, bool]:
    coded = text.encode()
    return (text, False) if len(coded) <= keep else (coded[:keep].decode("utf-8", "ignore"), True)


async def _dispatch(params: Mapping[str, Any], given: Given, deadline: float) -> str:
    """The answer's data as JSON."""
    statement = Statement(
        sql=params["sql"],
        params=params.get("params") or None,
        read_only=params.get("readOnly", True),
        max_rows=params.get("maxRows", NUMBERS["maxRows"][0]),
        max_bytes=params.get("maxBytes", NUMBERS["maxBytes"][0]),
    )
    if params["engine"] == "sqlite":
        return await sqlite.run(params["path"], statement, given, deadline)
    target = await find_target(params, given)
    return await apart.ask(params["engine"], target, statement, deadline)
