"""Recall by meaning: a question's prefix, tags, words and meaning each find memories; one list says why it has them.

docs/decisions/0016-recall-by-meaning.md has the measurements behind the statements below.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from heapq import nsmallest
from math import log
from typing import Any
from uuid import UUID

from django.utils import timezone

from executor_one.kit import tenancy
from executor_one.kit.batch import Batch
from executor_one.kit.errors import NotBuilt
from executor_one.kit.queue import enqueue
from executor_one.kit.snapshot import Snapshot
from memory import codes
from memory.meaning import encoder, vectors, words
from memory.meaning.fusion import Found, Hit, fuse
from memory.models import Memory
from memory.queries import OPENS, PAST_EVERY_KEY, Wanted, rows_of
from memory.ranking import after

NEAREST = 300  # by their codes, to be compared by their vectors; what is not among them is not found by its meaning
FEW = 1_000  # memories that fulfil every condition: these alone are looked at
ENOUGH = 100  # of the nearest, that fulfil every condition; where fewer do, only what does is looked at
UNLIKE = 0.1  # a cosine below it says nothing: what has nothing in common has 0.05 on average, here
MOST_WORDS = 16  # of a question
MOST_OF_A_WORD = 300  # memories looked at for one word; one that more have tells little
MOST_BY_WORDS = 100
MOST_BY_NAME = 50  # by prefix, and by tags
MOST = 200  # of all together
LOOKED_THROUGH = 20_000  # of the nearest, where many of them are gone
LARGE = 1_000  # memories; in a larger account the weight of words is reckoned as in one of this size

# Among all memories of an account, memory.codes finds the nearest; these are for some of them. IS TRUE keeps the
# planner from turning a condition into a join, which would look up each code by itself, and from going by the model.
NEAR = f"""
    SELECT found.memory_id::text, found.vector FROM (
        SELECT memory_id FROM memory_memoryvector WHERE %s
        ORDER BY bit_count(code # $3::bit(384)) LIMIT {NEAREST}) near
    JOIN memory_memoryvector found ON found.memory_id = near.memory_id"""  # noqa: S608 - a number of ours
# What has expired and is not collected yet: a few, as a rule. Left in, many could take all the places of the live.
GONE = """(memory_id IN (
        SELECT gone.id FROM memory_memory gone
        WHERE gone.account_id = $1 AND NOT gone.crystallized AND gone.expires_at <= %s)) IS NOT TRUE"""
# It can go by no index but that of the memories, whatever the planner knows yet.
NEAR_OF_THESE = NEAR % "(account_id = $1) IS TRUE AND (model = $2) IS TRUE AND memory_id = ANY($4::uuid[])"
NEAR_OF_MATCHING = (
    NEAR
    % f"""account_id = $1 AND model = $2 AND (memory_id IN (
            SELECT tag.memory_id FROM memory_memorytag tag WHERE tag.account_id = $1 AND tag.tag = $4
                AND tag.{OPENS["importance"]} AND tag.importance >= $5 AND (tag.crystallized OR NOT $6)
                AND (tag.expires_at IS NULL OR tag.expires_at > $8))) IS TRUE
        AND (memory_id IN (
            SELECT tag.memory_id FROM memory_memorytag tag WHERE tag.account_id = $1 AND tag.tag = ANY($7::varchar[])
                AND tag.{OPENS["rank"]}
            GROUP BY tag.memory_id HAVING count(*) = cardinality($7)) OR cardinality($7) = 0) IS TRUE"""  # noqa: S608
)
# The conditions as one row of each wanted tag ("" when there is none) has them; $1 is the account, $2 to $6 are
# the first tag, the others, the least importance, crystallized only, and now.
FULFILLING = f"""
    SELECT array_agg(memory_id::text) FROM (
        SELECT tag.memory_id FROM memory_memorytag tag
        WHERE tag.account_id = $1 AND tag.tag = $2 AND tag.{OPENS["importance"]} AND tag.importance >= $4
            AND (tag.crystallized OR NOT $5) AND (tag.expires_at IS NULL OR tag.expires_at > $6)
            AND (cardinality($3::varchar[]) = 0 OR tag.memory_id IN (
                SELECT other.memory_id FROM memory_memorytag other
                WHERE other.account_id = $1 AND other.tag = ANY($3::varchar[]) AND other.{OPENS["rank"]}
                GROUP BY other.memory_id HAVING count(*) = cardinality($3::varchar[]))) IS TRUE
        LIMIT {FEW + 1}) few"""  # noqa: S608 - names and a number of ours
# Of one memory, by one_row_a_tag: $3 to $6 are the tags, the least importance, crystallized only, and now.
FULFILS = """cardinality($3::varchar[]) = (
        SELECT count(*) FROM memory_memorytag own WHERE own.memory_id = one.memory_id AND own.tag = ANY($3::varchar[])
            AND own.importance >= $4 AND (own.crystallized OR NOT $5)
            AND (own.expires_at IS NULL OR own.expires_at > $6))"""
WORDS = f"""
    SELECT asked.term, found.ids FROM unnest($2::bigint[]) AS asked(term) CROSS JOIN LATERAL (
        SELECT array_agg(memory_id::text) AS ids FROM (
            SELECT memory_id FROM memory_memoryword one WHERE account_id = $1 AND term = asked.term %s
            LIMIT {MOST_OF_A_WORD}) holders) found
    WHERE found.ids IS NOT NULL"""  # noqa: S608 - numbers of ours
WORDS_OF_ALL = WORDS % f"AND {GONE % '$3'}"
WORDS_OF_MATCHING = WORDS % f"AND {FULFILS}"
WORDS_OF_THESE = """
    SELECT term, array_agg(memory_id::text) AS ids FROM memory_memoryword
    WHERE memory_id = ANY($2::uuid[]) AND term = ANY($1::bigint[]) GROUP BY term"""
PREFIX_OF_MATCHING = f"""
    SELECT memory_id::text FROM memory_memorytag one
    WHERE account_id = $1 AND tag = '' AND {OPENS["key"]} AND key >= $2 AND key < $7 AND {FULFILS}
    ORDER BY key LIMIT {MOST_BY_NAME}"""  # noqa: S608
PREFIX_OF_THESE = """
    SELECT memory_id::text FROM memory_memorytag
    WHERE memory_id = ANY($3::uuid[]) AND tag = '' AND key >= $1 AND key < $2 ORDER BY key"""
TAGGED_OF_MATCHING = f"""
    SELECT asked.tag, found.memory_id::text FROM unnest($2::varchar[]) AS asked(tag) CROSS JOIN LATERAL (
        SELECT memory_id, rank FROM memory_memorytag one
        WHERE account_id = $1 AND tag = asked.tag AND {OPENS["rank"]} AND {FULFILS}
        ORDER BY rank DESC, memory_id DESC LIMIT {MOST_BY_NAME}) found
    ORDER BY found.rank DESC"""  # noqa: S608
TAGGED_OF_THESE = """
    SELECT tag, memory_id::text FROM memory_memorytag
    WHERE memory_id = ANY($2::uuid[]) AND tag = ANY($1::varchar[]) ORDER BY rank DESC, memory_id DESC"""
SIZE = f"""
    SELECT count(*) FROM (
        SELECT FROM memory_memoryvector WHERE account_id = $1 AND model <= $2 LIMIT {LARGE}) some_of_them"""  # noqa: S608
WAITING = """
    SELECT EXISTS (SELECT FROM memory_memoryvector WHERE account_id = $1 AND model < $2)
        OR EXISTS (SELECT FROM memory_memoryvector WHERE account_id = $1 AND model > $2)"""


@dataclass(frozen=True)
class Remembered:
    """A memory, and what found it: [{"by": "meaning", "similarity": 0.71}, {"by": "words", "words": [...]}, ...]."""

    memory: Memory
    why: list[dict[str, Any]]


@dataclass(frozen=True)
class Answered:
    """One page, the best first. `total` counts what was found: all that matches, or when not `exact` at least that."""

    page: list[Remembered]
    total: int
    exact: bool


@dataclass(frozen=True)
class Asked:
    """A question as each way of finding needs it."""

    text: str
    model: str
    meaning: Future[vectors.Vector]
    words: list[str]
    tags: list[str]

    @classmethod
    def of(cls, text: str, model: encoder.Encoder) -> Asked:
        """A question that the model reads while the database looks for its words."""
        meaning = model.begin(text)
        stems = words.stems(text, MOST_WORDS)
        return cls(text, model.name, meaning, stems, sorted({*text.split(), *text.casefold().split(), *stems}))

    @property
    def meant(self) -> vectors.Vector:
        """What it means; waits until the model has read it."""
        return self.meaning.result()


@dataclass(frozen=True)
class Lists:
    """What each way found, the best first, and whether one of them stopped before it had looked at everything."""

    by_meaning: list[Found[str]]
    others: list[list[Found[str]]]
    nearest_only: bool
    some_only: bool


def recall_by_meaning(question: str, wanted: Wanted, *, wakes: bool = True) -> Answered:
    """One page of what answers a question, the best first, and how many were found in all: at most MOST.

    Of `wanted` count the tags, the importance, the crystallization, limit and offset; its prefix does not. NotBuilt
    (501) where the model is not installed or cannot be loaded. `wakes`: have vectors made where some are missing, in
    case the job of whoever wrote was lost.
    """
    try:
        asked = Asked.of(question, encoder.load())
    except encoder.Unavailable as unavailable:
        raise NotBuilt(unavailable.reason) from unavailable
    among = _fulfilling(wanted) if wanted.restricts else None
    lists = _search(asked, wanted, among, wakes=wakes)
    by_meaning, nearest_only = lists.by_meaning, lists.nearest_only
    if wanted.restricts and among is None and len(by_meaning) < ENOUGH:
        by_meaning, nearest_only = _near_of_matching(asked, wanted)
    hits = fuse([by_meaning, *lists.others])
    exact = not (lists.some_only or nearest_only or len(hits) > MOST)
    hits = hits[:MOST]
    page = hits[wanted.offset : wanted.offset + wanted.limit]
    rows = {str(memory.pk): memory for memory in rows_of([UUID(hit.thing) for hit in page])}
    found = [Remembered(rows[hit.thing], _why(hit, rows[hit.thing], asked)) for hit in page if hit.thing in rows]
    return Answered(found, len(hits), exact)


def _why(hit: Hit[str], memory: Memory, asked: Asked) -> list[dict[str, Any]]:
    """What found a memory; of its names all that the question says, also where others filled the list of those."""
    why = [reason for reason in hit.why if reason["by"] in ("meaning", "words")]
    if memory.key.startswith(asked.text):
        why.append({"by": "prefix"})
    if named := sorted({*asked.tags} & {*memory.tags}):
        why.append({"by": "tags", "tags": named})
    return why


def _conditions(wanted: Wanted) -> list[Any]:
    """$3 to $6 of FULFILS."""
    return [list(wanted.tags) or [""], wanted.min_importance, wanted.crystallized_only, timezone.now()]


def _fulfilling(wanted: Wanted) -> list[str] | None:
    """The memories that fulfil every condition; None when they are more than FEW."""
    (first, *others), *rest = _conditions(wanted)
    batch = Batch()
    batch.sql(FULFILLING, tenancy.active_account_id(), first, others, *rest)
    (((ids,),),) = batch.run()
    held: list[str] = ids or []
    return held if len(held) <= FEW else None


@dataclass(frozen=True)
class Rows:
    """What the database says of a question: by its words, prefix, tags and meaning, of how many memories (or LARGE).

    `nearer` says whether there are more by meaning, `waits` whether some have no vector yet.
    """

    by_word: list[Sequence[Any]]
    by_prefix: list[Sequence[Any]]
    tagged: list[Sequence[Any]]
    near: list[Sequence[Any]]
    size: int
    nearer: bool
    waits: bool


def _ask(asked: Asked, wanted: Wanted, among: list[str] | None) -> Rows:
    """Two queries, or three where many of the nearest are gone; of these memories, if said, one."""
    account = tenancy.active_account_id()
    reading, ranking = Snapshot(), None
    if among is None:
        ranking = codes.ranking(asked.model, lambda: asked.meant)
        _look_at_all(reading, asked, wanted, ranking)
    else:
        _look_at_these(reading, asked, among)
    reading.sql(SIZE, account, asked.model)
    reading.sql(WAITING, account, asked.model)
    by_word, by_prefix, tagged, near, ((size,),), ((waits,),) = reading.run()
    if ranking is None:
        return Rows(by_word, by_prefix, tagged, near, size, len(near) == NEAREST, waits)
    nearer = len(ranking) > NEAREST
    if nearer and len(near) < NEAREST and not wanted.restricts:
        near = codes.first_live(asked.model, ranking.ids(0, LOOKED_THROUGH), NEAREST)
        nearer = len(near) == NEAREST or len(ranking) > LOOKED_THROUGH
    return Rows(by_word, by_prefix, tagged, near, size, nearer, waits or size > ranking.held)


def _search(asked: Asked, wanted: Wanted, among: list[str] | None, *, wakes: bool) -> Lists:
    """What each way finds, among these memories, if said."""
    account, rows = tenancy.active_account_id(), _ask(asked, wanted, among)
    if rows.waits and wakes:
        enqueue("memory.tasks.embed", account)
    known = {row[0]: row[1] for row in rows.by_word}
    holders = {word: known.get(words.term(account, word), []) for word in asked.words}
    weights = weigh(holders, rows.size if among is None else len(among))
    by_words = _by_words(holders, weights)
    more = len({one for ids in holders.values() for one in ids}) > len(by_words)
    more = more or len(asked.words) == MOST_WORDS or rows.waits
    if among is None:
        times = Counter(row[0] for row in rows.tagged)
        most = max(times.values(), default=0)
        widest = max(map(len, holders.values()), default=0)
        more = more or len(rows.by_prefix) == MOST_BY_NAME or most == MOST_BY_NAME or widest == MOST_OF_A_WORD
    others = [by_words, _by_prefix(rows.by_prefix), _by_tags(rows.tagged, weights)]
    return Lists(_by_meaning(asked.meant, rows.near), others, rows.nearer, more)


def _look_at_all(batch: Batch, asked: Asked, wanted: Wanted, ranking: codes.Ranking) -> None:
    """What fulfils the conditions, by its words and names; and of what is nearest by its code."""
    account, conditions = tenancy.active_account_id(), _conditions(wanted)
    terms = [words.term(account, word) for word in asked.words]
    if wanted.restricts:
        batch.sql(WORDS_OF_MATCHING, account, terms, *conditions)
    else:
        batch.sql(WORDS_OF_ALL, account, terms, conditions[-1])
    batch.sql(PREFIX_OF_MATCHING, account, asked.text, *conditions, after(asked.text) or PAST_EVERY_KEY)
    batch.sql(TAGGED_OF_MATCHING, account, asked.tags, *conditions)
    matching = ([*wanted.tags], wanted.min_importance, wanted.crystallized_only) if wanted.restricts else None
    codes.add_live(batch, asked.model, ranking.ids(0, NEAREST), matching)


def _look_at_these(batch: Batch, asked: Asked, among: list[str]) -> None:
    account = tenancy.active_account_id()
    these = _array(among)
    batch.sql(WORDS_OF_THESE, [words.term(account, word) for word in asked.words], these)
    batch.sql(PREFIX_OF_THESE, asked.text, after(asked.text) or PAST_EVERY_KEY, these)
    batch.sql(TAGGED_OF_THESE, asked.tags, these)
    batch.sql(NEAR_OF_THESE, account, asked.model, vectors.code(asked.meant), these)


def _near_of_matching(asked: Asked, wanted: Wanted) -> tuple[list[Found[str]], bool]:
    """The nearest by meaning of those that fulfil every condition, and whether there may be more."""
    first, *others = wanted.tags or ("",)
    batch = Batch()
    batch.sql(
        NEAR_OF_MATCHING, tenancy.active_account_id(), asked.model, vectors.code(asked.meant), first,
        wanted.min_importance, wanted.crystallized_only, others, timezone.now(),
    )  # fmt: skip
    (near,) = batch.run()
    return _by_meaning(asked.meant, near), len(near) == NEAREST


def _by_meaning(meant: vectors.Vector, rows: Sequence[Sequence[Any]]) -> list[Found[str]]:
    """Memories by the cosine of their vector with the question's."""
    likeness = vectors.similarities(meant, [bytes(row[1]) for row in rows])
    nearest = sorted(zip(likeness, (row[0] for row in rows), strict=True), key=lambda one: (-one[0], one[1]))
    return [
        Found(memory_id, {"by": "meaning", "similarity": round(alike, 2)}, alike)
        for alike, memory_id in nearest
        if alike >= UNLIKE
    ]


def weigh(holders: dict[str, list[str]], size: int) -> dict[str, float]:
    """What each word counts for of all the question's words (1 together), by how many of `size` memories have it."""
    weights = {word: log(1 + size / max(1, len(ids))) for word, ids in holders.items()}
    whole = sum(weights.values()) or 1.0
    return {word: weight / whole for word, weight in weights.items()}


def _by_words(holders: dict[str, list[str]], weights: dict[str, float]) -> list[Found[str]]:
    """Memories by the share of the question's words that they have, where a rare word weighs more.

    They count by the square of it: one word of many in common is mostly chance.
    """
    shares: dict[str, float] = {}
    for word, ids in holders.items():
        weight = weights[word]
        for memory_id in ids:
            shares[memory_id] = shares.get(memory_id, 0.0) + weight
    best = nsmallest(MOST_BY_WORDS, shares, key=lambda memory_id: (-shares[memory_id], memory_id))
    having = {word: {*ids} for word, ids in holders.items()}
    return [
        Found(one, {"by": "words", "words": [word for word in holders if one in having[word]]}, shares[one] ** 2)
        for one in best
    ]


def _by_prefix(rows: Sequence[Sequence[Any]]) -> list[Found[str]]:
    return [Found(row[0], {"by": "prefix"}) for row in rows]


def _by_tags(rows: Sequence[Sequence[Any]], weights: dict[str, float]) -> list[Found[str]]:
    """Memories with tags that the question names, the best-ranked first. The tags count as words of it do."""
    tags: dict[str, list[str]] = {}
    for tag, memory_id in rows:
        tags.setdefault(memory_id, []).append(tag)
    shares = {tag: sum(weights.get(word, 0.0) for word in words.stems(tag)) for tag in {row[0] for row in rows}}
    return [
        Found(memory_id, {"by": "tags", "tags": named}, min(1.0, sum(shares[tag] for tag in named)) ** 2)
        for memory_id, named in tags.items()
    ]


def _array(ids: list[str]) -> str:
    """Ids that came from the database, as one text: psycopg would quote each by itself."""
    return "{" + ",".join(ids) + "}"
