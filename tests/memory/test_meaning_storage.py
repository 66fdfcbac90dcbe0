"""Vectors and words in the database: by which indexes they are found, and that they stay in step with memories."""

import re
from datetime import timedelta

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from executor_one.kit import tenancy
from memory import codes, semantic, tasks
from memory.meaning import encoder, vectors, words
from memory.models import Memory, MemoryTag, MemoryVector, MemoryWord

pytestmark = pytest.mark.skipif(not encoder.installed(), reason="the extra `meaning` is not installed")
CODE = "01" * 192


def plan(statement, *values):
    """How Postgres goes about a statement, as the application's role."""
    with connection.cursor() as cursor:
        cursor.execute(f"PREPARE looked_at AS {statement}")
        try:
            call = cursor.mogrify(f"EXECUTE looked_at({', '.join(['%s'] * len(values))})", values)
            cursor.execute(f"EXPLAIN {call}")
            return "\n".join(line for (line,) in cursor.fetchall())
        finally:
            cursor.execute("DEALLOCATE looked_at")


@pytest.fixture
def filled(api, remember, owner_connection):
    remember(api, {f"fact/{at}": f"fact number {at} on nginx" for at in range(30)})


def test_each_search_goes_by_an_index_behind_row_level_security(filled, member):
    with tenancy.account_scope(member.account):
        name = encoder.load().name
        now = timezone.now()
        matching = plan(semantic.NEAR_OF_MATCHING, member.id, name, CODE, "", 0.5, False, ["a"], now)
        these = plan(semantic.NEAR_OF_THESE, member.id, name, CODE, ["0" * 32])
        term, conditions = [words.term(member.id, "nginx")], (["a"], 0.5, False, now)
        by_words = plan(semantic.WORDS_OF_ALL, member.id, term, now)
        matching_words = plan(semantic.WORDS_OF_MATCHING, member.id, term, *conditions)
        by_tags = plan(semantic.TAGGED_OF_MATCHING, member.id, ["a", "b"], *conditions)
        by_prefix = plan(semantic.PREFIX_OF_MATCHING, member.id, "a", *conditions, "b")
        waiting = plan(semantic.WAITING, member.id, name)
    assert "Index Only Scan using codes_of_account" in matching
    assert len(set(re.findall(r"hashed SubPlan \d+", matching))) == 2
    assert "memory_memoryvector_pkey" in these.partition("Sort")[2]
    assert "codes_of_account" not in these
    assert "word_by_term" in by_words
    assert "word_by_term" in matching_words
    assert "one_row_a_tag" in matching_words
    assert "tag_by_rank" in by_tags
    assert "tag_by_key" in by_prefix
    assert "tag_by_importance" in matching
    assert waiting.count("codes_of_account") == 2
    assert "Seq Scan" not in by_prefix + by_tags
    for found in (matching, these, by_words, matching_words, waiting):
        assert "Seq Scan" not in found
        assert "InitPlan" in found  # the account is asked for once, not once a row


def test_blocks_of_codes_are_read_in_their_order_and_vectors_one_by_one(filled, member):
    with tenancy.account_scope(member.account):
        name = encoder.load().name
        blocks = plan(codes.BLOCKS, member.id, name)
        live = plan(codes.LIVE, member.id, name, ["0" * 32], timezone.now())
        held = plan(codes.HELD, member.id, name)
        made = plan(codes.HOW_MANY, member.id, name)
    assert "memory_codeblock_pkey" in blocks
    assert "memory_memoryvector_pkey" in live
    assert "hashed SubPlan" in live
    assert "memory_expiring" in live
    assert "Index Only Scan using codes_of_account" in made
    assert "memory_codeblock_pkey" in held
    assert "Seq Scan" not in blocks + live + held + made
    assert "InitPlan" in live


def test_what_fulfils_the_conditions_is_looked_up_by_the_memory(filled, member):
    with tenancy.account_scope(member.account):
        term = [words.term(member.id, "nginx")]
        fulfilling = plan(semantic.FULFILLING, member.id, "a", ["b"], 0.5, False, timezone.now())
        words_of_these = plan(semantic.WORDS_OF_THESE, term, ["0" * 32])
        tags_of_these = plan(semantic.TAGGED_OF_THESE, ["a"], ["0" * 32])
        prefix_of_these = plan(semantic.PREFIX_OF_THESE, "a", "b", ["0" * 32])
    assert "tag_by_importance" in fulfilling
    assert "memory_memoryword_pkey" in words_of_these
    assert "one_row_a_tag" in tags_of_these
    assert "one_row_a_tag" in prefix_of_these
    assert "Seq Scan" not in fulfilling + words_of_these + tags_of_these + prefix_of_these


def test_what_fulfils_the_conditions_is_found_behind_many_that_do_not(api, ask, remember, member):
    remember(api, {"the/one": "a hound"}, importance=0.9)
    question = "does somebody have a dog?"
    (vector,) = encoder.load().encode([question])
    near = {"model": encoder.load().name, "code": vectors.code(vector), "vector": vectors.pack(vector)}
    account = {"account_id": member.id}
    with tenancy.account_scope(member.account):
        nearer = [Memory(key=f"k{at}", value="1", rank=0.0, **account) for at in range(semantic.NEAREST + 1)]
        Memory.objects.bulk_create(nearer)
        places = {"rank": 0.0, "importance": 0.5, "crystallized": False}
        MemoryTag.objects.bulk_create(MemoryTag(memory=one, key=one.key, **places, **account) for one in nearer)
        MemoryVector.objects.bulk_create(MemoryVector(memory=one, digest="x", **near, **account) for one in nearer)
        codes.keep(near["model"], [])
    assert "the/one" not in [one["key"] for one in ask(api, question, limit=100)]
    assert [one["key"] for one in ask(api, question, minImportance=0.9)] == ["the/one"]


@pytest.mark.parametrize("conditions", [{}, {"minImportance": 0.1}])
def test_what_has_expired_takes_no_place_of_the_live(api, ask, remember, member, conditions):
    """By meaning only so many are compared, and by a word only so many looked at; of those none is expired."""
    remember(api, {"dead": "a hound that hates thunder"}, importance=0.5)
    with tenancy.account_scope(member.account):
        one = Memory.objects.get()
        vector, held = MemoryVector.objects.get(), list(MemoryWord.objects.all())
        past = {"expires_at": timezone.now() - timedelta(seconds=1), "importance": 0.5}
        dead = [
            Memory(account=member.account, key=f"a{at}", value=one.value, rank=one.rank + 1, **past)
            for at in range(semantic.NEAREST + semantic.FEW + 1)
        ]
        Memory.objects.bulk_create(dead)
        places = {"account_id": member.id, "tag": "", "rank": one.rank + 1, "crystallized": False, **past}
        MemoryTag.objects.bulk_create(MemoryTag(memory=gone, key=gone.key, **places) for gone in dead)
        same = {name: getattr(vector, name) for name in ("account_id", "model", "digest", "code", "vector")}
        MemoryVector.objects.bulk_create(MemoryVector(memory=gone, **same) for gone in dead)
        MemoryWord.objects.bulk_create(
            MemoryWord(memory=gone, account_id=member.id, term=word.term) for gone in dead for word in held
        )
        codes.keep(vector.model, [])
    api.delete("/api/memory/dead")
    remember(api, {"the/one": "a hound and its mistress: it hates thunder"}, importance=0.4)
    (found,) = ask(api, "which hound hates thunder", **conditions)
    assert found["key"] == "the/one"
    assert {reason["by"] for reason in found["why"]} == {"meaning", "words"}


def test_no_parallel_workers_are_started(db):
    with connection.cursor() as cursor:
        cursor.execute("SHOW max_parallel_workers_per_gather")
        assert cursor.fetchone() == ("0",)


def test_writing_the_same_again_has_nothing_made_again(api, remember, run_jobs):
    remember(api, {"pets/rex": "a lazy hound"})
    assert remember(api, {"pets/rex": "a lazy hound"}) == 0
    assert remember(api, {"pets/rex": "a lazy hound"}, importance=0.9) == 0
    assert remember(api, {"pets/rex": "a lazy old hound"}) == 1


def test_what_is_written_while_its_vector_is_made_is_made_again(api, ask, remember, run_jobs, monkeypatch, member):
    remember(api, {"pets/rex": "a lazy hound"}, embed=False)
    real = encoder.Encoder.encode

    def slow(self, texts):
        if "a lazy hound" in "".join(texts):
            api.patch("/api/memory/pets/rex", {"value": "an aquarium"}, content_type="application/json")
        return real(self, texts)

    monkeypatch.setattr(encoder.Encoder, "encode", slow)
    tasks.embed(member.id)
    with tenancy.account_scope(member.account):
        assert MemoryVector.objects.get().model == ""
    run_jobs()
    assert ask(api, "fish tank")[0]["why"][0]["similarity"] > 0.3


def test_a_job_that_comes_twice_or_late_does_nothing(api, remember, member, database_urls):
    remember(api, {"pets/rex": "a lazy hound"})
    with tenancy.account_scope(member.account):
        before = MemoryVector.objects.values_list("model", "digest", "vector").get()
    tasks.embed(member.id)
    tasks.embed("acc_nobody")
    with tenancy.account_scope(member.account):
        assert MemoryVector.objects.values_list("model", "digest", "vector").get() == before


def test_one_job_at_a_time_works_on_an_account(api, remember, member, database_urls):
    remember(api, {"pets/rex": "a lazy hound"}, embed=False)
    with psycopg.connect(database_urls.app_url) as other:
        other.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7316204511))", [member.id])
        tasks.embed(member.id)
        with tenancy.account_scope(member.account):
            assert MemoryVector.objects.get().model == ""
    tasks.embed(member.id)
    with tenancy.account_scope(member.account):
        assert MemoryVector.objects.get().model == encoder.load().name


def test_memories_from_before_get_their_words_too(api, ask, remember, member):
    remember(api, {"pets/rex": "a lazy hound"}, embed=False)
    with tenancy.account_scope(member.account):  # as migration 0004 leaves them
        MemoryWord.objects.all().delete()
        MemoryVector.objects.update(digest="")
    tasks.embed(member.id)
    assert {reason["by"] for reason in ask(api, "lazy hound")[0]["why"]} == {"meaning", "words"}


def test_a_word_of_another_account_s_memory_cannot_be_kept(api, remember, member, make_member):
    remember(api, {"pets/rex": "a lazy hound"})
    with tenancy.account_scope(member.account):
        theirs = Memory.objects.get().pk
    other = make_member("two@example.com")
    with tenancy.account_scope(other.account), pytest.raises(IntegrityError, match="same_account"):
        add_at_once(MemoryWord(memory_id=theirs, account_id=other.id, term=1))


@transaction.atomic
def add_at_once(row):
    """Add a row whose foreign keys are checked now, not at the end of the test."""
    row.save(force_insert=True)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
