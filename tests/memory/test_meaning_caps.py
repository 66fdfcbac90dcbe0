"""Recall by meaning where more match than are looked at: what it says of that, and what is never lost."""

import pytest

from executor_one.kit import tenancy
from memory import semantic
from memory.meaning import encoder, words
from memory.models import Memory, MemoryTag, MemoryWord

pytestmark = pytest.mark.skipif(not encoder.installed(), reason="the extra `meaning` is not installed")


@pytest.fixture
def fill(member):
    """`fill(keys, word="needle", tags=["a"], ...)`: memories that are found by names and words, without vectors."""

    def do(keys, word="needle", tags=(), importance=0.5):
        account = {"account_id": member.id}
        with tenancy.account_scope(member.account):
            kept = {"value": "1", "tags": list(tags), "importance": importance, "rank": importance, **account}
            made = Memory.objects.bulk_create([Memory(key=key, **kept) for key in keys])
            places = {"rank": importance, "importance": importance, "crystallized": False, **account}
            MemoryTag.objects.bulk_create(
                MemoryTag(memory=one, key=one.key, tag=tag, **places) for one in made for tag in ("", *tags)
            )
            term = words.term(member.id, words.stem(word))
            MemoryWord.objects.bulk_create(MemoryWord(memory=one, term=term, **account) for one in made)

    return do


@pytest.fixture
def page(api):
    """`page("a question", tags=...)`: the whole answer."""

    def get(question, **more):
        answer = api.get("/api/memory", {"query": question, "mode": "semantic", **more})
        assert answer.status_code == 200, answer.content
        return answer.json()

    return get


def keys(answer):
    return [one["key"] for one in answer["data"]]


def by(one):
    return {reason["by"] for reason in one["why"]}


def test_the_total_is_exact_only_where_nothing_was_cut(page, fill):
    fill([f"pp/{at:03}" for at in range(40)], tags=["needle"])
    assert page("pp/", limit=1)["meta"] == {"total": 40, "exact": True, "limit": 1, "offset": 0}
    assert page("needle", limit=1)["meta"]["exact"] is True
    fill([f"pp/{at:03}" for at in range(40, 60)])
    found = page("pp/", limit=1)["meta"]
    assert (found["total"], found["exact"]) == (semantic.MOST_BY_NAME, False)
    assert page("needle", limit=1)["meta"] == {"total": 60, "exact": True, "limit": 1, "offset": 0}
    fill([f"other/{at:03}" for at in range(60)])
    assert page("needle", limit=1)["meta"]["exact"] is False, "more than 100 have the word"


@pytest.mark.parametrize("few", [semantic.FEW, 0], ids=["few fulfil", "many fulfil"])
def test_the_total_of_all_is_not_exact_beyond_the_most(page, fill, monkeypatch, few):
    monkeypatch.setattr(semantic, "FEW", few)
    fill([f"pp/{at:03}" for at in range(240)], tags=["needle"])
    found = page("pp/ needle", tags="needle", offset=200)
    assert found["meta"]["exact"] is False
    assert found["meta"]["total"] <= semantic.MOST
    assert found["data"] == []
    assert page("pp/", tags="needle", offset=199)["meta"]["exact"] is False


def test_a_question_that_many_waiting_memories_may_answer_is_not_exact(page, remember, api, run_jobs):
    remember(api, {"pets/rex": "a lazy hound"}, embed=False)
    assert page("lazy hound")["meta"]["exact"] is False
    run_jobs()
    assert page("lazy hound")["meta"] == {"total": 1, "exact": True, "limit": 20, "offset": 0}


def test_why_names_prefix_and_tags_of_every_hit(page, fill):
    fill([f"pp/{at:03}" for at in range(99)], word="pp", tags=["pp/"])
    found = page("pp/", limit=100)["data"]
    assert len(found) == 99
    assert all(by(one) == {"words", "prefix", "tags"} for one in found)


@pytest.mark.parametrize("few", [semantic.FEW, 0], ids=["few fulfil", "many fulfil"])
@pytest.mark.parametrize("condition", [{"tags": "wanted"}, {"tags": "wanted,too"}, {"minImportance": 0.9}])
def test_what_fulfils_the_conditions_is_found_by_name_or_word_behind_any_number(
    page, fill, monkeypatch, few, condition
):
    monkeypatch.setattr(semantic, "FEW", few)
    fill([f"pp/{at:03}" for at in range(semantic.MOST_OF_A_WORD + 1)], tags=["many"], importance=0.8)
    fill(["pp/last", "zz/last"], tags=["wanted", "too", "many"], importance=0.91)
    fill(["zz/tag"], word="another", tags=["wanted", "too", "many"], importance=0.9)
    assert keys(page("pp/", **condition)) == ["pp/last"]
    assert set(keys(page("needle", **condition))) == {"pp/last", "zz/last"}
    assert set(keys(page("many", **condition))) == {"pp/last", "zz/last", "zz/tag"}
    assert page("needle", **condition)["meta"]["exact"] is True
