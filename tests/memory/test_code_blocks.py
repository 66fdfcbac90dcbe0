"""Blocks of codes: what recall by meaning looks at in place of all the vectors, and that it never misses one for it."""

from importlib import import_module
from uuid import uuid4

import pytest
from django.db import connection

from executor_one.kit import tenancy
from memory import codes, semantic
from memory.meaning import encoder, vectors
from memory.models import CodeBlock, Memory, MemoryTag, MemoryVector

pytestmark = pytest.mark.skipif(not encoder.installed(), reason="the extra `meaning` is not installed")
QUESTION = "does somebody have a dog?"


@pytest.fixture
def entries(member):
    """`entries()`: (memory's id, code) of all that the account's blocks hold, in order."""

    def read():
        with tenancy.account_scope(member.account):
            blocks = [(bytes(one.memories), bytes(one.codes)) for one in CodeBlock.objects.order_by("model", "number")]
        ids, held = b"".join(one for one, _ in blocks), b"".join(one for _, one in blocks)
        return [(ids[at * 16 : at * 16 + 16].hex(), held[at * 48 : at * 48 + 48]) for at in range(len(ids) // 16)]

    return read


@pytest.fixture
def nearer(member):
    """`nearer(700)`: that many memories whose vector is just the question's, or (`times=-1`) its very opposite."""

    def fill(count, times=1):
        meant = times * encoder.load().encode([QUESTION])[0]
        mine = {"account_id": member.id}
        made = {"model": encoder.load().name, "code": vectors.code(meant), "vector": vectors.pack(meant), "digest": "x"}
        with tenancy.account_scope(member.account):
            memories = [Memory(key=f"near/{at}", value="1", rank=0.0, **mine) for at in range(count)]
            Memory.objects.bulk_create(memories)
            places = {"rank": 0.0, "importance": 0.5, "crystallized": False, **mine}
            MemoryTag.objects.bulk_create(MemoryTag(memory=one, key=one.key, **places) for one in memories)
            for at in range(0, count, 32):
                some = memories[at : at + 32]
                MemoryVector.objects.bulk_create(MemoryVector(memory=one, **made, **mine) for one in some)
                codes.add(made["model"], [(one.pk, vectors.signs(meant)) for one in some])

    return fill


def code_of_each(member):
    """{memory's id: code} as its vector has it."""
    with tenancy.account_scope(member.account):
        kept = MemoryVector.objects.values_list("memory_id", "code")
        return {one.hex: int(code, 2).to_bytes(48, "big") for one, code in kept}


def test_a_vector_that_is_made_has_its_code_in_a_block(api, remember, entries, member):
    remember(api, {"pets/rex": "a lazy hound"})
    remember(api, {"pets/tom": "a cat", "pets/nemo": "an aquarium"})
    assert len(entries()) == 3
    assert dict(entries()) == code_of_each(member)


def test_blocks_are_filled_one_after_the_other(entries, nearer, member):
    nearer(3 * codes.ROOM + 5)
    assert len(entries()) == 3 * codes.ROOM + 5
    assert dict(entries()) == code_of_each(member)
    with tenancy.account_scope(member.account):
        lengths = [len(one.memories) // 16 for one in CodeBlock.objects.order_by("number")]
    assert lengths == [codes.ROOM] * 3 + [5]


def test_what_stands_behind_many_blocks_is_found(api, ask, remember, member):
    remember(api, {"the/one": "a hound"})
    with tenancy.account_scope(member.account):
        last = CodeBlock.objects.get()
        one = {"account_id": member.id, "model": last.model, "codes": bytes(48)}
        CodeBlock.objects.bulk_create(
            CodeBlock(number=at, memories=uuid4().bytes, **one) for at in range(1, codes.BLOCKS_AT_ONCE + 1)
        )
        CodeBlock.objects.create(
            number=codes.BLOCKS_AT_ONCE + 1, **{**one, "codes": bytes(last.codes)}, memories=bytes(last.memories)
        )
        CodeBlock.objects.filter(number=0).update(memories=uuid4().bytes)
    (found,) = ask(api, QUESTION)
    assert found["why"][0]["by"] == "meaning"


def test_the_nearest_by_code_are_compared(api, ask, remember, nearer):
    nearer(codes.ROOM * 2, times=-1)
    remember(api, {"the/one": "a hound"})
    assert [one["key"] for one in ask(api, QUESTION)] == ["the/one"]


def test_places_of_the_deleted_are_not_the_end_and_a_job_clears_them(
    api, ask, remember, run_jobs, entries, nearer, member
):
    nearer(5 * semantic.NEAREST)
    remember(api, {"the/one": "a hound"})
    with tenancy.account_scope(member.account):
        Memory.objects.filter(key__startswith="near/").delete()
    assert len(entries()) == 5 * semantic.NEAREST + 1
    assert [one["key"] for one in ask(api, QUESTION)] == ["the/one"]
    assert run_jobs() == 1
    assert dict(entries()) == code_of_each(member)
    assert len(entries()) == 1
    assert [one["key"] for one in ask(api, QUESTION)] == ["the/one"]
    assert run_jobs() == 0


def test_a_job_that_comes_twice_makes_nothing_anew(api, remember, run_jobs, entries, nearer, member):
    nearer(codes.SPARE)
    before = entries()
    with tenancy.account_scope(member.account):
        Memory.objects.filter(key__gte="near/2").delete()
        assert not codes.is_mostly_waste(encoder.load().name)
    import_module("memory.tasks").make_blocks(member.id)
    assert entries() == before


def test_writing_one_memory_over_and_over_does_not_grow_the_blocks_for_ever(remember, api, entries, member):
    remember(api, {"pets/rex": "a lazy hound"})
    with tenancy.account_scope(member.account):
        one = MemoryVector.objects.get()
        for _ in range(2 * codes.ROOM):
            codes.add(one.model, [(one.memory_id, bytes(48))])
        assert len(entries()) <= codes.ROOM + codes.SPARE
        codes.make_all(one.model)
    assert dict(entries()) == code_of_each(member)


def test_a_memory_is_found_by_what_it_means_now(api, ask, remember, entries):
    remember(api, {"pets/rex": "a lazy hound"})
    remember(api, {"pets/rex": "an aquarium full of fish"})
    assert len(entries()) == 2
    (found,) = ask(api, "fish tank")
    assert found["why"][0]["similarity"] > 0.3
    assert not [one for one in ask(api, QUESTION) if one["why"][0].get("similarity", 0) > 0.3]


def test_another_model_s_codes_are_not_looked_at_and_go(api, ask, remember, entries, member):
    remember(api, {"pets/rex": "a lazy hound"})
    with tenancy.account_scope(member.account):
        CodeBlock.objects.update(model="old")
        MemoryVector.objects.update(model="old")
    assert not [one for one in ask(api, QUESTION) if one["why"][0]["by"] == "meaning"]
    import_module("memory.tasks").embed(member.id)
    with tenancy.account_scope(member.account):
        assert list(CodeBlock.objects.values_list("model", flat=True)) == [encoder.load().name]
    assert dict(entries()) == code_of_each(member)
    assert ask(api, QUESTION)[0]["why"][0]["by"] == "meaning"


def test_vectors_from_before_there_were_blocks_are_in_them_after_the_migration(entries, nearer, member):
    nearer(codes.ROOM + 1)
    with tenancy.account_scope(member.account):
        CodeBlock.objects.all().delete()
    assert entries() == []
    with connection.cursor() as cursor:
        cursor.execute(import_module("memory.migrations.0007_code_blocks").MAKE_ALL)
    assert dict(entries()) == code_of_each(member)
    assert len(entries()) == codes.ROOM + 1
