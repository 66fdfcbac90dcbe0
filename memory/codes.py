"""All codes of an account in few rows: kept by the job that makes vectors, read by every question of meaning.

A block only proposes memories. What it says of one that is gone, has expired or means something else by now costs its
place, nothing else, so writes and deletes of memories need not touch blocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils import timezone

from executor_one.kit import tenancy
from executor_one.kit.batch import Batch, binary_rows
from executor_one.kit.queue import enqueue
from memory.meaning import vectors

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

ROOM = 256  # entries of a block: each vector that is made rewrites one block, half full on average
BLOCKS_AT_ONCE = 256  # read: 4 MB
SPARE = 256  # entries without a memory that are never worth making blocks anew

LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 7316204511))"
LAST = """
    SELECT number, length(memories) / 16 FROM memory_codeblock WHERE account_id = $1 AND model = $2
    ORDER BY number DESC LIMIT 1"""
ADD = """
    INSERT INTO memory_codeblock AS block (account_id, model, number, memories, codes) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (account_id, model, number) DO UPDATE
    SET memories = block.memories || excluded.memories, codes = block.codes || excluded.codes"""
FORGET = "DELETE FROM memory_codeblock WHERE account_id = $1"
# bit_send writes four bytes before the bits: how many there are.
MAKE_ALL = f"""
    INSERT INTO memory_codeblock (account_id, model, number, memories, codes)
    SELECT $1, $2, place / {ROOM}, string_agg(uuid_send(memory_id), '' ORDER BY place),
        string_agg(substring(bit_send(code) FROM 5), '' ORDER BY place)
    FROM (SELECT memory_id, code, row_number() OVER () - 1 AS place FROM memory_memoryvector
        WHERE account_id = $1 AND model = $2) known
    GROUP BY place / {ROOM}"""  # noqa: S608 - a number of ours
MOSTLY_WASTE = f"""
    SELECT (SELECT coalesce(sum(length(memories)), 0) / 16 FROM memory_codeblock WHERE account_id = $1)
        > {SPARE} + 2 * (SELECT count(*) FROM memory_memoryvector WHERE account_id = $1 AND model = $2)"""  # noqa: S608
BLOCKS = f"""
    SELECT memories, codes FROM memory_codeblock WHERE account_id = $1 AND model = $2 AND number >= $3
    ORDER BY number LIMIT {BLOCKS_AT_ONCE}"""  # noqa: S608 - a number of ours
# IS TRUE: it can go by no index but that of the memories, whatever the planner knows yet.
LIVE = """
    SELECT memory_id::text, vector FROM memory_memoryvector
    WHERE memory_id = ANY($3::uuid[]) AND (account_id = $1) IS TRUE AND (model = $2) IS TRUE AND (memory_id IN (
        SELECT gone.id FROM memory_memory gone
        WHERE gone.account_id = $1 AND NOT gone.crystallized AND gone.expires_at <= $4)) IS NOT TRUE"""


def lock(batch: Batch) -> None:
    """Ask for the account's lock until the transaction ends: true, or false when another has it."""
    batch.sql(LOCK, tenancy.active_account_id())


def add(model: str, entries: Sequence[tuple[UUID, bytes]]) -> None:
    """Keep the codes of vectors that were just made: ROOM at most. The account's lock is held."""
    account = tenancy.active_account_id()
    batch = Batch()
    batch.sql(LAST, account, model)
    (last,) = batch.run()
    number, held = last[0] if last else (-1, ROOM)
    if held + len(entries) > ROOM:
        number += 1
        if not number or is_mostly_waste(model):
            make_all(model)
            return
    memories, codes = b"".join(one.bytes for one, _ in entries), b"".join(code for _, code in entries)
    batch.sql(ADD, account, model, number, memories, codes)
    batch.run()


def is_mostly_waste(model: str) -> bool:
    """Whether more than half of the entries are of memories that are gone, or have another code since."""
    batch = Batch()
    batch.sql(MOSTLY_WASTE, tenancy.active_account_id(), model)
    (((waste,),),) = batch.run()
    return bool(waste)


def make_all(model: str) -> None:
    """Make the blocks of the account anew from its vectors. Its lock is held."""
    account = tenancy.active_account_id()
    batch = Batch()
    batch.sql(FORGET, account)
    batch.sql(MAKE_ALL, account, model)
    batch.run()


def nearest(model: str, meant: vectors.Vector, least: int) -> tuple[list[Sequence[Any]], bool]:
    """(id, vector) of those live memories whose codes differ least from the question's, and whether there are more.

    `least` or more of them, as long as there are any: where many of the nearest are gone, more are looked at.
    """
    memories, ranked = _by_code(model, vectors.signs(meant))
    found: dict[str, Sequence[Any]] = {}
    looked_at, width = 0, least
    while len(found) < least and looked_at < len(ranked):
        places = ranked[looked_at : looked_at + width].tolist()
        found.update((row[0], row) for row in _live(model, [memories[at * 16 : at * 16 + 16].hex() for at in places]))
        looked_at, width = looked_at + len(places), width * 2
    if looked_at > 2 * len(found) + SPARE:
        enqueue("memory.tasks.make_blocks", tenancy.active_account_id())
    return list(found.values()), looked_at < len(ranked)


def _by_code(model: str, signs: bytes) -> tuple[bytes, NDArray[numpy.intp]]:
    """All entries' ids, 16 bytes each, and their places, the one first whose code differs least."""
    import numpy

    asked = numpy.frombuffer(signs, numpy.uint64)
    memories, differing = [b""], [numpy.zeros(0, numpy.uint16)]
    for blocks in _blocks(model):
        memories += [block[0] for block in blocks]
        codes = numpy.frombuffer(b"".join(block[1] for block in blocks), numpy.uint64).reshape(-1, len(asked))
        differing.append(numpy.bitwise_count(codes ^ asked).sum(axis=1, dtype=numpy.uint16))
    return b"".join(memories), numpy.argsort(numpy.concatenate(differing), kind="stable")


def _blocks(model: str) -> Iterator[list[Sequence[Any]]]:
    """(ids, codes) of each block, some at once: those of a million memories would be 64 MB."""
    account = tenancy.active_account_id()
    for start in count(0, BLOCKS_AT_ONCE):
        blocks = binary_rows(BLOCKS, account, model, start)
        yield blocks
        if len(blocks) < BLOCKS_AT_ONCE:
            return


def _live(model: str, ids: list[str]) -> list[Sequence[Any]]:
    return binary_rows(LIVE, tenancy.active_account_id(), model, "{" + ",".join(ids) + "}", timezone.now())
