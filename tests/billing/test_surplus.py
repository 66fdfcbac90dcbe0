"""A plan that shrinks: nothing is deleted, what is above its limits is read-only."""

import pytest

from billing.actions import set_plan
from billing.models import Plan
from executor_one.kit.tenancy import account_scope


@pytest.fixture
def shrunk(db, make_member, client_of):
    """Three keys and four memories on a plan that allows two of each."""
    member = make_member("big@example.com", "pro")
    first = client_of(member.key)
    raw = [
        first.post("/api/auth/keys", {"name": f"k{n}"}, content_type="application/json").json()["apiKey"]
        for n in range(2)
    ]
    for n in range(4):
        made = first.post("/api/memory", {"key": f"m{n}", "value": n}, content_type="application/json")
        assert made.status_code == 201
    Plan.objects.create(code="small", name="Small", rank=7, memories=2, api_keys=2, goals_per_month=100)
    with account_scope(member.account):
        set_plan(member.account, "small", actor="test")
    return first, client_of(raw[0]), client_of(raw[1])


def goal(client):
    body = {"description": "x", "semanticPath": ["true"]}
    return client.post("/api/goals", body, content_type="application/json")


def test_the_oldest_keys_go_on_and_the_newest_can_only_read(shrunk):
    first, second, third = shrunk
    assert goal(first).status_code == goal(second).status_code == 201
    refused = goal(third)
    assert refused.status_code == 402
    assert refused.json()["limit"] == "api_keys"
    assert third.get("/api/goals").status_code == 200
    assert third.get("/api/memory").status_code == 200


def test_a_revoked_key_makes_room(shrunk):
    first, second, third = shrunk
    keys = {key["name"]: key["id"] for key in first.get("/api/auth/keys").json()["data"]}
    assert first.delete(f"/api/auth/keys/{keys['k0']}").status_code in (200, 204)
    assert goal(third).status_code == 201
    assert second.get("/api/goals").status_code == 401


def test_the_oldest_memories_can_be_changed_and_the_newest_only_read_and_deleted(shrunk):
    first = shrunk[0]

    def change(key):
        return first.patch(f"/api/memory/{key}", {"importance": 0.9}, content_type="application/json").status_code

    def store(key):
        return first.post("/api/memory", {"key": key, "value": 9}, content_type="application/json").status_code

    assert [change(f"m{n}") for n in range(4)] == [200, 200, 402, 402]
    assert [store(f"m{n}") for n in range(4)] == [200, 200, 402, 402]
    assert store("new") == 402
    assert first.post("/api/memory/m3/crystallize").status_code == 402
    assert first.get("/api/memory/m3").json()["value"] == 3
    assert first.delete("/api/memory/m3").status_code in (200, 204)
    assert first.delete("/api/memory/m0").status_code in (200, 204)
    assert change("m2") == 200
    assert store("new") == 402  # full again, not over
