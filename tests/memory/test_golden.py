"""The golden set: a hundred questions in other words than what they ask for, over the API, with the real model."""

import tomllib
from pathlib import Path

import pytest

from memory.meaning import encoder, text, words

GOLDEN = tomllib.loads((Path(__file__).parent / "golden.toml").read_text())["memory"]
ASKED = [memory for memory in GOLDEN if "question" in memory]
FIRST = 5


def akin(one, other):
    """Equal stems, or one that begins like the other: `deploy` and `deployment`."""
    shorter = min(len(one), len(other))
    return one == other or (shorter >= 4 and one[:shorter] == other[:shorter])


def shared_words(memory):
    """Content words that a question has in common with its memory, the value of a secret included."""
    own = words.stems(text.describe(memory["key"], memory["tags"], memory["value"]))
    own += words.stems(str(memory["value"]))
    return {word for word in words.stems(memory["question"]) for other in own if akin(word, other)}


def test_the_set_is_as_large_as_it_says():
    assert len(ASKED) == 100
    assert len(GOLDEN) >= 160
    assert len({memory["key"] for memory in GOLDEN}) == len(GOLDEN)
    assert len({memory["question"] for memory in ASKED}) == len(ASKED)


def test_no_question_shares_a_word_with_what_it_asks_for():
    assert {memory["key"]: shared for memory in ASKED if (shared := shared_words(memory))} == {}


@pytest.mark.parametrize(
    ("question", "value", "shared"),
    [
        ("who deploys it", "deployment is Ana's", {"deploy"}),
        ("which databases", "the database", {"databas"}),
        ("what is it", "it is what it is", set()),
    ],
)
def test_a_shared_word_is_noticed(question, value, shared):
    assert shared_words({"key": "k", "tags": [], "value": value, "question": question}) == shared


def share_found(api, **mode):
    """In how many of the questions what is asked for is among the FIRST, and the questions where it is not."""
    missed = []
    for memory in ASKED:
        answer = api.get("/api/memory", {"query": memory["question"], "limit": FIRST, **mode})
        assert answer.status_code == 200, answer.content
        if memory["key"] not in [one["key"] for one in answer.json()["data"]]:
            missed.append(memory["key"])
    return 1 - len(missed) / len(ASKED), missed


@pytest.mark.skipif(not encoder.installed(), reason="the extra `meaning` is not installed")
def test_E18_what_is_meant_is_among_the_first_five(api, run_jobs):
    for memory in GOLDEN:
        body = {name: memory[name] for name in ("key", "tags", "value")}
        assert api.post("/api/memory", body, content_type="application/json").status_code == 201
    run_jobs()
    found, missed = share_found(api, mode="semantic")
    assert found >= 0.85, missed
    by_prefix, _ = share_found(api)
    assert by_prefix <= 0.3
    print(f"recall@{FIRST}: by meaning {found:.2f}, by prefix {by_prefix:.2f}; missed {missed}")
