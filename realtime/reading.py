"""What is read for followers: pages of events, where a stream stands, whether a goal exists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from events.queries import seek
from realtime.database import Asker
from realtime.wire import Filter, Wire, wire

PAGE = 500  # events looked at in one read
PAGE_BYTES = 1 << 20  # of data in one read, and the event that goes beyond

# The ids of the events of account $1, and of the installation's, behind $2: two index look-ups, merged in order.
_SOURCES = " UNION ALL ".join(
    f"(SELECT id FROM events_event WHERE {whose} AND id > $2 ORDER BY id LIMIT $3)"  # noqa: S608
    for whose in ("account_id = $1", "account_id IS NULL")
)
# Those of them that a filter lets through, one by one until they are $7 bytes: what comes after is not even unpacked.
# The last row says where that ends, and whether it was all.
FOLLOWING = f"""
    WITH RECURSIVE looked AS MATERIALIZED (
        SELECT coalesce(array_agg(id ORDER BY id), '{{}}') AS ids
        FROM (SELECT id FROM ({_SOURCES}) told ORDER BY id LIMIT $3) first),
    walk(at, size, id, type, goal, created_at, text) AS (
        SELECT 0, 0, $2::bigint, NULL, NULL, NULL::timestamptz, NULL
        UNION ALL
        SELECT walk.at + 1, walk.size + coalesce(octet_length(next.text), 0), next.*
        FROM looked, walk, LATERAL (
            SELECT id, type::text, coalesce(data->>'goal', ''), created_at,
                CASE WHEN ($4 = '' OR data->>'goal' = $4) AND (
                    cardinality($5::text[]) + cardinality($6::text[]) = 0 OR type = ANY($5)
                    OR EXISTS (SELECT FROM unnest($6) prefix WHERE starts_with(type, prefix))) THEN data::text END
            FROM events_event WHERE id = looked.ids[walk.at + 1] OFFSET 0) next(id, type, goal, created_at, text)
        WHERE walk.size < $7)
    SELECT id, type, goal, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), text
    FROM walk WHERE text IS NOT NULL
    UNION ALL
    SELECT max(id), NULL, CASE WHEN max(at) = cardinality(ids) AND max(at) < $3 THEN 'all' END, NULL, NULL
    FROM walk, looked GROUP BY ids"""  # noqa: S608 - texts of ours
NEWEST = """
    SELECT greatest(0, (SELECT max(id) FROM events_event WHERE account_id = $1),
        (SELECT max(id) FROM events_event WHERE account_id IS NULL))"""
BEFORE = f"WITH RECURSIVE {seek('$2')} SELECT max(low) FROM seek"  # noqa: S608
TOLERANCE = timedelta(minutes=1)  # two transactions of an account can tell in another order than their clocks say
GOAL = "SELECT FROM goals_goal WHERE account_id = $1 AND id = $2"


@dataclass(frozen=True)
class Page:
    """Events in order, the id that was looked at last, and whether that was all there is."""

    events: list[Wire]
    position: int
    is_last: bool


def following_params(account_id: str, after: int, filter: Filter) -> tuple[Any, ...]:
    """The values of FOLLOWING."""
    return account_id, after, PAGE, filter.goal, filter.exact, filter.prefixes, PAGE_BYTES


def page_of(rows: list[Any]) -> Page:
    """The page that the rows of FOLLOWING are."""
    end = next(row for row in rows if row[1] is None)
    events = sorted((wire(*row) for row in rows if row[1] is not None), key=lambda event: event.id)
    return Page(events, end[0], end[2] == "all")


async def following(asker: Asker, account_id: str, after: int, filter: Filter) -> Page:
    """What an account can read behind the event `after`: PAGE events looked at, or PAGE_BYTES of them."""
    return page_of(await asker.ask(account_id, FOLLOWING, *following_params(account_id, after, filter)))


async def newest(asker: Asker, account_id: str) -> int:
    """The id of the last event that an account can read; 0 when there is none."""
    return int((await asker.ask(account_id, NEWEST, account_id))[0][0])


async def before(asker: Asker, account_id: str, moment: datetime) -> int:
    """An event of the account behind which everything stands that happened since `moment`."""
    return int((await asker.ask(account_id, BEFORE, account_id, moment - TOLERANCE))[0][0])


async def goal_exists(asker: Asker, account_id: str, goal: str) -> bool:
    """Whether the account has this goal."""
    return bool(await asker.ask(account_id, GOAL, account_id, goal))
