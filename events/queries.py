"""Reading the stream of an account: its own events and those of the installation, in the order of their ids."""

from __future__ import annotations

import json
from typing import Any

from executor_one.kit.batch import Batch

FIELDS = ("id", "account_id", "type", "data", "actor", "receipt", "created_at")

# Before a statement that walks a chain by the index of (account, seq), for the rest of the transaction: of a table that
# was not analyzed yet Postgres thinks that to sort what it has is cheaper, and would read all of an account.
IN_ORDER = "SELECT set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true)"


def _half(condition: str, after: str, limit: str, fields: str) -> str:
    return f"(SELECT {fields} FROM events_event WHERE {condition} AND id > {after} ORDER BY id LIMIT {limit})"  # noqa: S608


def _following(account: str, after: str, limit: str, fields: str = ", ".join(FIELDS)) -> str:
    """Two index look-ups, each in the order of the ids, merged: an OR would read one index and filter."""
    halves = [
        _half(f"account_id = {account}", after, limit, fields),
        _half("account_id IS NULL", after, limit, fields),
    ]
    return f"SELECT * FROM ({' UNION ALL '.join(halves)}) told ORDER BY id LIMIT {limit}"  # noqa: S608


# What an account can read after an event: `$1` the account, `$2` the id of that event, `$3` how many at most. For a
# Batch or a raw cursor of psycopg; row-level security asks for `app.account` as everywhere. FOLLOWING_NAMED is the same
# with %(account)s, %(after)s and %(limit)s.
FOLLOWING = _following("$1", "$2", "$3")
FOLLOWING_NAMED = _following("%(account)s", "%(after)s", "%(limit)s")
# The same of each event no more than what says where it belongs: its id, type and goal ("" for none).
FOLLOWING_HEADS = _following("$1", "$2", "$3", "id, type, coalesce(data->>'goal', '') AS goal")


def seek(moment: str) -> str:
    """A part of WITH RECURSIVE: all of account $1 that is not older than `moment` stands behind max(seek.low).

    A binary search of index look-ups, since ids grow with time. `low` is an older event, or before all; behind `high`
    nothing is older.
    """
    return f"""seek(low, high) AS (
        SELECT coalesce(min(id), 1) - 1, coalesce(max(id), 0) FROM events_event WHERE account_id = $1
        UNION ALL
        SELECT CASE WHEN next.created_at < {moment} THEN next.id ELSE low END,
            CASE WHEN next.created_at < {moment} THEN high ELSE (low + high) / 2 END
        FROM seek, LATERAL (
            SELECT id, created_at FROM events_event
            WHERE account_id = $1 AND id > (low + high) / 2 ORDER BY id LIMIT 1) next
        WHERE low < high)"""  # noqa: S608 - texts of ours


def following(account_id: str, after: int, limit: int = 100) -> list[dict[str, Any]]:
    """What happened to an account, and to the installation, after the event with the id `after`: FIELDS, in order.

    Resuming with the last id read neither loses nor doubles one (events.actions).
    """
    batch = Batch()
    batch.sql(FOLLOWING, account_id, after, limit)
    rows = [dict(zip(FIELDS, row, strict=True)) for row in batch.run()[0]]
    for row in rows:
        row["data"] = json.loads(row["data"])
    return rows
