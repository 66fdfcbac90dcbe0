"""The pure half of recall by meaning: what is read of a memory, its words, and how lists are fused."""

import pytest

from memory.meaning import text, words
from memory.meaning.fusion import Found, fuse

DEEP: list = []
for _ in range(60):
    DEEP = [DEEP, "deep"]


@pytest.mark.parametrize(
    ("key", "tags", "value", "read"),
    [
        ("infra/nginx_timeout", ["web-front"], "65 seconds", "infra nginx timeout: 65 seconds (web front)"),
        ("dbPassword", [], "x", "db Password: x"),
        ("HTTPServer.port", ["a", "..", "b"], 8080, "HTTP Server port: 8080 (a, b)"),
        ("k", [], {"loginName": "ana", "roles": ["admin", "ops"]}, "k: login Name: ana roles: admin ops"),
        ("k", [], [True, None, 1.5], "k: true 1.5"),
        ("k", [], "two\n lines\t here", "k: two lines here"),
        ("k", [], "a" * 101 + " word", "k: word"),
        ("k", [], None, "k"),
        ("k", [], {}, "k"),
        ("k", ["secrets"], "hush", "k (secrets)"),
        ("k", ["SECRETS", "x"], {"a": "hush"}, "k (SECRETS, x)"),
        ("k", [], "half \ud83d emoji \x00", "k: half   emoji  "),
        ("...", [], "only separators", ": only separators"),
    ],
)
def test_what_is_read_of_a_memory(key, tags, value, read):
    assert text.describe(key, tags, value) == read


@pytest.mark.parametrize("tags", [[], ["t" * 64] * 32])
@pytest.mark.parametrize("value", ["word " * 30_000, ["word"] * 30_000, {str(n): "word" for n in range(9_000)}, DEEP])
def test_a_text_is_bounded(value, tags):
    read = text.describe("k" * 256, tags, value)
    assert len(read) <= text.LONGEST
    assert len(text.terms("acc_1", read)) <= text.MOST_WORDS
    assert text.digest(read) == text.digest(read)


@pytest.mark.parametrize(
    ("said", "stems"),
    [
        ("The servers were restarted", ["server", "restart"]),
        ("running runs run", ["run"]),
        ("cities, classes and statuses", ["city", "class", "status"]),
        ("db-prod-1.internal", ["db-prod-1.internal", "db", "prod", "1", "internal"]),
        ("caching cached caches cache", ["cach"]),
        ("is it what they have?", []),
        ("ECONNREFUSED 10.0.0.7:5432", ["econnrefus", "10.0.0.7:5432", "10", "0", "7", "5432"]),
        ("über Größe", ["über", "grösse"]),
        ("this is red", ["red"]),
        ("x" * 65, []),
    ],
)
def test_the_stems_of_words(said, stems):
    assert words.stems(said) == stems


def test_a_term_belongs_to_its_account():
    assert words.term("acc_1", "nginx") == words.term("acc_1", "nginx") != words.term("acc_2", "nginx")
    assert all(-(2**63) <= words.term("acc_1", str(number)) < 2**63 for number in range(1_000))


def ranked(by, *things):
    return [Found(thing, {"by": by}, strength) for thing, strength in things]


MEANING = ranked("meaning", ("a", 0.6), ("b", 0.5), ("c", 0.2))


@pytest.mark.parametrize(
    ("lists", "order"),
    [
        ([], []),
        ([[], []], []),
        ([MEANING], ["a", "b", "c"]),
        ([MEANING, ranked("words", ("b", 1.0))], ["b", "a", "c"]),  # found in two ways
        ([MEANING, ranked("words", ("d", 0.04))], ["a", "b", "c", "d"]),  # a chance word
        ([MEANING, ranked("words", ("d", 1.0))], ["d", "a", "b", "c"]),  # every word of the question
        ([MEANING, ranked("prefix", ("c", 1.0)), ranked("words", ("c", 1.0))], ["c", "a", "b"]),
        ([ranked("tags", ("x", 1.0), ("y", 1.0)), ranked("prefix", ("y", 1.0), ("x", 1.0))], ["x", "y"]),  # equal
        ([ranked("words", ("a", 1.0), ("a", 1.0), ("b", 1.0))], ["a", "b"]),  # twice in one list
    ],
)
def test_lists_are_fused(lists, order):
    assert [hit.thing for hit in fuse(lists)] == order
    assert [hit.thing for hit in fuse(lists, most=1)] == order[:1]


def test_a_hit_says_each_list_once_in_their_order():
    twice = fuse([MEANING, ranked("words", ("a", 1.0), ("a", 1.0)), ranked("tags", ("a", 1.0))])
    assert twice[0].why == [{"by": "meaning"}, {"by": "words"}, {"by": "tags"}]
