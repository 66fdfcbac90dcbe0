"""Recall: by exact key, and by prefix, tags, importance and crystallization, best first.

What recall costs must not depend on how much the account remembers. So it reads some rows of each index that applies.
Where an index has no more than these, they hold all that matches; and where enough of the best-ranked rows match,
nothing better can come after them. Else more are read. docs/explanation/memory.md says when that is.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from operator import itemgetter
from uuid import UUID

from django.conf import settings
from django.db.models import Min, Q
from django.utils import timezone

from executor_one.kit import tenancy
from executor_one.kit.batch import Batch, columns, load
from executor_one.kit.errors import DomainError, Unavailable
from executor_one.kit.snapshot import numbered_through
from memory import gate, sealing, values
from memory.models import Memory
from memory.ranking import LAMBDA, LEAST, after

logger = logging.getLogger(__name__)

ROUNDS = (500, 4_000, 32_000)  # rows that are read of each source, until one of them answers
QUICKLY = ROUNDS[:1]  # for who counts queries: all are read where the first rows do not answer
ALL = 2_000_000_000
MOST_SOURCES = 6  # that are asked in later rounds
MAX_OFFSET = 10_000
STALE_AFTER = timedelta(days=90)
CANDIDATES = 50  # that the write gate compares with
PAST_EVERY_KEY = "\U0010ffff" * 257

BEST_FIRST = "rank DESC, memory_id DESC"
# The indexes of MemoryTag under one tag: what each can be asked for, and the order in which it has its rows. Each has
# a twin that holds the crystallized ones only. What opens them is always true (models.MemoryTag).
SOURCES = {
    "rank": ("true", BEST_FIRST),
    "importance": ("importance >= $6", "importance DESC"),
    "key": ("key >= $4 AND key < $5", "key"),
}
OPENS = {"rank": "rank >= -1e300", "importance": "importance >= 0", "key": "key >= ''"}
OPENS_CRYSTALLIZED = {"rank": "rank <= 1e300", "importance": "importance <= 1", "key": "key <> ''"}
# A bitmap scan would read all that an index holds before it sorts it: one more choice that a small table tempts to.
BITMAPS = "SELECT set_config('enable_bitmapscan', $1, true)"
LIVE = "(expires_at IS NULL OR expires_at > $3)"
MATCHES = f"{LIVE} AND key >= $4 AND key < $5 AND importance >= $6 AND (crystallized OR NOT $7)"
# By one_row_a_tag and, as it names no account, by no other index; row-level security sees to the account.
OTHER_TAGS = """AND cardinality($11::varchar[]) = (
        SELECT count(*) FROM memory_memorytag other
        WHERE other.memory_id = seen.memory_id AND other.tag = ANY($11::varchar[]))"""
READ = f"""
    WITH read AS (
        UPDATE memory_memory AS memory SET access_count = access_count + 1, accessed_at = $3::timestamptz,
            rank = greatest(rank, ln(greatest(importance, {LEAST})) + {LAMBDA!r} * extract(epoch FROM $3)::float8)
        WHERE account_id = $1 AND key = $2 AND {LIVE} RETURNING {columns(Memory, "memory")}
    ), lifted AS (
        UPDATE memory_memorytag AS tag SET rank = read.rank FROM read WHERE tag.memory_id = read.id
    ) SELECT * FROM read"""  # noqa: S608 - names and numbers of ours
SEE = f"""
    SELECT {columns(Memory, "memory")} FROM memory_memory memory
    WHERE account_id = $1 AND key = $2 AND {LIVE}"""  # noqa: S608 - names of ours
# By id alone, which leaves the planner one index: row-level security sees to the account.
ROWS = f"""SELECT {columns(Memory, "memory")} FROM memory_memory memory WHERE memory.id = ANY($1)"""  # noqa: S608


def _look(source: str, crystallized: bool, many_tags: bool) -> str:
    """Read some rows of one source: how many they are, how many of them match, and the ids of one page of those.

    $8 to $10: limit and offset of the page, and how many rows to read.
    """
    condition, order = SOURCES[source]
    opens = f"{OPENS_CRYSTALLIZED[source]} AND crystallized" if crystallized else OPENS[source]
    # Of an index that holds more, only the best-ranked rows can tell something: the others are not even compared.
    telling = "true" if source == "rank" else "(SELECT count(*) FROM seen) < $10"
    return f"""
        WITH seen AS MATERIALIZED (
            SELECT memory_id, rank, key, importance, crystallized, expires_at FROM memory_memorytag
            WHERE account_id = $1 AND tag = $2 AND {opens} AND {condition} ORDER BY {order} LIMIT $10)
        SELECT (SELECT count(*) FROM seen), count(*),
            (array_agg(memory_id ORDER BY {BEST_FIRST}))[$9::int + 1:$9::int + $8::int]
        FROM seen WHERE {telling} AND {MATCHES} {OTHER_TAGS if many_tags else ""}"""  # noqa: S608


LOOK = {
    (source, crystallized, many): _look(source, crystallized, many)
    for source in SOURCES
    for crystallized in (False, True)
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
        """The indexes that can be asked; the last one most likely holds least."""
        applies = {"rank": True, "importance": self.min_importance > 0, "key": bool(self.prefix)}
        return [source for source, does in applies.items() if does]


@dataclass(frozen=True)
class Recalled:
    """One page, best first. `total` counts what matches, or when not `exact` what is known to match at least."""

    memories: list[Memory]
    total: int
    exact: bool


def read(key: str, *, counts: bool = True) -> Memory | None:
    """The live memory under a key of the active account. It counts as an access and lifts its rank (E19).

    `counts` False: for staff who look as a customer; they leave no trace in what they see.
    """
    batch = Batch()
    batch.sql(READ if counts else SEE, tenancy.active_account_id(), key, timezone.now())
    (found,) = batch.run()
    return load(Memory, found[0]) if found else None


def recall(wanted: Wanted, rounds: Sequence[int] = ROUNDS) -> Recalled:
    """Memories of the active account by relevance (E18). Recalling in a list is no access.

    A query for each of `rounds` that it takes, and one for all where none of them answers, and three around them.
    """
    batch = Batch()
    batch.sql(BITMAPS, "off")
    ids, total, exact = _answer(batch, wanted, rounds)
    batch.sql(BITMAPS, "on")
    return Recalled(rows_of(ids, batch), total, exact)


def _answer(batch: Batch, wanted: Wanted, rounds: Sequence[int]) -> tuple[list[UUID], int, bool]:
    """The ids of the page, how many match, and whether that is exact."""
    now = timezone.now()
    asked = [(tag, source) for tag in wanted.tags or ("",) for source in wanted.sources]
    for most in rounds:
        if most > wanted.limit + wanted.offset:
            if found := _first_answer(batch, wanted, asked, most, now):
                return found
            asked = asked[:MOST_SOURCES]
    found = _first_answer(batch, wanted, asked[-1:], ALL, now)
    assert found
    return found


def _first_answer(
    batch: Batch, wanted: Wanted, asked: list[tuple[str, str]], most: int, now: datetime
) -> tuple[list[UUID], int, bool] | None:
    """What `most` rows of one of these sources tell, if they tell all that is wanted."""
    many = len(wanted.tags) > 1
    statements = tuple(LOOK[source, wanted.crystallized_only, many] for _, source in asked)
    values = [
        (
            tenancy.active_account_id(), tag, now, wanted.prefix, after(wanted.prefix) or PAST_EVERY_KEY,
            wanted.min_importance, wanted.crystallized_only, wanted.limit, wanted.offset, most,
            *([list(wanted.tags)] if many else []),
        ) for tag, _ in asked
    ]  # fmt: skip
    batch.sql(_looks(statements), *(value for each in values for value in each))
    for at, rows, matching, ids in sorted(batch.run()[-1], key=itemgetter(0)):
        complete = rows < most
        if complete or (asked[at][1] == "rank" and matching > wanted.limit + wanted.offset):
            return ids or [], matching, complete
    return None


@cache
def _looks(statements: tuple[str, ...]) -> str:
    """Several of LOOK as one, each answer with its place."""
    whole = enumerate(numbered_through(statements))
    return " UNION ALL ".join(f"SELECT {at} AS at, look.* FROM ({one}) look" for at, one in whole)  # noqa: S608


def rows_of(ids: list[UUID], batch: Batch | None = None) -> list[Memory]:
    """Memories in the order of their ids; one that is gone by now is left out. What waits in `batch` goes along."""
    batch = batch or Batch()
    batch.sql(ROWS, ids)
    found = {memory.pk: memory for memory in (load(Memory, row) for row in batch.run()[-1])}
    return [found[one] for one in ids if one in found]


# Every memory of the account is looked at: an audit is asked for seldom, and says what is so. A `fact` is what the gate
# compares: the gist, or of a long value the digest. A short value without gist says nothing without its key.
AUDIT = f"""
    SELECT count(*) FILTER (WHERE live),
        count(fact) FILTER (WHERE live) - count(DISTINCT fact) FILTER (WHERE live),
        count(*) FILTER (WHERE live AND NOT crystallized AND greatest(written_at, accessed_at) < $2),
        count(*) FILTER (WHERE live AND access_count = 0),
        count(*) FILTER (WHERE NOT live),
        count(*) FILTER (WHERE live AND crystallized),
        count(*) FILTER (WHERE live AND sealed IS NOT NULL),
        count(*) FILTER (WHERE live AND learned_from IS NOT NULL)
    FROM (
        SELECT *, {LIVE} AS live, coalesce(
            nullif(gist, ''), CASE WHEN length(value) > {gate.MOST_TEXT} THEN value_digest END) AS fact
        FROM memory_memory WHERE account_id = $1) memory"""  # noqa: S608


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


def known_already(key: str, text: str, tags: list[str]) -> tuple[Memory, gate.Match] | None:
    """The live memory that says what this JSON text says; not the one with this very key.

    The key is a part of the fact, so only keys of one stem are compared (gate.stem). A key without separator says
    nothing about what it is about: there a restatement needs the same tags too. Secrets are not compared.
    """
    value = values.decode(text)
    if not gate.is_a_fact(value):
        return None
    stem = gate.stem(key)
    in_a_space = gate.is_in_a_space(stem)
    near = Q(key__gte=stem) & ~Q(key=key)
    if end := after(stem):
        near &= Q(key__lt=end)
    same = [("exact", Q(value_digest=values.digest(text)))]
    if len(text) <= gate.MOST_TEXT:
        same.append(("near", Q(gist=gate.gist(value))))
    for kind, condition in same:
        for memory in Memory.objects.filter(condition, near, _live()).order_by("pk")[:CANDIDATES]:
            about = kind == "exact" or in_a_space or (tags and set(tags) == set(memory.tags))
            if gate.stem(memory.key) == stem and about:
                return memory, gate.Match(kind)
    return None


def _live() -> Q:
    return Q(expires_at=None) | Q(expires_at__gt=timezone.now())


def live_memories(most: int | None = None) -> int:
    """How many memories of the active account are not expired; with `most`, that and above count as that."""
    live = Memory.objects.filter(_live())
    return live.order_by("key")[:most].count() if most is not None else live.count()


def older_memories(memory: Memory, most: int) -> int:
    """How many live memories of the active account were made before this one; `most` and above count as that."""
    before = Q(created_at__lt=memory.created_at) | Q(created_at=memory.created_at, pk__lt=memory.pk)
    return Memory.objects.filter(_live(), before)[:most].count()


def accounts_with_expired(now: datetime, most: int = 1_000) -> list[str]:
    """Accounts that hold what expired first; for all_accounts() only."""
    held = Memory.objects.filter(crystallized=False, expires_at__lte=now).values("account_id")
    first = held.annotate(first=Min("expires_at")).order_by("first")
    return list(first.values_list("account_id", flat=True)[:most])
