"""Recall in lists: what matches, in which order, and what it may cost (E18, E-R27)."""

import itertools
import random
from datetime import UTC, datetime, timedelta
from math import exp

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from executor_one.kit import tenancy
from memory import queries
from memory.models import Memory, MemoryTag
from memory.queries import LOOK, ROUNDS, Wanted, recall
from memory.ranking import HALF_LIFE_SECONDS, LAMBDA, after, rank, relevance

NOW = datetime(2026, 4, 6, 12, tzinfo=UTC)


def test_E18_prefix_tags_importance_and_crystallized_all_must_match(api, store, keys_of):
    store(key="nginx/a", tags=["infra", "web"], importance=0.9)
    store(key="nginx/b", tags=["infra"], importance=0.8)
    store(key="nginy", tags=["infra", "web"], importance=0.7)
    store(key="Nginx", tags=["Infra"], importance=0.6)
    api.post("/api/memory/nginx/b/crystallize")
    assert keys_of() == ["nginx/a", "nginx/b", "nginy", "Nginx"]
    assert keys_of("query=nginx") == ["nginx/a", "nginx/b"]
    assert keys_of("query=ngin") == ["nginx/a", "nginx/b", "nginy"]
    assert keys_of("query=nginx/a") == ["nginx/a"]
    assert keys_of("query=%25") == keys_of("query=_ginx") == []
    assert keys_of("tags=infra,web") == keys_of("tags=web&tags=infra") == ["nginx/a", "nginy"]
    assert keys_of("tags=infra,absent") == []
    assert keys_of("crystallizedOnly=true") == ["nginx/b"]
    assert keys_of("crystallizedOnly=true&tags=web") == []
    assert keys_of("minImportance=0.8") == ["nginx/a", "nginx/b"]
    assert keys_of("query=nginx&tags=infra&minImportance=0.85&crystallizedOnly=false&limit=10") == ["nginx/a"]


def test_E_R27_the_order_is_importance_times_recency_with_a_half_life_of_seven_days(api, store, keys_of):
    with time_machine.travel(NOW, tick=False) as clock:
        store(key="old", importance=0.8)
        clock.shift(timedelta(days=7))
        store(key="new", importance=0.41)
        store(key="newer", importance=0.39)
        assert keys_of() == ["new", "old", "newer"]
        found = {one["key"]: one["relevance"] for one in api.get("/api/memory").json()["data"]}
        assert found == {"new": 0.41, "old": 0.4, "newer": 0.39}
        clock.shift(timedelta(days=7))
        assert keys_of() == ["new", "old", "newer"], "time alone changes no order"
        api.get("/api/memory/newer")  # an access counts as recent
        assert keys_of() == ["newer", "new", "old"]
        assert api.get("/api/memory?tags=&query=newer").json()["data"][0]["relevance"] == 0.39


def test_an_importance_of_zero_is_last_and_does_not_break_the_order(store, keys_of):
    with time_machine.travel(NOW, tick=False) as clock:
        store(key="zero", importance=0)
        store(key="least", importance=0.001)
        clock.shift(timedelta(days=100))
        store(key="later zero", importance=0)
        assert keys_of() == ["least", "later zero", "zero"]
        clock.shift(timedelta(days=170))
        store(key="zero today", importance=0)
        assert keys_of() == ["least", "zero today", "later zero", "zero"], "no age makes it less than nothing"


def test_the_stored_rank_is_relevance():
    now = NOW.timestamp()
    for importance, age in itertools.product((1, 0.5, 0.01), (0, 3600, HALF_LIFE_SECONDS, 365 * 86400)):
        wanted = importance * 0.5 ** (age / HALF_LIFE_SECONDS)
        assert relevance(rank(importance, now - age), now) == pytest.approx(wanted, rel=1e-9)
    assert exp(-LAMBDA * HALF_LIFE_SECONDS) == pytest.approx(0.5)


def test_E_R33_being_listed_is_no_access(api, store):
    store(key="a")
    for _ in range(3):
        api.get("/api/memory")
    listed = api.get("/api/memory").json()["data"][0]
    assert (listed["accessCount"], listed["accessedAt"]) == (0, None)


def test_pages_follow_each_other(api, store, keys_of):
    for number in range(7):
        store(key=f"k{number}", importance=number / 10)
    assert keys_of("limit=3") + keys_of("limit=3&offset=3") + keys_of("limit=3&offset=6") == keys_of()
    answer = api.get("/api/memory?limit=3&offset=9").json()
    assert answer == {"data": [], "meta": {"total": 7, "exact": True, "limit": 3, "offset": 9}}


@pytest.mark.parametrize(
    ("prefix", "first_after"),
    [("a", "b"), ("az", "a{"), ("", ""), ("a\U0010ffff", "b"), ("\U0010ffff", ""), ("\ud7ff", "\ue000"), ("é", "ê")],
)
def test_the_first_text_after_a_prefix(prefix, first_after):
    assert after(prefix) == first_after
    assert not first_after or f"{prefix}\U0010ffff" < first_after
    first_after.encode()


def test_a_prefix_of_the_last_characters_there_are(store, keys_of):
    for key in ("\U0010ffff", "\U0010ffff" * 256, "a\U0010ffffb", "b", "\ud7ff!", "\ue000"):
        store(key=key)
    assert set(keys_of("query=\U0010ffff")) == {"\U0010ffff", "\U0010ffff" * 256}
    assert keys_of("query=a\U0010ffff") == ["a\U0010ffffb"]
    assert keys_of("query=\ud7ff") == ["\ud7ff!"]


# --- many memories ---------------------------------------------------------------------------------

WORDS, TAGS = ("app/", "db/", "db/x/", "nginx-"), ("infra", "rare", "web")


@pytest.fixture
def many(member):
    """1,500 memories of every kind, some expired, and the same as plain values."""
    dice, now = random.Random(7), timezone.now()
    with tenancy.account_scope(member.account):
        for number in range(1500):
            make(member.account, number, dice, now)
        Memory.objects.bulk_create(made := list(_made))
        MemoryTag.objects.bulk_create(tag_rows(made))
        _made.clear()
        yield [one for one in made if one.is_live(now)]


_made: list[Memory] = []


def make(account, number, dice, now):
    tags = [tag for tag, share in zip(TAGS, (0.4, 0.02, 0.3), strict=True) if dice.random() < share]
    importance, touched = dice.random(), now.timestamp() - dice.random() * 60 * 86400
    crystallized = dice.random() < 0.1
    expires = None if crystallized or dice.random() < 0.7 else now + timedelta(seconds=dice.choice((-60, 600)))
    _made.append(
        Memory(
            account=account, key=f"{dice.choice(WORDS)}{number}", value="1", tags=tags, importance=importance,
            rank=rank(importance, touched), crystallized=crystallized, expires_at=expires,
        )
    )  # fmt: skip


def tag_rows(memories):
    return [
        MemoryTag(
            account_id=one.account_id, memory=one, tag=tag, key=one.key, rank=one.rank, importance=one.importance,
            crystallized=one.crystallized, expires_at=one.expires_at,
        )
        for one in memories
        for tag in ("", *one.tags)
    ]  # fmt: skip


@pytest.mark.parametrize("rounds", [ROUNDS, (8, 40, 200), (4,)], ids=["as they are", "small", "one"])
def test_every_mix_of_filters_answers_what_a_plain_search_would(many, monkeypatch, rounds):
    """`rounds` makes few rows as good as many: each way to an answer is taken."""
    monkeypatch.setattr(queries, "ROUNDS", rounds)
    mixes = itertools.product(
        ("", "db/", "nginx-1", "none"), ((), ("infra",), ("rare", "infra"), TAGS), (False, True), (0, 0.5, 0.98)
    )
    for (prefix, tags, crystallized, least), offset in itertools.product(mixes, (0, 25)):
        wanted = Wanted(prefix, tags, crystallized, least, limit=20, offset=offset)
        matching = [
            one
            for one in many
            if one.key.startswith(prefix) and set(tags) <= set(one.tags)
            and one.importance >= least and (one.crystallized or not crystallized)
        ]  # fmt: skip
        matching.sort(key=lambda one: (one.rank, one.pk), reverse=True)
        found = recall(wanted)
        assert [one.pk for one in found.memories] == [one.pk for one in matching[offset : offset + 20]], wanted
        assert found.total == len(matching) if found.exact else found.total <= len(matching), wanted


def test_a_total_that_is_not_counted_says_so(many, api, monkeypatch):
    monkeypatch.setattr(queries, "ROUNDS", (100,))
    meta = api.get("/api/memory?limit=10").json()["meta"]
    assert not meta["exact"]
    assert 10 < meta["total"] <= len(many)


def plan_of(statement, *params):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"PREPARE asked AS {statement}")
        cursor.execute(f"EXPLAIN EXECUTE asked({', '.join(['%s'] * len(params))})", params)
        plan = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("DEALLOCATE asked")
        return plan


@pytest.mark.parametrize("filled", [False, True], ids=["nothing stored", "1,500 stored"])
def test_each_look_goes_by_its_index_behind_row_level_security(member, filled, request):
    """As the application's role: an operator that is not leakproof (LIKE, @>) finds by no index there."""
    if filled:
        request.getfixturevalue("many")
    with tenancy.account_scope(member.account):
        for (source, crystallized, many_tags), statement in LOOK.items():
            tags = [["infra", "rare"]] if many_tags else []
            plan = plan_of(
                statement, member.id, "infra", timezone.now(), "a", "b", 0.5, crystallized, 20, 0, 500, *tags
            )
            index = f"{'crystallized' if crystallized else 'tag'}_by_{source}"
            assert f"Index Only Scan using {index} " in plan, plan
            condition = next(line for line in plan.splitlines() if "Index Cond" in line)
            assert {"importance": "importance >=", "key": "key < "}.get(source, "tag = ") in condition
            assert "Seq Scan" not in plan
            if many_tags:
                assert "Index Only Scan using one_row_a_tag on memory_memorytag other" in plan, plan


@pytest.mark.parametrize("filled", [False, True], ids=["nothing stored", "1,500 stored"])
def test_reading_one_goes_by_its_key(member, filled, request):
    if filled:
        request.getfixturevalue("many")
    with tenancy.account_scope(member.account):
        plan = plan_of(queries.READ, member.id, "a", timezone.now())
        assert "using one_memory_a_key" in plan, plan
        assert "Index Cond: (memory_id = read" in plan, plan
        assert "Seq Scan" not in plan
