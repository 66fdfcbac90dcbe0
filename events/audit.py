"""The audit log: pages of one chain, narrowed by index look-ups.

A page looks at LOOKED events at most. Each filter that has an index picks where to look, the others are held against
what is found there; where little fits, a page may be short or empty and its `position` goes on from where it ended.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from events.queries import IN_ORDER
from executor_one.kit.batch import Batch

LOOKED = 5000  # events that one page looks at, at most
MOST_OF_A_RECEIPT = 100  # events of one receipt that are shown at once
TOLERANCE = timedelta(minutes=1)  # two transactions of an account can tell in another order than their clocks say
TIME = """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""

# Where to look, by the filter that leaves least: the first of these that is asked for.
DRIVING = {
    "receipt": "receipt = $6",
    "goal": "goal = $7 AND goal <> ''",
    "actor": "actor = $8 AND actor <> 'executor'",
}
FITS = """($5::text[] IS NULL OR type = ANY($5)) AND ($6::text IS NULL OR receipt = $6)
    AND ($7::text IS NULL OR goal = $7) AND ($8::text IS NULL OR actor = $8)
    AND ($9::timestamptz IS NULL OR created_at >= $9) AND ($10::timestamptz IS NULL OR created_at < $10)"""


@dataclass(frozen=True)
class Wanted:
    """What is asked for; None: whatever it is. `account` None: the installation's chain. Times: since <= t < until."""

    account: str | None
    types: tuple[str, ...] | None = None
    receipt: str | None = None
    goal: str | None = None
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    after: int = 0  # seqs greater than this
    before: int = 2**62  # and smaller than this
    oldest_first: bool = False

    @property
    def driving(self) -> str:
        """The name of the filter that says where to look; empty: the chain itself."""
        if self.receipt is not None:
            return "receipt"
        if self.goal is not None:
            return "goal"
        if self.actor is not None and self.actor != "executor":
            return "actor"
        return "types" if self.types is not None else ""

    @property
    def is_narrowed(self) -> bool:
        """Whether anything may be left out of what is looked at."""
        asked = sum(
            one is not None for one in (self.types, self.receipt, self.goal, self.actor, self.since, self.until)
        )
        return asked > bool(self.driving)


@dataclass
class Page:
    """Events or heads in the order asked for, and the seq behind which the next page begins; None: that was all."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    position: int | None = None


def _whose(wanted: Wanted) -> str:
    return "account_id = $1" if wanted.account is not None else "account_id IS NULL AND $1::text IS NULL"


@cache
def _page(whose: str, driving: str, order: str) -> str:
    """The events of a chain that fit, up to $4 of $11 looked at, with how far was looked."""
    within = f"FROM events_event WHERE {whose} AND seq > $2 AND seq < $3"
    limit = f"ORDER BY account_id {order}, seq {order} LIMIT $11"  # null is no value to the planner, but has its place
    if driving == "types":
        each = f"SELECT account_id, id, seq, {FITS} AS fits {within} AND type = kind {limit}"
        looked = f"SELECT each.* FROM unnest($5::text[]) kind, LATERAL ({each}) each {limit}"  # noqa: S608
    else:
        looked = f"SELECT id, seq, {FITS} AS fits {within} AND {DRIVING.get(driving, 'true')} {limit}"
    return f"""
        WITH looked AS MATERIALIZED ({looked}),
        bounds AS (SELECT count(*) AS count, {"min" if order == "DESC" else "max"}(seq) AS last FROM looked),
        chosen AS (SELECT id FROM looked WHERE fits ORDER BY seq {order} LIMIT $4)
        SELECT bounds.count, bounds.last, told.id, told.seq, told.account_id, told.type, told.actor, told.receipt,
            {TIME.format("told.created_at")}, told.data::text, told.hash,
            (SELECT hash FROM events_event before WHERE {whose.replace("account_id", "before.account_id")}
                AND before.seq = told.seq - 1)
        FROM bounds LEFT JOIN (chosen JOIN events_event told ON told.id = chosen.id) ON true
        ORDER BY told.seq {order}"""  # noqa: S608 - texts of ours


@cache
def _seek(whose: str) -> str:
    """The seq of an event older than $2 behind which all stands that is not: a binary search, for seqs have no gaps."""
    return f"""
        WITH RECURSIVE seek(low, high) AS (
            SELECT 0::bigint, coalesce((SELECT seq FROM events_event
                WHERE {whose} ORDER BY account_id DESC, seq DESC LIMIT 1), 0)
            UNION ALL
            SELECT CASE WHEN next.created_at < $2 THEN next.seq ELSE low END,
                CASE WHEN next.created_at < $2 THEN high ELSE next.seq - 1 END
            FROM seek, LATERAL (SELECT seq, created_at FROM events_event
                WHERE {whose} AND seq = (low + high + 1) / 2 LIMIT 1) next
            WHERE low < high)
        SELECT max(low) FROM seek"""  # noqa: S608


def page(wanted: Wanted, limit: int) -> Page:
    """The events that are wanted, `limit` at most: id, seq, type, actor, receipt, createdAt, data, hash, prevHash."""
    after, before = _between(wanted)
    looked = LOOKED if wanted.is_narrowed else limit + 1
    batch = Batch()
    batch.sql(IN_ORDER)
    batch.sql(
        _page(_whose(wanted), wanted.driving, "ASC" if wanted.oldest_first else "DESC"),
        wanted.account, after, before, limit + 1, list(wanted.types) if wanted.types is not None else None,
        wanted.receipt, wanted.goal, wanted.actor, wanted.since, wanted.until, looked,
    )  # fmt: skip
    rows = batch.run()[1]
    shown = [row for row in rows if row[2] is not None]
    count, last = rows[0][:2]
    position = last if count == looked else None
    if len(shown) > limit:
        position = shown[limit - 1][3]
    return Page([_shown(row) for row in shown[:limit]], position)


def _between(wanted: Wanted) -> tuple[int, int]:
    """The seqs between which all stands that is wanted, exclusive."""
    after, before = wanted.after, wanted.before
    batch = Batch()
    if wanted.since is not None:
        batch.sql(_seek(_whose(wanted)), wanted.account, wanted.since - TOLERANCE)
    if wanted.until is not None:
        batch.sql(_seek(_whose(wanted)), wanted.account, wanted.until + TOLERANCE)
    found = [rows[0][0] for rows in batch.run()]
    if wanted.until is not None:
        before = min(before, found.pop() + 1)
    if found:
        after = max(after, found.pop())
    return after, before


def _shown(row: Sequence[Any]) -> dict[str, Any]:
    _, _, id, seq, account, type, actor, receipt, at, data, hash, before = row
    return {
        "id": str(id),
        "seq": seq,
        "account": account,
        "type": type,
        "actor": actor,
        "receipt": receipt,
        "createdAt": at,
        "data": json.loads(data),
        "hash": hash.hex(),
        "prevHash": before.hex() if before is not None else ("0" * 64 if seq == 1 else None),
    }


@cache
def _heads(whose: str, order: str) -> str:
    return f"""
        SELECT account_id, seq, hash, previous, {TIME.format("signed_at")}, key, signature FROM events_head
        WHERE {whose} AND seq > $2 AND seq < $3 ORDER BY account_id {order}, seq {order} LIMIT $4"""  # noqa: S608


def heads(wanted: Wanted, limit: int) -> Page:
    """The signed heads of a chain: account, seq, hash, previous, signedAt, key, signature."""
    batch = Batch()
    batch.sql(IN_ORDER)
    order = "ASC" if wanted.oldest_first else "DESC"
    batch.sql(_heads(_whose(wanted), order), wanted.account, wanted.after, wanted.before, limit + 1)
    rows = batch.run()[1]
    names = ("account", "seq", "hash", "previous", "signedAt", "key", "signature")
    shown = [dict(zip(names, row, strict=True)) for row in rows[:limit]]
    for head in shown:
        head |= {"hash": head["hash"].hex(), "signature": head["signature"].hex()}
    return Page(shown, shown[-1]["seq"] if len(rows) > limit else None)


def receipt(account: str, name: str) -> Page:
    """What the request or job with this receipt did to an account, in order; no event: nothing of it is known here."""
    return page(Wanted(account, receipt=name, oldest_first=True), MOST_OF_A_RECEIPT)
