"""What recall by meaning reads of a memory: its words, written with it, and its vector, which a job makes soon after.

Until the job has run, or where there is no model, a memory is found by its key, its tags and its words.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from executor_one.kit import tenancy
from executor_one.kit.batch import Batch
from executor_one.kit.queue import enqueue
from memory import codes, values
from memory.meaning import encoder, text, vectors
from memory.models import Memory

AT_ONCE = 32  # memories of one job: a third of a second; the heartbeat's workers have ticks to run

NOTE = """
    INSERT INTO memory_memoryvector AS known (memory_id, account_id, model, digest) VALUES ($1, $2, '', $3)
    ON CONFLICT (memory_id) DO UPDATE SET model = '', digest = $3, code = NULL, vector = NULL
    WHERE known.digest <> $3 RETURNING known.memory_id"""
FORGET_WORDS = "DELETE FROM memory_memoryword WHERE memory_id = $1 AND account_id = $2 AND term <> ALL($3::bigint[])"
ADD_WORDS = """
    INSERT INTO memory_memoryword (memory_id, account_id, term) SELECT $1, $2, unnest($3::bigint[])
    ON CONFLICT (memory_id, term) DO NOTHING"""
WAITING = f"""
    (SELECT memory_id, digest FROM memory_memoryvector WHERE account_id = $1 AND model < $2 LIMIT {AT_ONCE})
    UNION ALL (SELECT memory_id, digest FROM memory_memoryvector WHERE account_id = $1 AND model > $2 LIMIT {AT_ONCE})
    LIMIT {AT_ONCE}"""  # noqa: S608 - a number of ours
KEEP = """
    UPDATE memory_memoryvector SET model = $4, digest = $5, code = $6::bit(384), vector = $7
    WHERE memory_id = $1 AND account_id = $2 AND digest = $3 RETURNING code"""
ANY_WAITING = "SELECT EXISTS (SELECT FROM memory_memoryvector WHERE account_id = $1 AND model = '')"


def index(memory: Memory) -> None:
    """Where the text of a memory that was written is another one now, store its words and have its vector made."""
    read = text_of(memory)
    batch = Batch()
    batch.sql(NOTE, memory.pk, memory.account_id, text.digest(read))
    (changed,) = batch.run()
    if not changed:
        return
    _add_words(batch, memory, read)
    batch.defer()
    if encoder.installed():
        enqueue("memory.tasks.embed", memory.account_id)


def _add_words(batch: Batch, memory: Memory, read: str) -> None:
    terms = text.terms(memory.account_id, read)
    batch.sql(FORGET_WORDS, memory.pk, memory.account_id, terms)
    batch.sql(ADD_WORDS, memory.pk, memory.account_id, terms)


def text_of(memory: Memory) -> str:
    """What is read of a memory; a sealed value is not."""
    return text.describe(memory.key, memory.tags, None if memory.is_sealed else values.decode(memory.value))


def embed_waiting(account_id: str) -> bool:
    """Make the vectors that are missing or of another model, AT_ONCE at most; answers whether there are more.

    Nothing when there is no model here, or when another job is at it: that one looks for more when it has ended.
    """
    try:
        model = encoder.load()
    except encoder.Unavailable:
        return False
    with tenancy.account_scope(account_id):
        batch = Batch()
        codes.lock(batch)
        batch.sql(WAITING, account_id, model.name)
        ((free,),), waiting = batch.run()
        if not free:
            return False
        _embed({row[0]: row[1] for row in waiting}, model)
    return len(waiting) == AT_ONCE or has_waiting(account_id)


def has_waiting(account_id: str) -> bool:
    """Whether a vector is still to be made. Asked when the lock is free again: a job that met it has given up."""
    with tenancy.account_scope(account_id):
        batch = Batch()
        batch.sql(ANY_WAITING, account_id)
        return bool(batch.run()[0][0][0])


def _embed(digests: dict[UUID, str], model: encoder.Encoder) -> None:
    """Make and keep the vectors of these memories; not of one that is written meanwhile: its digest is another."""
    memories = list(Memory.objects.filter(pk__in=digests))
    texts = [text_of(memory) for memory in memories]
    made = model.encode(texts)
    batch = Batch()
    for memory, read, vector in zip(memories, texts, made, strict=True):
        kept = (model.name, text.digest(read), vectors.code(vector), vectors.pack(vector))
        batch.sql(KEEP, memory.pk, memory.account_id, digests[memory.pk], *kept)
    entries = [
        (memory.pk, vectors.signs(vector))
        for memory, vector, kept_now in zip(memories, made, batch.run(), strict=True)
        if kept_now
    ]
    for memory, read in zip(memories, texts, strict=True):
        if not digests[memory.pk]:  # from before there were words (migration 0004)
            _add_words(batch, memory, read)
    batch.run()
    codes.keep(model.name, entries)


def forget(ids: Sequence[UUID]) -> None:
    """Have the codes of memories that were just deleted taken from the blocks; the database deletes the rest."""
    if ids and encoder.installed():
        enqueue("memory.tasks.forget_codes", tenancy.active_account_id(), *map(str, ids))
