"""The plan's ceiling (E-R4, E-R11): 402, nothing evicted, no race past it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine

from billing.models import Plan


@pytest.fixture
def ceiling(member):
    """Put the member on a plan that allows so many memories."""
    from billing.actions import set_plan
    from executor_one.kit.tenancy import account_scope

    def put(memories):
        Plan.objects.update_or_create(code="tiny", defaults={"name": "Tiny", "rank": 90, "memories": memories})
        with account_scope(member.account):
            set_plan(member.account, "tiny", actor="test")

    return put


def test_E_R4_one_memory_too_many_is_402_and_nothing_is_evicted(api, store, keys_of, ceiling):
    ceiling(2)
    assert [store(key=key).status_code for key in ("a", "b", "c")] == [201, 201, 402]
    refused = api.put("/api/memory/d", {"value": 1}, content_type="application/json")
    body = refused.json()
    assert (refused.status_code, body["limit"], body["allowed"]) == (402, "memories", 2)
    assert set(keys_of()) == {"a", "b"}
    assert store(key="a", value="updates go on").status_code == 200
    assert api.delete("/api/memory/a").status_code == 204
    assert store(key="c").status_code == 201


def test_what_is_expired_does_not_count(store, ceiling):
    ceiling(1)
    with time_machine.travel("2026-04-06T12:00:00Z", tick=False) as clock:
        assert store(key="a", ttl=60).status_code == 201
        assert store(key="b").status_code == 402
        clock.shift(60)
        assert store(key="b").status_code == 201


def test_E7_the_usage_counts_memories(api, store, ceiling):
    ceiling(5)
    store(key="a")
    with time_machine.travel("2020-01-01T00:00:00Z"):
        store(key="long gone", ttl=60)
    assert api.get("/api/auth/usage").json()["memories"] == {"used": 1, "limit": 5, "resetsAt": None}


def in_parallel(client_of, key, bodies):
    from django.db import connections

    def post(body):
        try:
            return client_of(key).post("/api/memory", body, content_type="application/json").status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(post, bodies))


def test_E_R4_parallel_writers_cannot_race_past_the_ceiling(committed, member, client_of, ceiling, rows_of):
    ceiling(3)
    try:
        statuses = in_parallel(client_of, member.key, [{"key": f"k{n}", "value": n} for n in range(16)])
        assert sorted(statuses) == [201] * 3 + [402] * 13
        assert rows_of("SELECT count(*) FROM memory_memory") == [(3,)]
    finally:
        leave_plan(member)


def leave_plan(member):
    from billing.actions import set_plan
    from executor_one.kit.tenancy import account_scope

    with account_scope(member.account):
        set_plan(member.account, "enterprise", actor="test")
    Plan.objects.filter(code="tiny").delete()


def test_E17_parallel_writers_of_one_key_make_one_memory(committed, member, client_of, rows_of):
    statuses = in_parallel(client_of, member.key, [{"key": "same", "value": n, "tags": [f"t{n}"]} for n in range(16)])
    assert sorted(statuses) == [200] * 15 + [201]
    assert rows_of("SELECT count(*) FROM memory_memory") == [(1,)]
    found = rows_of("SELECT memory.tags, array_agg(tag.tag ORDER BY tag.tag) FROM memory_memory memory "
                    "JOIN memory_memorytag tag ON tag.memory_id = memory.id GROUP BY 1")  # fmt: skip
    assert [sorted(["", *tags]) for tags, _ in found] == [under for _, under in found]
