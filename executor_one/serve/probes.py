"""How the supervisor tells that a living process does its work. Every probe: None, or a reason."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import Any, LiteralString
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import psycopg

PULSE = "SELECT tick_count, pulsed_at FROM goals_pulse WHERE id = 1"
# the runner that this host started last
RUNNER = "SELECT id, seen_at FROM runners_runner WHERE host = %s ORDER BY started_at DESC LIMIT 1"
# and the courier
COURIER = "SELECT id, seen_at FROM webhooks_courier WHERE host = %s ORDER BY started_at DESC LIMIT 1"
HTTP_SECONDS = 5.0  # what web may take for one answer

# never through a proxy of the environment: we ask ourselves
_opener = build_opener(ProxyHandler({}))


def health(url: str) -> dict[str, Any]:
    """The body of GET /api/health; {} when the answer is not ours. Raises OSError without one."""
    try:
        with _opener.open(Request(f"{url}/api/health"), timeout=HTTP_SECONDS) as answer:  # noqa: S310
            body = json.loads(answer.read())
    except HTTPError as error:
        body = _json(error.read())
    except ValueError:
        body = {}
    return body if isinstance(body, dict) else {}


def web_answers(url: str) -> Callable[[], str | None]:
    """Ill when GET /api/health gets no answer at all; an unhealthy answer is an answer."""

    def probe() -> str | None:
        try:
            health(url)
        except OSError as error:
            return f"it does not answer ({error})"
        return None

    return probe


def row_moves(
    url: str, query: LiteralString, seconds: float, what: str, parameters: Sequence[str] = ()
) -> Callable[[], str | None]:
    """Ill when the row that `query` gives has been the same for longer than `seconds`.

    Compares by change, not by age: clocks of two hosts differ and laptops sleep. A database that
    does not answer, or has no such table yet, raises, which says nothing.
    """
    connection: psycopg.Connection[tuple[object, ...]] | None = None
    last: object = None
    moved = time.monotonic()

    def probe() -> str | None:
        nonlocal connection, last, moved
        try:
            if connection is None or connection.closed:
                connection = psycopg.connect(url, autocommit=True, connect_timeout=5)
            row = connection.execute(query, parameters).fetchone()
        except psycopg.Error:
            moved = time.monotonic()
            raise
        if row != last:
            last, moved = row, time.monotonic()
        silent = time.monotonic() - moved
        return f"{what} has not moved for {silent:.0f} s" if silent > seconds else None

    return probe


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return {}
