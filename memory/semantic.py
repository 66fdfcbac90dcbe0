"""Recall by meaning: a question's prefix, tags, words and meaning each find memories; one list says why it has them.

docs/decisions/0016-recall-by-meaning.md has the measurements behind the statements below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Any
from uuid import UUID

from django.utils import timezone

from executor_one.kit import tenancy
from executor_one.kit.batch import Batch
from executor_one.kit.errors import NotBuilt
from executor_one.kit.queue import enqueue
from memory.meaning import encoder, vectors, words
from memory.meaning.fusion import Found, Hit, fuse
from memory.models import Memory
from memory.queries import OPENS, PAST_EVERY_KEY, Wanted, rows_of
from memory.ranking import after

NEAREST = 400  # by their codes, to be compared by their vectors; what is not among them is not found by its meaning
FEW = 1_000  # memories with a tag: these alone are looked at
ENOUGH = 100  # of the nearest, that fulfil every condition; where fewer do, only what does is looked at
UNLIKE = 0.1  # a cosine below it says nothing: what has nothing in common has 0.05 on average, here
MOST_WORDS = 16  # of a question
MOST_OF_A_WORD = 300  # memories looked at for one word; one that more have tells little
MOST_BY_WORDS = 100
MOST_BY_NAME = 50  # by prefix, and by tags
MOST = 200  # of all together
LARGE = 1_000  # memories; in a larger account the weight of words is reckoned as in one of this size

# A code is 48 bytes in an index of its own, so that looking at all of an account's costs least. IS TRUE keeps the
# planner from turning a condition into a join, which would look up each code by itself, and from going by the model.
NEAR = f"""
    SELECT found.memory_id::text, found.vector FROM (
        SELECT memory_id FROM memory_memoryvector WHERE %s
        ORDER BY bit_count(code # $3::bit(384)) LIMIT {NEAREST}) near
    JOIN memory_memoryvector found ON found.memory_id = near.memory_id"""  # noqa: S608 - a number of ours
NEAR_OF_ALL = NEAR % "account_id = $1 AND model = $2"
# It can go by no index but that of the memories, whatever the planner knows yet.
NEAR_OF_THESE = NEAR % "(account_id = $1) IS TRUE AND (model = $2) IS TRUE AND memory_id = ANY($4::uuid[])"
NEAR_OF_MATCHING = (
    NEAR
    % f"""account_id = $1 AND model = $2 AND (memory_id IN (
            SELECT tag.memory_id FROM memory_memorytag tag WHERE tag.account_id = $1 AND tag.tag = $4
                AND tag.{OPENS["importance"]} AND tag.importance >= $5 AND (tag.crystallized OR NOT $6))) IS TRUE
        AND (memory_id IN (
            SELECT tag.memory_id FROM memory_memorytag tag WHERE tag.account_id = $1 AND tag.tag = ANY($7::varchar[])
                AND tag.{OPENS["rank"]}
            GROUP BY tag.memory_id HAVING count(*) = cardinality($7)) OR cardinality($7) = 0) IS TRUE"""  # noqa: S608 - texts of ours
)
TAGGED_SO = f"""
    SELECT array_agg(memory_id::text) FROM (
        SELECT memory_id FROM memory_memorytag WHERE account_id = $1 AND tag = $2 AND {OPENS["rank"]}
        LIMIT {FEW + 1}) few"""  # noqa: S608
WORDS = f"""
    SELECT asked.term, found.ids FROM unnest($2::bigint[]) AS asked(term) CROSS JOIN LATERAL (
        SELECT array_agg(memory_id::text) AS ids FROM (
            SELECT memory_id FROM memory_memoryword WHERE account_id = $1 AND term = asked.term
            LIMIT {MOST_OF_A_WORD}) holders) found
    WHERE found.ids IS NOT NULL"""  # noqa: S608 - numbers of ours
PREFIX = f"""
    SELECT memory_id::text FROM memory_memorytag
    WHERE account_id = $1 AND tag = '' AND {OPENS["key"]} AND key >= $2 AND key < $3
    ORDER BY key LIMIT {MOST_BY_NAME}"""  # noqa: S608
TAGGED = f"""
    SELECT asked.tag, found.memory_id::text FROM unnest($2::varchar[]) AS asked(tag) CROSS JOIN LATERAL (
        SELECT memory_id, rank FROM memory_memorytag
        WHERE account_id = $1 AND tag = asked.tag AND {OPENS["rank"]}
        ORDER BY rank DESC, memory_id DESC LIMIT {MOST_BY_NAME}) found
    ORDER BY found.rank DESC"""  # noqa: S608
SIZE = f"""
    SELECT count(*) FROM (
        SELECT FROM memory_memoryvector WHERE account_id = $1 AND model <= $2 LIMIT {LARGE}) some_of_them"""  # noqa: S608
WAITING = """
    SELECT EXISTS (SELECT FROM memory_memoryvector WHERE account_id = $1 AND model < $2)
        OR EXISTS (SELECT FROM memory_memoryvector WHERE account_id = $1 AND model > $2)"""
MATCHING = """
    SELECT id::text FROM memory_memory
    WHERE account_id = $1 AND id = ANY($2::uuid[]) AND (expires_at IS NULL OR expires_at > $3)
        AND tags @> $4::varchar[] AND importance >= $5 AND (crystallized OR NOT $6)"""


@dataclass(frozen=True)
class Remembered:
    """A memory, and what found it: [{"by": "meaning", "similarity": 0.71}, {"by": "words", "words": [...]}, ...]."""

    memory: Memory
    why: list[dict[str, Any]]


def recall_by_meaning(question: str, wanted: Wanted) -> tuple[list[Remembered], int]:
    """One page of what answers a question, the best first, and how many were found in all.

    Of `wanted` count the tags, the importance, the crystallization, limit and offset; its prefix does not. NotBuilt
    (501) where the model is not installed or cannot be loaded.
    """
    try:
        model = encoder.load()
    except encoder.Unavailable as unavailable:
        raise NotBuilt(unavailable.reason) from unavailable
    (meant,) = model.encode([question])
    among = _rarest(wanted.tags)
    by_meaning, *others = _search(question, model.name, meant, among)
    hits = _matching(fuse([by_meaning, *others], MOST), wanted)
    if wanted.restricts and among is None and sum("similarity" in hit.why[0] for hit in hits) < ENOUGH:
        by_meaning = _near_of_matching(model.name, meant, wanted)
        hits = _matching(fuse([by_meaning, *others], MOST), wanted)
    page = hits[wanted.offset : wanted.offset + wanted.limit]
    rows = {str(memory.pk): memory for memory in rows_of([UUID(hit.thing) for hit in page])}
    return [Remembered(rows[hit.thing], hit.why) for hit in page if hit.thing in rows], len(hits)


def _rarest(tags: Sequence[str]) -> list[str] | None:
    """The memories with one of these tags, that which fewest have; None when more than FEW have each."""
    batch = Batch()
    for tag in tags:
        batch.sql(TAGGED_SO, tenancy.active_account_id(), tag)
    held: list[list[str]] = [ids or [] for ((ids,),) in batch.run()]
    return min((ids for ids in held if len(ids) <= FEW), key=len, default=None)


def _search(question: str, model: str, meant: vectors.Vector, among: list[str] | None) -> list[list[Found[str]]]:
    """What each way finds, the meaning first (among these memories, if said); with one round trip."""
    account, asked = tenancy.active_account_id(), words.stems(question, MOST_WORDS)
    batch = Batch()
    if among is None:
        batch.sql(NEAR_OF_ALL, account, model, vectors.code(meant))
    else:
        batch.sql(NEAR_OF_THESE, account, model, vectors.code(meant), among)
    batch.sql(WORDS, account, [words.term(account, word) for word in asked])
    batch.sql(PREFIX, account, question, after(question) or PAST_EVERY_KEY)
    batch.sql(TAGGED, account, sorted({*question.split(), *question.casefold().split(), *asked}))
    batch.sql(SIZE, account, model)
    batch.sql(WAITING, account, model)
    near, by_word, by_prefix, tagged, ((size,),), ((waits,),) = batch.run()
    if waits:
        enqueue("memory.tasks.embed", account)
    known = {row[0]: row[1] for row in by_word}
    holders = {word: known.get(words.term(account, word), []) for word in asked}
    weights = weigh(holders, size)
    return [_by_meaning(meant, near), _by_words(holders, weights), _by_prefix(by_prefix), _by_tags(tagged, weights)]


def _near_of_matching(model: str, meant: vectors.Vector, wanted: Wanted) -> list[Found[str]]:
    """The nearest by meaning of those that fulfil every condition."""
    first, *others = wanted.tags or ("",)
    batch = Batch()
    batch.sql(
        NEAR_OF_MATCHING, tenancy.active_account_id(), model, vectors.code(meant), first, wanted.min_importance,
        wanted.crystallized_only, others,
    )  # fmt: skip
    return _by_meaning(meant, batch.run()[0])


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
    shared: dict[str, list[str]] = {}
    for word, ids in holders.items():
        for memory_id in ids:
            shared.setdefault(memory_id, []).append(word)
    shares = {memory_id: sum(weights[word] for word in has) for memory_id, has in shared.items()}
    best = sorted(shares, key=lambda memory_id: (-shares[memory_id], memory_id))[:MOST_BY_WORDS]
    return [Found(one, {"by": "words", "words": shared[one]}, shares[one] ** 2) for one in best]


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


def _matching(hits: list[Hit[str]], wanted: Wanted) -> list[Hit[str]]:
    """Those that are live and fulfil every condition."""
    batch = Batch()
    batch.sql(
        MATCHING, tenancy.active_account_id(), [hit.thing for hit in hits], timezone.now(), list(wanted.tags),
        wanted.min_importance, wanted.crystallized_only,
    )  # fmt: skip
    live = {row[0] for row in batch.run()[0]} if hits else set()
    return [hit for hit in hits if hit.thing in live]
