"""Garbage collection: what goes, what never goes (E-R18, E-R28)."""

import itertools
import uuid
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from executor_one.kit import tenancy
from goals.tasks import pulse
from memory.actions import GARBAGE, collect_garbage, crystallize, garbage_is_due, learn
from memory.models import Correction, Memory, MemoryTag, TaskTree

NOW = datetime(2026, 4, 6, 12, tzinfo=UTC)
GOAL = uuid.UUID(int=7)
FACT = "the build of service {} needs exactly seven minutes on the small runner"


@pytest.fixture
def scoped(member):
    with tenancy.account_scope(member.account):
        yield member.account


def left():
    return set(Memory.objects.values_list("key", flat=True))


def test_E_R26_expired_memories_go_in_bounded_portions(scoped, store, events_of):
    with time_machine.travel(NOW, tick=False) as clock:
        for number in range(5):
            store(key=f"gone{number}", ttl=60)
        store(key="later", ttl=7200)
        store(key="always")
        clock.shift(3600)
        assert [collect_garbage(most=3), collect_garbage(most=3)] == [{"expired": 3}, {"expired": 2}]
        assert collect_garbage() == {}
    assert left() == {"later", "always"}
    assert MemoryTag.objects.count() == 2
    assert events_of()[-2:] == [("memory.collected", {"expired": 3}), ("memory.collected", {"expired": 2})]


def test_what_one_go_leaves_a_job_takes(scoped, store, run_jobs):
    with time_machine.travel(NOW, tick=False) as clock:
        for number in range(5):
            store(key=f"gone{number}", ttl=60)
        clock.shift(3600)
        assert collect_garbage(most=3) == {"expired": 3}
        run_jobs()
    assert left() == set()


def test_E_R26_an_account_without_goals_is_rid_of_what_expired_within_a_minute(member, store, run_jobs):
    """No tick does it there: the heartbeat's clock looks for it."""
    with time_machine.travel(NOW, tick=False) as clock:
        pulse()
        store(key="gone", ttl=1, tags=["secrets"])
        store(key="stays", ttl=3600)
        clock.shift(30)
        pulse()
        run_jobs()
        assert kept(member) == {"gone", "stays"}, "it is no work of every pulse"
        clock.shift(31)
        pulse()
        run_jobs()
    assert kept(member) == {"stays"}


def kept(member):
    with tenancy.account_scope(member.account):
        return left()


def worthless(account, key, **fields):
    old = timezone.now() - timedelta(days=91)
    made = {"value": "1", "rank": 0, "importance": 0.5, "learned_from": GOAL, "written_at": old, **fields}
    return Memory.objects.create(account=account, key=key, **made)


def test_worthless_is_only_what_the_executor_wrote_nobody_read_and_is_old_and_unimportant(scoped):
    worthless(scoped, "goes")
    worthless(scoped, "a customer's", learned_from=None)
    worthless(scoped, "adopted", adopted=True)
    worthless(scoped, "read", access_count=1)
    worthless(scoped, "important", importance=0.51)
    worthless(scoped, "young", written_at=timezone.now() - timedelta(days=89))
    worthless(scoped, "crystallized", crystallized=True)
    assert collect_garbage() == {"worthless": 1}
    assert left() == {"a customer's", "adopted", "read", "important", "young", "crystallized"}


def test_E_R18_retired_corrections_and_dead_trees_go_and_crystallized_ones_stay(scoped):
    long_ago = timezone.now() - timedelta(days=91)
    for name, retired, crystallized in (("goes", long_ago, False), ("stays", long_ago, True), ("alive", None, False)):
        Correction.objects.create(
            account=scoped, signature=name, fix={}, fix_digest=name, source="catalogue", retired_at=retired,
            crystallized=crystallized,
        )  # fmt: skip
    for name, failures, used, crystallized in (
        ("goes", 3, 1, False), ("unused", 0, 0, False), ("stays", 3, 0, True), ("good", 1, 1, False),
    ):  # fmt: skip
        TaskTree.objects.create(
            account=scoped, shape=name, description=name, tree={}, planner="keyword", successes=2, failures=failures,
            times_used=used, crystallized=crystallized, used_at=long_ago, learned_from=GOAL,
        )  # fmt: skip
    assert collect_garbage() == {"corrections": 1, "trees": 2}
    assert set(Correction.objects.values_list("signature", flat=True)) == {"stays", "alive"}
    assert set(TaskTree.objects.values_list("shape", flat=True)) == {"stays", "good"}


def test_E_R28_nothing_collects_what_is_crystallized(scoped, store):
    """It tries: every age, the collector's own statements, and an expiry written by hand."""
    with time_machine.travel(NOW, tick=False) as clock:
        store(key="kept", ttl=1)
        crystallize("kept", actor="test")
        worthless(scoped, "kept too", crystallized=True)
        clock.shift(timedelta(days=5000))
        assert collect_garbage() == {}
        for statement, _ in GARBAGE.values():
            with connection.cursor() as cursor:
                cursor.execute(f"PREPARE asked AS {statement}")
                cursor.execute("EXECUTE asked(%s, %s, 1000)", [scoped.pk, timezone.now() + timedelta(days=9000)])
                assert cursor.fetchall() == []
                cursor.execute("DEALLOCATE asked")
        with pytest.raises(IntegrityError), transaction.atomic():
            Memory.objects.update(expires_at=NOW)
    assert left() == {"kept", "kept too"}


def test_other_accounts_garbage_is_left_to_them(scoped, make_member, client_of, store):
    with time_machine.travel(NOW, tick=False) as clock:
        store(client=client_of(make_member("other@example.com").key), key="theirs", ttl=60)
        clock.shift(3600)
        assert collect_garbage() == {}


def test_writing_takes_expired_memories_away_without_any_beat(scoped, store):
    with time_machine.travel(NOW, tick=False) as clock:
        for number in range(12):
            store(key=f"gone{number}", ttl=60)
        clock.shift(3600)
        store(key="new")
        assert Memory.objects.count() == 3
        store(key="newer")
        assert left() == {"new", "newer"}


def test_it_is_due_once_a_minute():
    beats = [NOW + timedelta(seconds=seconds) for seconds in (0, 30, 59.9, 60, 61, 200)]
    due = [garbage_is_due(*pair) for pair in itertools.pairwise(beats)]
    assert due == [False, False, True, False, True]


@pytest.mark.parametrize("kind", GARBAGE)
def test_each_kind_is_found_by_an_index_of_its_own(scoped, kind):
    index = {"expired": "memory_expiring", "worthless": "memory_worthless", "corrections": "correction_retired"}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute(f"PREPARE asked AS {GARBAGE[kind][0]}")
        cursor.execute("EXPLAIN EXECUTE asked(%s, now(), 200)", [scoped.pk])
        plan = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("DEALLOCATE asked")
    assert f" {index.get(kind, 'tree_dead')} " in plan, plan
    assert plan.count("Index Cond") == 1, plan


def test_what_was_learned_and_never_read_is_collected_in_the_end(scoped):
    with time_machine.travel(NOW, tick=False) as clock:
        learn("learned/a", FACT.format("alpha"), learned_from=GOAL)
        learn("learned/b", FACT.format("beta"), learned_from=GOAL, importance=0.9)
        clock.shift(timedelta(days=90))
        assert collect_garbage() == {"worthless": 1}
    assert left() == {"learned/b"}
