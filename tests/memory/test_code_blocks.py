"""Blocks of codes: what recall by meaning looks at in place of all the vectors, and that it never misses one for it."""

from datetime import timedelta
from importlib import import_module
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from django_q.models import OrmQ

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
                codes.keep(made["model"], [(one.pk, vectors.signs(meant)) for one in some])

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
        model = CodeBlock.objects.get().model
        CodeBlock.objects.update(number=codes.BLOCKS_AT_ONCE)
        CodeBlock.objects.bulk_create(
            CodeBlock(account_id=member.id, model=model, number=at, memories=uuid4().bytes, codes=bytes(codes.CODE))
            for at in range(codes.BLOCKS_AT_ONCE)
        )
    (found,) = ask(api, QUESTION)
    assert found["why"][0]["by"] == "meaning"


def test_the_nearest_by_code_are_compared(api, ask, remember, nearer):
    nearer(codes.ROOM * 2, times=-1)
    remember(api, {"the/one": "a hound"})
    assert [one["key"] for one in ask(api, QUESTION)] == ["the/one"]


def test_places_of_those_that_are_gone_are_not_the_end(api, ask, remember, nearer, member):
    nearer(5 * semantic.NEAREST)
    remember(api, {"the/one": "a hound"})
    with tenancy.account_scope(member.account):
        Memory.objects.filter(key__startswith="near/").delete()
    assert [one["key"] for one in ask(api, QUESTION)] == ["the/one"]


@pytest.mark.parametrize("how", ["delete", "expire", "replace"])
def test_what_goes_leaves_no_code(api, remember, run_jobs, entries, member, how):
    remember(api, {"pets/rex": "a lazy hound"}, ttl=60)
    remember(api, {"pets/tom": "a cat"})
    if how == "delete":
        api.delete("/api/memory/pets/rex")
    else:
        with time_machine.travel(timezone.now() + timedelta(seconds=61)):
            remember(api, {"pets/rex" if how == "replace" else "pets/nemo": "an aquarium"}, embed=False)
    run_jobs()
    assert {one: code for one, code in entries() if any(code)} == code_of_each(member)
    assert (bytes(16).hex(), bytes(48)) in entries()


def test_what_was_read_before_it_became_a_secret_leaves_no_code(api, remember, run_jobs, entries, member):
    remember(api, {"wifi": "the password is bluewhale"})
    ((_, before),) = entries()
    api.patch("/api/memory/wifi", {"tags": ["secrets"]}, content_type="application/json")
    run_jobs()
    assert before not in [code for _, code in entries()]
    assert {one: code for one, code in entries() if any(code)} == code_of_each(member)


def test_what_becomes_a_secret_while_it_is_read_leaves_no_code(api, remember, run_jobs, entries, member, monkeypatch):
    """The job that follows the change finds another one at work, and gives up: that one has to come again."""
    remember(api, {"wifi": "the password is bluewhale"}, embed=False)
    real = encoder.Encoder.encode

    def slow(self, texts):
        if "bluewhale" in "".join(texts):
            api.patch("/api/memory/wifi", {"tags": ["secrets"]}, content_type="application/json")
            OrmQ.objects.all().delete()
        return real(self, texts)

    monkeypatch.setattr(encoder.Encoder, "encode", slow)
    OrmQ.objects.all().delete()
    import_module("memory.tasks").embed(member.id)
    assert entries() == []
    assert run_jobs() == 1
    assert dict(entries()) == code_of_each(member)


def test_a_vector_whose_job_met_the_forgetting_of_codes_is_made(api, remember, run_jobs, entries, member):
    remember(api, {"pets/rex": "a lazy hound"}, embed=False)
    OrmQ.objects.all().delete()
    import_module("memory.tasks").forget_codes(member.id, str(uuid4()))
    assert run_jobs() == 1
    assert len(entries()) == 1
    import_module("memory.tasks").forget_codes(member.id, str(uuid4()))
    assert run_jobs() == 0


def test_room_of_those_that_are_gone_is_used_again(entries, nearer, run_jobs, member):
    nearer(3 * codes.ROOM)
    with tenancy.account_scope(member.account):
        gone = Memory.objects.filter(key__gte="near/3")
        codes.forget([str(one.pk) for one in gone])
        gone.delete()
        assert len(entries()) == 3 * codes.ROOM
        codes.keep(encoder.load().name, [])
    assert dict(entries()) == code_of_each(member)
    assert len(entries()) == len(dict(entries()))


def test_vectors_that_are_in_no_block_are_told_and_put_right(api, ask, remember, run_jobs, entries, member):
    remember(api, {"pets/rex": "a lazy hound"})
    remember(api, {"pets/tom": "a cat"})
    with tenancy.account_scope(member.account):  # as an older version of the program leaves it
        tom = Memory.objects.get(key="pets/tom")
        codes.forget([str(tom.pk)])
    answer = api.get("/api/memory", {"query": "where is the feline?", "mode": "semantic"}).json()
    assert answer["meta"]["exact"] is False
    assert run_jobs() == 1
    assert dict(entries()) == code_of_each(member)
    assert ask(api, "where is the feline?")[0]["key"] == "pets/tom"


def test_a_memory_that_is_deleted_while_the_first_block_is_made_costs_no_other(api, ask, remember, run_jobs, member):
    with tenancy.account_scope(member.account):
        codes.keep(encoder.load().name, [])
        assert not CodeBlock.objects.exists()
    remember(api, {"pets/rex": "a lazy hound"})
    assert ask(api, QUESTION)[0]["key"] == "pets/rex"


def test_writing_one_memory_over_and_over_does_not_grow_the_blocks_for_ever(remember, api, entries, member):
    remember(api, {"pets/rex": "a lazy hound"})
    with tenancy.account_scope(member.account):
        one = MemoryVector.objects.get()
        for _ in range(2 * codes.ROOM):
            codes.keep(one.model, [(one.memory_id, bytes(range(48)))])
        assert len(entries()) <= codes.ROOM + codes.SPARE
        assert [code for _, code in entries() if any(code)] == [bytes(range(48))]


def test_a_question_asks_for_no_job(api, ask, remember, run_jobs, nearer, member):
    nearer(2 * semantic.NEAREST)
    remember(api, {"the/one": "a hound"})
    with tenancy.account_scope(member.account):
        Memory.objects.filter(key__startswith="near/").update(expires_at="2020-01-01T00:00Z")
    assert [one["key"] for one in ask(api, QUESTION)] == ["the/one"]
    assert run_jobs() == 0


def test_a_memory_is_found_by_what_it_means_now(api, ask, remember):
    remember(api, {"pets/rex": "a lazy hound"})
    remember(api, {"pets/rex": "an aquarium full of fish"})
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
