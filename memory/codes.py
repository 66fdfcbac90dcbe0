"""All codes of an account in few rows: kept by the jobs that make vectors, read by every question of meaning.

A block only proposes memories; their vectors decide. So a write or a delete need not wait for blocks: a job follows.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils import timezone

from executor_one.kit import tenancy
from executor_one.kit.batch import Batch, binary_rows
from memory.meaning import vectors

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

Conditions = tuple[list[str], float, bool]  # tags, least importance, crystallized only

ROOM = 256  # entries of a block: each job that makes vectors rewrites one block, half full on average
BLOCKS_AT_ONCE = 64  # to count bits in
SPARE = 256  # places of nothing that are never worth making blocks anew
ID, CODE = 16, 48  # bytes of an entry
NOTHING = bytes(ID)  # the id where a memory was that is gone

LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 7316204511))"
LOCK_SOON = "SELECT pg_advisory_xact_lock(hashtextextended($1, 7316204511))"
ADD = """
    INSERT INTO memory_codeblock AS block (account_id, model, number, memories, codes) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (account_id, model, number) DO UPDATE
    SET memories = block.memories || excluded.memories, codes = block.codes || excluded.codes"""
CLEAR = f"""
    UPDATE memory_codeblock SET memories = overlay(memories PLACING $5::bytea FROM $4::integer * {ID} + 1),
        codes = overlay(codes PLACING $6::bytea FROM $4::integer * {CODE} + 1)
    WHERE account_id = $1 AND model = $2 AND number = $3"""  # noqa: S608 - numbers of ours
FORGET_OTHERS = "DELETE FROM memory_codeblock WHERE account_id = $1 AND (model < $2 OR model > $2)"
FORGET_ALL = "DELETE FROM memory_codeblock WHERE account_id = $1"
# bit_send writes four bytes before the bits: how many there are.
MAKE_ALL = f"""
    INSERT INTO memory_codeblock (account_id, model, number, memories, codes)
    SELECT $1, $2, place / {ROOM}, string_agg(uuid_send(memory_id), '' ORDER BY place),
        string_agg(substring(bit_send(code) FROM 5), '' ORDER BY place)
    FROM (SELECT memory_id, code, row_number() OVER () - 1 AS place FROM memory_memoryvector
        WHERE account_id = $1 AND model = $2) known
    GROUP BY place / {ROOM}"""  # noqa: S608 - a number of ours
HOW_MANY = "SELECT count(*) FROM memory_memoryvector WHERE account_id = $1 AND model = $2"
MODELS = "SELECT DISTINCT model FROM memory_codeblock WHERE account_id = $1"
HELD = "SELECT number, memories FROM memory_codeblock WHERE account_id = $1 AND model = $2 ORDER BY number"
BLOCKS = "SELECT memories, codes FROM memory_codeblock WHERE account_id = $1 AND model = $2"
# IS TRUE: it can go by no index but that of the memories, whatever the planner knows yet.
LIVE = """
    SELECT memory_id::text, vector FROM memory_memoryvector
    WHERE memory_id = ANY($3::uuid[]) AND (account_id = $1) IS TRUE AND (model = $2) IS TRUE AND (memory_id IN (
        SELECT gone.id FROM memory_memory gone
        WHERE gone.account_id = $1 AND NOT gone.crystallized AND gone.expires_at <= $4)) IS NOT TRUE"""
FIRST_LIVE = f"""
    SELECT memory_id::text, vector FROM ({LIVE.replace("memory_id::text", "memory_id")}) live
    JOIN unnest($3::uuid[]) WITH ORDINALITY AS near(id, place) ON near.id = memory_id ORDER BY place LIMIT $5"""  # noqa: S608
LIVE_THAT_MATCH = f"""{LIVE} AND EXISTS (
        SELECT FROM memory_memory memory WHERE memory.id = memory_id AND memory.tags @> $5::varchar[]
            AND memory.importance >= $6 AND (memory.crystallized OR NOT $7))"""


def lock(batch: Batch) -> None:
    """Ask for the account's lock until the transaction ends: true, or false when another has it."""
    batch.sql(LOCK, tenancy.active_account_id())


def keep(model: str, entries: Sequence[tuple[UUID, bytes]]) -> None:
    """Keep the codes of vectors that were just made, ROOM at most, in place of what these memories had before.

    The account's lock is held. Whatever else is wrong with the blocks is put right, also when nothing was made: vectors
    that are in none (another version of the program had made them), and places of nothing that are too many.
    """
    account, held = tenancy.active_account_id(), Held.of(model)
    batch = Batch()
    batch.sql(FORGET_OTHERS, account, model)
    batch.sql(HOW_MANY, account, model)
    _, ((vectors_made,),) = batch.run()
    known = held.places([memory_id for memory_id, _ in entries])
    if held.live - len(known) + len(entries) < vectors_made or held.size > 2 * vectors_made + SPARE:
        batch.sql(FORGET_ALL, account)
        batch.sql(MAKE_ALL, account, model)
    elif entries:
        _clear(batch, model, known)
        memories, codes = b"".join(one.bytes for one, _ in entries), b"".join(code for _, code in entries)
        batch.sql(ADD, account, model, held.number_for(len(entries)), memories, codes)
    batch.run()


def forget(ids: Sequence[str]) -> None:
    """Leave nothing of memories that were deleted."""
    account = tenancy.active_account_id()
    batch = Batch()
    batch.sql(LOCK_SOON, account)
    batch.sql(MODELS, account)
    for (model,) in batch.run()[1]:
        _clear(batch, model, Held.of(model).places([UUID(one) for one in ids]))
    batch.run()


def _clear(batch: Batch, model: str, places: list[tuple[int, int]]) -> None:
    for number, at in places:
        batch.sql(CLEAR, tenancy.active_account_id(), model, number, at, NOTHING, bytes(CODE))


@dataclass(frozen=True)
class Held:
    """Whose codes the blocks of an account have: each block's number, where its entries begin, and all their ids."""

    numbers: list[int]
    starts: list[int]
    ids: NDArray[numpy.uint64]  # two numbers each

    @classmethod
    def of(cls, model: str) -> Held:
        """The blocks as they are now."""
        import numpy

        blocks = list(binary_rows(HELD, tenancy.active_account_id(), model))
        ends = list(accumulate((len(memories) // ID for _, memories in blocks), initial=0))
        ids = numpy.frombuffer(b"".join(memories for _, memories in blocks), numpy.uint64).reshape(-1, 2)
        return cls([number for number, _ in blocks], ends[:-1], ids)

    @property
    def size(self) -> int:
        """Entries, those of nothing too."""
        return len(self.ids)

    @property
    def live(self) -> int:
        """Entries that are not of nothing."""
        return _live_entries(self.ids)

    def places(self, memories: Sequence[UUID]) -> list[tuple[int, int]]:
        """(number of the block, entry in it) of these memories."""
        import numpy

        wanted = {one.bytes for one in memories}
        halves = numpy.frombuffer(b"".join(wanted), numpy.uint64)[1::2]
        found = numpy.flatnonzero(numpy.isin(self.ids[:, 1], halves)).tolist()
        blocks = [(bisect_right(self.starts, at) - 1, at) for at in found if self.ids[at].tobytes() in wanted]
        return [(self.numbers[block], at - self.starts[block]) for block, at in blocks]

    def number_for(self, more: int) -> int:
        """The last block, if it has room for so many more, or a new one."""
        if not self.numbers:
            return 0
        return self.numbers[-1] + (self.size - self.starts[-1] + more > ROOM)


def _live_entries(ids: bytes | NDArray[numpy.uint64]) -> int:
    import numpy

    return int(numpy.frombuffer(ids, numpy.uint64).reshape(-1, 2)[:, 1].astype(bool).sum())


@dataclass(frozen=True)
class Ranking:
    """All entries of an account, the one first whose code differs least from the question's."""

    memories: bytes
    places: NDArray[numpy.intp]

    def __len__(self) -> int:
        return len(self.places)

    def ids(self, start: int, most: int) -> str:
        """The ids of some of them in this order, as Postgres reads an array; an entry of nothing is among them."""
        found = (self.memories[at * ID : at * ID + ID].hex() for at in self.places[start : start + most].tolist())
        return "{" + ",".join(found) + "}"

    @property
    def held(self) -> int:
        """How many entries are not of nothing."""
        return _live_entries(self.memories)


def add_live(batch: Batch, model: str, ids: str, matching: Conditions | None) -> None:
    """Ask for (id, vector) of those of these memories that live and, with `matching`, fulfil the conditions."""
    more = matching or ()
    statement = LIVE_THAT_MATCH if matching else LIVE
    batch.sql(statement, tenancy.active_account_id(), model, ids, timezone.now(), *more)


def first_live(model: str, ids: str, most: int) -> list[Sequence[Any]]:
    """The same of the first `most` that live, for where many of the nearest are gone."""
    account = tenancy.active_account_id()
    return list(binary_rows(FIRST_LIVE, account, model, ids, timezone.now(), most))


def ranking(model: str, meant: Callable[[], vectors.Vector]) -> Ranking:
    """By the account's codes. `meant` is asked for when the first of them are there, because it may take a while."""
    import numpy

    memories, differing = [b""], [numpy.zeros(0, numpy.uint16)]
    for blocks in _blocks(model):
        memories += [block[0] for block in blocks]
        asked = numpy.frombuffer(vectors.signs(meant()), numpy.uint64)
        codes = numpy.frombuffer(b"".join(block[1] for block in blocks), numpy.uint64).reshape(-1, len(asked))
        differing.append(numpy.bitwise_count(codes ^ asked).sum(axis=1, dtype=numpy.uint16))
    return Ranking(b"".join(memories), numpy.argsort(numpy.concatenate(differing), kind="stable"))


def _blocks(model: str) -> Iterator[list[Sequence[Any]]]:
    """(ids, codes) of each block, some at once, as they come: those of a million memories are 64 MB.

    One statement, so that no entry is missed that is moved meanwhile.
    """
    rows = binary_rows(BLOCKS, tenancy.active_account_id(), model)
    while blocks := list(islice(rows, BLOCKS_AT_ONCE)):
        yield blocks
