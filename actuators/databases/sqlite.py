"""One statement on an SQLite file of the workspace: what runs it is a script inside of the sandbox."""

from __future__ import annotations

import asyncio
import functools
import json
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from actuators.beneath import parts_of
from actuators.databases.answer import Answer, Statement
from actuators.given import Given, Refused
from actuators.sandbox import Outcome
from actuators.sandbox.script import MAX_ENV_BYTES, quote

VARIABLE = "EXECUTOR_SQLITE"
MAX_VALUE = 16 << 20  # bytes of one text or blob; the sandbox's memory is the limit of all of them
ROOM = 64 * 1024  # names of columns, beyond the answer's cap
START_S = 5.0  # what starting Python may take beside the statement
NO_PYTHON = (126, 127)
KILLED = {
    "timeout": ("timeout", "The time was over before the statement was. What it changed is undone."),
    "memory": ("too_large", "The statement needed more memory than a try has."),
    "disk": ("quota_exceeded", "The workspace is full."),
    "output": ("too_large", "The answer is too large."),
}


@functools.cache
def script() -> str:
    """The text of the script."""
    return Path(__file__).with_name("sqlite_inside.py").read_text()


async def run(path: str, statement: Statement, given: Given, deadline: float) -> str:
    """The answer's data as JSON. Raises Refused, and SandboxUnavailable as the shell does."""
    seconds = max(0.001, deadline - time.monotonic())
    asked = json.dumps({
        "path": "./" + "/".join(parts_of(path)), "sql": statement.sql, "params": statement.params,
        "readOnly": statement.read_only, "maxRows": statement.max_rows, "maxBytes": statement.max_bytes,
        "maxLength": MAX_VALUE, "seconds": seconds,
    })  # fmt: skip
    if len(asked) + len(VARIABLE) > MAX_ENV_BYTES:
        raise Refused("too_large", "The statement and its params are too large for an SQLite file.")
    outcome = await given.shell.run(
        f"exec python3 -I -S -c {quote(script())}",
        workspace=given.workspace,
        limits=replace(given.limits, wall_s=seconds + START_S, output_bytes=statement.max_bytes + ROOM),
        env={VARIABLE: asked},
    )
    return await asyncio.to_thread(_answer, outcome, statement)  # rows by the hundred thousand


def _parsed(outcome: Outcome) -> Mapping[str, Any]:
    if outcome.killed:
        refused = KILLED.get(outcome.killed, ("database_error", "The statement was ended."))
        raise Refused(*refused, in_doubt=True)
    if outcome.exit_code in NO_PYTHON:
        raise Refused("actuator_unavailable", "The sandbox has no python3.")
    try:
        found = json.loads(outcome.stdout)
        if isinstance(found, dict):
            return found
    except (ValueError, RecursionError):
        pass
    words = outcome.stderr.strip().splitlines()
    said = f"The statement could not be run: {words[-1] if words else 'no answer'}"[:2000]
    raise Refused("database_error", said, in_doubt=True)


def _answer(outcome: Outcome, statement: Statement) -> str:
    """What came out of the sandbox is the customer's: it is counted again, and no shape of it is believed."""
    found = _parsed(outcome)
    if "answer" not in found:
        in_doubt = found.get("began") is not False  # SQLite took it and began, or nobody said otherwise
        if found.get("late"):
            raise Refused(*KILLED["timeout"], in_doubt=in_doubt)
        raise Refused("database_error", str(found.get("error"))[:2000], in_doubt=in_doubt)
    answer = Answer(statement)
    try:
        told = found["answer"]
        for row in told["rows"]:
            answer.add(row)
        answer.columns = [{"name": str(column["name"]), "type": str(column["type"])} for column in told["columns"]]
        answer.told(int(told["rowCount"]), truncated=bool(told["truncated"]))
    except (LookupError, TypeError, ValueError, RecursionError) as error:
        raise Refused("database_error", "The statement could not be run.", in_doubt=True) from error
    return json.dumps(answer.data(), ensure_ascii=False)
