"""The ids of what one account sees become visible in their order: who goes on after the last one misses none."""

import threading
import time

import pytest
from django.db import connection

from events import actions
from events.actions import event, publish, publish_for_all, told_last
from events.models import Event
from events.queries import FOLLOWING, following
from executor_one.kit import tenancy

WRITERS, EACH = 6, 40


def write(account, number):
    """Transactions of different lengths, so that one which took its ids early commits late."""
    for at in range(EACH):
        with tenancy.account_scope(account):
            publish(event("test.told", {"writer": number, "at": at}))
            time.sleep((number * 7 + at * 3) % 5 / 1000)
    connection.close()


def tell_everyone():
    for at in range(EACH):
        with tenancy.all_accounts(reason="what happened to the installation"):
            publish_for_all("test.installation", {"at": at})
            time.sleep(at % 3 / 1000)
        time.sleep(0.01)
    connection.close()


def follow(account, is_over, after=0):
    """What a reader sees that resumes with the last id it has read."""
    seen = []
    while True:
        was_over = is_over.is_set()
        with tenancy.account_scope(account):
            rows = following(account, seen[-1][0] if seen else after, limit=50)
        seen += [(row["id"], row["type"]) for row in rows]
        if was_over and not rows:
            connection.close()
            return seen


def read_while_written(account):
    is_over, found = threading.Event(), []
    reader = threading.Thread(target=lambda: found.extend(follow(account, is_over)))
    writers = [threading.Thread(target=write, args=(account, number)) for number in range(WRITERS)]
    writers.append(threading.Thread(target=tell_everyone))
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    is_over.set()
    reader.join()
    return [one for one in found if one[1].startswith("test.")]


def written(account):
    with tenancy.account_scope(account):
        return [(row["id"], row["type"]) for row in following(account, 0, limit=10_000) if row["type"][:5] == "test."]


def test_E22_a_reader_that_follows_the_ids_sees_all_in_order_while_many_write(committed, member):
    seen, there = read_while_written(member.id), written(member.id)
    assert len(there) == (WRITERS + 1) * EACH
    assert seen == there


@pytest.mark.parametrize("turn", ["ACCOUNT_TURN", "INSTALLATION_TURN"])
def test_without_the_turn_the_reader_would_miss_some(committed, member, monkeypatch, turn):
    """That the test above can fail at all."""
    monkeypatch.setattr(actions, turn, "SELECT $1::text" if turn == "ACCOUNT_TURN" else "SELECT 1")
    seen, there = read_while_written(member.id), written(member.id)
    assert len(there) == (WRITERS + 1) * EACH
    assert len(seen) < len(there)


def test_publishers_of_different_accounts_do_not_wait_for_each_other(committed, member, make_member):
    other = make_member("two@example.com").id
    told = threading.Event()

    def tell_other():
        with tenancy.account_scope(other):
            publish(event("test.told", {}))
        told.set()
        connection.close()

    with tenancy.account_scope(member.id):
        publish(event("test.told", {}))
        thread = threading.Thread(target=tell_other)
        thread.start()
        assert told.wait(10)
    thread.join()


@told_last()
def tell_and_fail():
    publish(event("test.third", {}))
    return 1 / 0


def test_what_is_told_last_is_told_after_all_else_and_not_at_all_when_it_fails(db, member):
    with tenancy.account_scope(member.id):
        with told_last():
            publish(event("test.first", {}))
            with told_last():
                publish(event("test.second", {}))
            assert not Event.objects.filter(type__startswith="test.").exists()
        types = Event.objects.filter(type__startswith="test.").order_by("id").values_list("type", flat=True)
        assert list(types) == ["test.first", "test.second"]
        with pytest.raises(ZeroDivisionError):
            tell_and_fail()
        assert not Event.objects.filter(type="test.third").exists()


def test_a_stream_is_read_by_its_indexes(db, member):
    """Both halves come from their index in the order of the ids: neither is sorted or scanned."""
    with tenancy.account_scope(member.id), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_bitmapscan = off")  # which a table of a few rows tempts to
        cursor.execute(f"PREPARE following AS {FOLLOWING}")
        cursor.execute(f"EXPLAIN EXECUTE following('{member.id}', 0, 100)")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert plan.count("Index Scan") == 2, plan
    assert "event_of_account" in plan, plan
    assert "event_of_installation" in plan, plan
    assert "Seq Scan" not in plan, plan
    assert "Merge Append" in plan, plan
    assert "Sort  (" not in plan, plan
