"""Recall: by exact key, and by prefix, tags, importance and crystallization, best first.

What recall costs must not depend on how much the account remembers. So it asks each index that applies whether it holds
FEW rows at most. Where one does, those are read and sorted; else the best-ranked rows are walked, WINDOW of them at
most, until enough of them match. Only where neither ends it are all rows of one index read: see
docs/explanation/memory.md for when that is.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from executor_one.kit import tenancy
from executor_one.kit.batch import Batch, columns, load
from executor_one.kit.errors import DomainError, Unavailable
from memory import sealing
from memory.models import Memory
from memory.ranking import LAMBDA, LEAST, after

logger = logging.getLogger(__name__)

FEW = 1_000
WINDOW = 20_000
MAX_OFFSET = 10_000
STALE_AFTER = timedelta(days=90)
PAST_EVERY_KEY = "\U0010ffff" * 257

BEST_FIRST = "rank DESC, memory_id DESC"
# An index of MemoryTag under one tag: what it can be asked for, and the order in which it has its rows.
SOURCES = {
    "tag": ("true", BEST_FIRST),
    "crystallized": ("crystallized", BEST_FIRST),
    "importance": ("importance >= {least}", "importance DESC"),
    "key": ("key >= {low} AND key < {high}", "key"),
}
LIVE = "(expires_at IS NULL OR expires_at > $3)"
MATCHES = f"{LIVE} AND key >= $4 AND key < $5 AND importance >= $6 AND (crystallized OR NOT $7)"
OTHER_TAGS = """AND EXISTS (
        SELECT FROM memory_memory memory WHERE memory.id = memory_id AND memory.tags @> $10::varchar[])"""
READ = f"""
    WITH read AS (
        UPDATE memory_memory AS memory SET access_count = access_count + 1, accessed_at = $3::timestamptz,
            rank = greatest(rank, ln(greatest(importance, {LEAST})) + {LAMBDA!r} * extract(epoch FROM $3)::float8)
        WHERE account_id = $1 AND key = $2 AND {LIVE} RETURNING {columns(Memory, "memory")}
    ), lifted AS (
        UPDATE memory_memorytag AS tag SET rank = read.rank FROM read
        WHERE tag.account_id = $1 AND tag.memory_id = read.id
    ) SELECT * FROM read"""  # noqa: S608 - names and numbers of ours
ROWS = f"""
    SELECT {columns(Memory, "memory")} FROM memory_memory memory
    WHERE memory.account_id = $1 AND memory.id = ANY($2)"""  # noqa: S608


def _under_tag(source: str, low: str = "$4", high: str = "$5", least: str = "$6") -> str:
    """The rows of one source as it has them, without a limit."""
    condition, order = SOURCES[source]
    return f"""
        SELECT memory_id, rank, key, importance, crystallized, expires_at FROM memory_memorytag
        WHERE account_id = $1 AND tag = $2 AND {condition.format(low=low, high=high, least=least)}
        ORDER BY {order}"""  # noqa: S608


def _count(source: str) -> str:
    """How many rows a source has, and how many of them are live; no more than one over FEW are looked at."""
    rows = _under_tag(source, least="$4")
    return f"SELECT count(*), count(*) FILTER (WHERE {LIVE}) FROM ({rows} LIMIT {FEW + 1}) few"  # noqa: S608


def _read_all(source: str, more: str) -> str:
    """How many rows of a source match, and the ids of one page of them."""
    return f"""
        WITH few AS MATERIALIZED ({_under_tag(source)})
        SELECT count(*), (array_agg(memory_id ORDER BY {BEST_FIRST}))[$9::int + 1:$9::int + $8::int]
        FROM few WHERE {MATCHES} {more}"""  # noqa: S608


def _walk(source: str, more: str) -> str:
    """The ids of one page, and of one memory more, if they are among the best-ranked rows."""
    return f"""
        SELECT memory_id FROM ({_under_tag(source)} LIMIT {WINDOW}) best
        WHERE {MATCHES} {more} ORDER BY {BEST_FIRST} LIMIT $8::int + 1 OFFSET $9::int"""  # noqa: S608


COUNT = {source: _count(source) for source in SOURCES}
READ_ALL = {
    (source, many): _read_all(source, OTHER_TAGS if many else "") for source in SOURCES for many in (False, True)
}
WALK = {
    (source, many): _walk(source, OTHER_TAGS if many else "")
    for source in ("tag", "crystallized")
    for many in (False, True)
}


@dataclass(frozen=True)
class Wanted:
    """What to recall; every condition must hold."""

    prefix: str = ""
    tags: tuple[str, ...] = ()
    crystallized_only: bool = False
    min_importance: float = 0.0
    limit: int = 20
    offset: int = 0

    @property
    def restricts(self) -> bool:
        """Whether it asks for anything but a prefix."""
        return bool(self.tags) or self.min_importance > 0 or self.crystallized_only

    @property
    def sources(self) -> list[str]:
        """The indexes that apply, from the one that most likely holds least."""
        applies = {
            "key": bool(self.prefix),
            "importance": self.min_importance > 0,
            "crystallized": self.crystallized_only,
        }
        return [source for source, does in applies.items() if does] or ["tag"]

    @property
    def keys(self) -> tuple[str, str]:
        """The first key that is wanted, and the first one after them all."""
        return self.prefix, after(self.prefix) or PAST_EVERY_KEY


@dataclass(frozen=True)
class Recalled:
    """One page, best first. `total` counts what matches, or when not `exact` what is known to match at least."""

    memories: list[Memory]
    total: int
    exact: bool


def read(key: str) -> Memory | None:
    """The live memory under a key of the active account. It counts as an access and lifts its rank (E19)."""
    batch = Batch()
    batch.sql(READ, tenancy.active_account_id(), key, timezone.now())
    (found,) = batch.run()
    return load(Memory, found[0]) if found else None


def recall(wanted: Wanted) -> Recalled:
    """Memories of the active account by relevance (E18). Recalling in a list is no access."""
    now = timezone.now()
    tag, source, rows, live = _narrowest(wanted, now)
    many = len(wanted.tags) > 1
    if rows > FEW:
        found = _page(
            WALK["crystallized" if wanted.crystallized_only else "tag", len(wanted.tags) > 1], tag, wanted, now
        )
        ids = [row[0] for row in found]
        if len(ids) > wanted.limit:
            return Recalled(rows_of(ids[: wanted.limit]), max(live - 1, wanted.offset + len(ids)), exact=False)
    total, some = _page(READ_ALL[source, many], tag, wanted, now)[0]
    return Recalled(rows_of(some or []), total, exact=True)


def _narrowest(wanted: Wanted, now: datetime) -> tuple[str, str, int, int]:
    """The tag and the source with the fewest rows, how many (FEW + 1: or more), and how many are known to match."""
    asked = [(tag, source) for tag in wanted.tags or ("",) for source in wanted.sources]
    batch = Batch()
    for tag, source in asked:
        conditions = {"key": wanted.keys, "importance": (wanted.min_importance,)}.get(source, ())
        batch.sql(COUNT[source], tenancy.active_account_id(), tag, now, *conditions)
    counted = [(rows[0][0], rows[0][1]) for rows in batch.run()]
    at = min(range(len(asked)), key=lambda at: counted[at][0])
    return *asked[at], counted[at][0], counted[at][1] if len(asked) == 1 else 0


def _page(statement: str, tag: str, wanted: Wanted, now: datetime) -> list[Sequence[Any]]:
    more = [list(wanted.tags)] if len(wanted.tags) > 1 else []
    batch = Batch()
    batch.sql(
        statement, tenancy.active_account_id(), tag, now, *wanted.keys, wanted.min_importance, wanted.crystallized_only,
        wanted.limit, wanted.offset, *more,
    )  # fmt: skip
    return batch.run()[0]


def rows_of(ids: list[UUID]) -> list[Memory]:
    """Memories in the order of their ids; one that is gone by now is left out."""
    if not ids:
        return []
    batch = Batch()
    batch.sql(ROWS, tenancy.active_account_id(), ids)
    found = {memory.pk: memory for memory in (load(Memory, row) for row in batch.run()[0])}
    return [found[one] for one in ids if one in found]


# Every memory of the account is looked at: an audit is asked for seldom, and says what is so.
AUDIT = f"""
    SELECT count(*) FILTER (WHERE live),
        count(*) FILTER (WHERE live AND value_digest <> '')
            - count(DISTINCT value_digest) FILTER (WHERE live AND value_digest <> ''),
        count(*) FILTER (WHERE live AND NOT crystallized AND greatest(written_at, accessed_at) < $2),
        count(*) FILTER (WHERE live AND access_count = 0),
        count(*) FILTER (WHERE NOT live),
        count(*) FILTER (WHERE live AND crystallized),
        count(*) FILTER (WHERE live AND sealed IS NOT NULL),
        count(*) FILTER (WHERE live AND learned_from IS NOT NULL)
    FROM (SELECT *, {LIVE} AS live FROM memory_memory WHERE account_id = $1) memory"""  # noqa: S608


def audit() -> dict[str, int]:
    """Counts over the memories of the active account, as MemoryAudit declares them."""
    now = timezone.now()
    batch = Batch()
    batch.sql(AUDIT, tenancy.active_account_id(), now - STALE_AFTER, now)
    names = ("total", "duplicates", "stale", "never_read", "expired", "crystallized", "sealed", "learned")
    return dict(zip(names, batch.run()[0][0], strict=True))


class Damaged(DomainError):
    """A sealed value is not what was sealed."""

    status = 500


def value_of(memory: Memory) -> str:
    """The JSON text of a memory's value, opened if it is sealed; Unavailable or Damaged when it cannot be."""
    if memory.sealed is None:
        return memory.value
    account, masters = memory.account_id, settings.MEMORY_KEYS
    try:
        return sealing.unseal(bytes(memory.sealed), account=account, key=memory.key, masters=masters)
    except sealing.UnknownKey:
        logger.error("memory %s is sealed with a key that is not among MEMORY_KEYS", memory.pk)
        raise Unavailable("This value is sealed with a key that this installation does not have now.") from None
    except sealing.Damaged:
        logger.error("memory %s: its sealed value was changed or moved", memory.pk)
        raise Damaged("This sealed value was changed or moved outside the API, so it is not shown.") from None


def live_memories(most: int) -> int:
    """How many memories of the active account are not expired; `most` and above count as `most`."""
    live = Memory.objects.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()))
    return live.order_by("key")[:most].count()
