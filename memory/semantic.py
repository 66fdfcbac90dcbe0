"""Recall by meaning: the question's prefix, tags, words and meaning each find memories; one list says why each is in it.

docs/decisions/0016-recall-by-meaning.md has the measurements behind the statements below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
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
from memory.queries import PAST_EVERY_KEY, Wanted
from memory.ranking import after

NEAREST = 600  # by their codes, to be compared by their vectors; what is not among them is not found by its meaning
UNLIKE = 0.1  # a cosine below it says nothing: what has nothing in common has 0.05 on average, here
MOST_WORDS = 16  # of a question
MOST_OF_A_WORD = 300  # memories looked at for one word; one that more have tells little
MOST_BY_WORDS = 100
MOST_BY_NAME = 50  # by prefix, and by tags
LARGE = 50_000  # an account to reckon the weight of words with

ALLOWED = """
    allowed AS MATERIALIZED (
        SELECT memory_id FROM memory_memorytag
        WHERE account_id = $1 AND tag = ANY($4::varchar[]) AND importance >= $5 AND (crystallized OR NOT $6)
        GROUP BY memory_id HAVING count(*) = cardinality($4::varchar[]))"""
# A code is 48 bytes in an index of its own, so that looking at all of an account's costs least; see the decision.
NEAR = """
    SELECT found.memory_id, found.vector FROM (
        SELECT memory_id FROM memory_memoryvector WHERE account_id = $1 AND model = $2 {within}
        ORDER BY bit_count(code # $3::bit(384)) LIMIT {most}) near
    JOIN memory_memoryvector found ON found.memory_id = near.memory_id"""
NEAR_OF_ALL = NEAR.format(within="", most=NEAREST)
NEAR_OF_ALLOWED = f"WITH {ALLOWED} " + NEAR.format(
    within="AND memory_id IN (SELECT memory_id FROM allowed)", most=NEAREST
)
WORDS = f"""
    SELECT asked.term, found.ids FROM unnest($2::bigint[]) AS asked(term) CROSS JOIN LATERAL (
        SELECT array_agg(memory_id::text) AS ids FROM (
            SELECT memory_id FROM memory_memoryword WHERE account_id = $1 AND term = asked.term
            LIMIT {MOST_OF_A_WORD}) holders) found
    WHERE found.ids IS NOT NULL"""  # noqa: S608 - numbers of ours
PREFIX = f"""
    SELECT memory_id FROM memory_memorytag WHERE account_id = $1 AND tag = '' AND key >= $2 AND key < $3
    ORDER BY key LIMIT {MOST_BY_NAME}"""  # noqa: S608
TAGGED = f"""
    SELECT asked.tag, found.memory_id FROM unnest($2::varchar[]) AS asked(tag) CROSS JOIN LATERAL (
        SELECT memory_id, rank FROM memory_memorytag WHERE account_id = $1 AND tag = asked.tag
        ORDER BY rank DESC, memory_id DESC LIMIT {MOST_BY_NAME}) found
    ORDER BY found.rank DESC"""  # noqa: S608
WAITING = """
    SELECT EXISTS (SELECT FROM memory_memoryvector WHERE account_id = $1 AND model < $2)
        OR EXISTS (SELECT FROM memory_memoryvector WHERE account_id = $1 AND model > $2)"""
MATCHING = """
    SELECT id FROM memory_memory
    WHERE account_id = $1 AND id = ANY($2::uuid[]) AND (expires_at IS NULL OR expires_at > $3)
        AND tags @> $4::varchar[] AND importance >= $5 AND (crystallized OR NOT $6)"""


@dataclass(frozen=True)
class Remembered:
    """A memory, and what found it: [{"by": "meaning", "similarity": 0.71}, {"by": "words", "words": [...]}, ...]."""

    memory: Memory
    why: list[dict[str, Any]]


def recall_by_meaning(question: str, wanted: Wanted) -> tuple[list[Remembered], int]:
    """One page of what answers a question, the best first, and how many were found in all.

    Of `wanted` count the tags, the importance, the crystallization, limit and offset; its prefix does not. NotBuilt (501)
    where the model is not installed or cannot be loaded.
    """
    try:
        model = encoder.load()
    except encoder.Unavailable as unavailable:
        raise NotBuilt(unavailable.reason) from unavailable
    (meant,) = model.encode([question])
    asked = words.stems(question, MOST_WORDS)
    near, by_word, by_prefix, tagged, ((waits,),) = _search(question, model.name, meant, asked, wanted)
    if waits:
        enqueue("memory.tasks.embed", tenancy.active_account_id())
    hits = fuse([_by_meaning(meant, near), _by_words(asked, by_word), _by_prefix(by_prefix), _by_tags(tagged)])
    hits = _matching(hits, wanted)
    page = hits[wanted.offset : wanted.offset + wanted.limit]
    rows = Memory.objects.in_bulk([hit.thing for hit in page])
    return [Remembered(rows[hit.thing], hit.why) for hit in page if hit.thing in rows], len(hits)


def _search(question: str, model: str, meant: vectors.Vector, asked: list[str], wanted: Wanted) -> list[Any]:
    """What each way finds, with one round trip."""
    account, code = tenancy.active_account_id(), vectors.code(meant)
    batch = Batch()
    if wanted.tags or wanted.min_importance > 0 or wanted.crystallized_only:
        tags = sorted(set(wanted.tags)) or [""]
        batch.sql(NEAR_OF_ALLOWED, account, model, code, tags, wanted.min_importance, wanted.crystallized_only)
    else:
        batch.sql(NEAR_OF_ALL, account, model, code)
    batch.sql(WORDS, account, [words.term(account, word) for word in asked])
    batch.sql(PREFIX, account, question, after(question) or PAST_EVERY_KEY)
    batch.sql(TAGGED, account, sorted({*question.split(), *question.casefold().split(), *asked}))
    batch.sql(WAITING, account, model)
    return batch.run()


def _by_meaning(meant: vectors.Vector, rows: Sequence[Sequence[Any]]) -> list[Found[UUID]]:
    """Memories by the cosine of their vector with the question's."""
    likeness = vectors.similarities(meant, [bytes(row[1]) for row in rows])
    nearest = sorted(zip(likeness, (row[0] for row in rows), strict=True), key=lambda one: (-one[0], one[1]))
    return [
        Found(memory_id, {"by": "meaning", "similarity": round(alike, 2)}, alike)
        for alike, memory_id in nearest
        if alike >= UNLIKE
    ]


def _by_words(asked: list[str], rows: Sequence[Sequence[Any]]) -> list[Found[UUID]]:
    """Memories by the share that their words have of the question's, where a rare word weighs more.

    They count by the square of it: one word of many in common is mostly chance.
    """
    account = tenancy.active_account_id()
    holders: dict[int, list[str]] = {term: ids for term, ids in rows}
    terms = {word: words.term(account, word) for word in asked}
    weights = {word: log(1 + LARGE / max(1, len(holders.get(term, ())))) for word, term in terms.items()}
    shared: dict[str, list[str]] = {}
    for word, term in terms.items():
        for memory_id in holders.get(term, ()):
            shared.setdefault(memory_id, []).append(word)
    whole = sum(weights.values())
    shares = {memory_id: sum(weights[word] for word in has) / whole for memory_id, has in shared.items()}
    best = sorted(shares, key=lambda memory_id: (-shares[memory_id], memory_id))[:MOST_BY_WORDS]
    return [Found(UUID(one), {"by": "words", "words": shared[one]}, shares[one] ** 2) for one in best]


def _by_prefix(rows: Sequence[Sequence[Any]]) -> list[Found[UUID]]:
    return [Found(row[0], {"by": "prefix"}) for row in rows]


def _by_tags(rows: Sequence[Sequence[Any]]) -> list[Found[UUID]]:
    """Memories with a tag that the question names; several such tags count as one list, the best-ranked first."""
    tags: dict[UUID, list[str]] = {}
    for tag, memory_id in rows:
        tags.setdefault(memory_id, []).append(tag)
    return [Found(memory_id, {"by": "tags", "tags": named}) for memory_id, named in tags.items()]


def _matching(hits: list[Hit[UUID]], wanted: Wanted) -> list[Hit[UUID]]:
    """Those that are live and fulfil every condition."""
    batch = Batch()
    batch.sql(
        MATCHING, tenancy.active_account_id(), [hit.thing for hit in hits], timezone.now(), list(wanted.tags),
        wanted.min_importance, wanted.crystallized_only,
    )  # fmt: skip
    live = {row[0] for row in batch.run()[0]} if hits else set()
    return [hit for hit in hits if hit.thing in live]
