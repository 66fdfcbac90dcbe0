"""Fills an account with memories that have vectors: `python -m bench.meaning_probe '["me@example.com", 50000]'`.

Embedding 50,000 texts would take ten minutes, so the golden set's are embedded and each memory gets the vector of one
of them with some noise. Words, tags and keys are those of its own text.
"""

from __future__ import annotations

import json
import sys
import tomllib

import django

django.setup()

import numpy  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.actions import memberships_of  # noqa: E402
from accounts.models import User  # noqa: E402
from bench.meaning import GOLDEN  # noqa: E402
from bench.settling import wait_for_the_vacuum  # noqa: E402
from executor_one.kit import tenancy  # noqa: E402
from memory import codes, ranking, values  # noqa: E402
from memory.meaning import encoder, text, vectors  # noqa: E402
from memory.models import Memory, MemoryTag, MemoryVector, MemoryWord  # noqa: E402

NOISE = 0.04  # a number of a vector has 0.05 on average
AT_ONCE = 2_000


def main(email: str, count: int) -> None:
    account = memberships_of(User.objects.get(email=email))[0].account_id
    golden = tomllib.loads(GOLDEN.read_text())["memory"]
    model = encoder.load()
    known = model.encode([text.describe(row["key"], row["tags"], row["value"]) for row in golden])
    random = numpy.random.default_rng(1)
    with tenancy.account_scope(account):
        have = Memory.objects.count()
    for start in range(have, count, AT_ONCE):
        numbers = range(start, min(count, start + AT_ONCE))
        with tenancy.account_scope(account):
            memories = [memory_of(account, golden[number % len(golden)], number) for number in numbers]
            Memory.objects.bulk_create(memories)
            MemoryTag.objects.bulk_create(row for memory in memories for row in tags_of(memory))
            noisy = [known[number % len(golden)] + random.normal(size=384) * NOISE for number in numbers]
            index(memories, noisy, model.name)
    with tenancy.account_scope(account):
        codes.keep(model.name, [])
    wait_for_the_vacuum()
    print("RESULT{}")


def memory_of(account: str, row: dict, number: int) -> Memory:
    now = timezone.now()
    return Memory(
        account_id=account, key=f"{row['key']}/{number}", tags=["common", *(["rare"] if number % 500 == 0 else [])],
        value=values.encode(f"{row['value']} ({number * 7919 % 10_007} of site {number % 97})"),
        rank=ranking.rank(0.5, now.timestamp() - number),
    )  # fmt: skip


def tags_of(memory: Memory) -> list[MemoryTag]:
    shared = {name: getattr(memory, name) for name in ("account_id", "key", "rank", "importance", "crystallized")}
    return [MemoryTag(memory=memory, tag=tag, **shared) for tag in ("", *memory.tags)]


def index(memories: list[Memory], noisy: list, model: str) -> None:
    read = [text.describe(memory.key, memory.tags, values.decode(memory.value)) for memory in memories]
    MemoryVector.objects.bulk_create(
        MemoryVector(
            memory=memory, account_id=memory.account_id, model=model, digest=text.digest(one),
            code=vectors.code(vector), vector=vectors.pack(vector),
        )
        for memory, one, vector in zip(memories, read, noisy, strict=True)
    )  # fmt: skip
    MemoryWord.objects.bulk_create(
        MemoryWord(memory=memory, account_id=memory.account_id, term=term)
        for memory, one in zip(memories, read, strict=True)
        for term in text.terms(memory.account_id, one)
    )


if __name__ == "__main__":
    main(*json.loads(sys.argv[1]))
