"""Store, get, change, crystallize and delete a memory over the API (E17, E19-E21)."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
import time_machine

NGINX = {
    "key": "nginx-config",
    "value": {"upstream": "app.internal:3000", "ssl": True},
    "tags": ["infra", "nginx"],
    "importance": 0.9,
    "ttl": 86400,
}
NOW = datetime(2026, 4, 6, 12, tzinfo=UTC)
# Seed 000, sections 05 and "Store and recall knowledge", as printed.
PRINTED = """{
    "key": "nginx-config",
    "value": { "upstream": "app.internal:3000", "ssl": true },
    "tags": ["infra", "nginx"],
    "importance": 0.9,
    "ttl": 86400           // seconds, null = no expiry
  }"""
CREDENTIALS = (
    '{ "key": "db-credentials", "value": {"host":"db.internal","port":5432}, "tags": ["infra","secrets"], '
    '"importance": 1.0 }'
)


def test_E17_the_printed_example_is_stored_and_comes_back(api):
    stored = api.post("/api/memory", PRINTED, content_type="application/json")
    assert stored.status_code == 201, stored.content
    assert stored.json()["duplicate"] is None
    found = api.get("/api/memory/nginx-config").json()
    assert {name: found[name] for name in NGINX} == NGINX
    assert (found["crystallized"], found["sealed"], found["learnedFrom"]) == (False, False, None)


def test_E17_to_E21_the_printed_workflow_runs(api, keys_of):
    assert api.post("/api/memory", CREDENTIALS, content_type="application/json").status_code == 201
    assert api.post("/api/memory/db-credentials/crystallize").json()["crystallized"]
    assert keys_of("query=db&tags=infra") == ["db-credentials"]
    assert api.get("/api/memory/db-credentials").json()["value"] == {"host": "db.internal", "port": 5432}
    assert api.delete("/api/memory/db-credentials").status_code == 204
    assert api.get("/api/memory/db-credentials").status_code == 404


def test_E17_the_same_key_updates_what_is_given(api, store):
    store(**NGINX)
    again = store(key="nginx-config", value=[1])
    assert again.status_code == 200
    assert again.json()["id"] == api.get("/api/memory/nginx-config").json()["id"]
    wanted = {**NGINX, "value": [1]}
    assert {name: again.json()[name] for name in wanted} == wanted


def test_what_is_not_said_gets_its_default(store):
    made = store(key="a").json()
    assert (made["tags"], made["importance"], made["ttl"], made["expiresAt"]) == ([], 0.5, None, None)


def test_put_replaces_whole_and_creates(api, store):
    store(**NGINX)
    put = api.put("/api/memory/nginx-config", {"value": 1}, content_type="application/json")
    assert (put.status_code, put.json()["value"], put.json()["tags"]) == (200, 1, [])
    assert (put.json()["importance"], put.json()["ttl"]) == (0.5, None)
    assert api.put("/api/memory/new", {"value": None}, content_type="application/json").status_code == 201
    assert api.get("/api/memory/new").json()["value"] is None


def test_patch_changes_the_given_fields_only(api, store):
    store(**NGINX)
    patched = api.patch("/api/memory/nginx-config", {"importance": 0.1}, content_type="application/json").json()
    assert {name: patched[name] for name in NGINX} == {**NGINX, "importance": 0.1}
    assert api.patch("/api/memory/absent", {"importance": 1}, content_type="application/json").status_code == 404


def test_E19_a_missing_key_is_404(api):
    answer = api.get("/api/memory/nothing")
    assert (answer.status_code, answer.json()["name"]) == (404, "not_found")


def test_E_R26_an_expired_memory_is_gone_at_once_everywhere(api, store, keys_of):
    with time_machine.travel(NOW, tick=False) as clock:
        store(**{**NGINX, "ttl": 60})
        assert api.get("/api/memory/nginx-config").json()["expiresAt"] == "2026-04-06T12:01:00Z"
        clock.shift(59)
        assert api.get("/api/memory/nginx-config").status_code == 200
        clock.shift(1)
        assert api.get("/api/memory/nginx-config").status_code == 404
        assert keys_of() == keys_of("tags=infra") == keys_of("query=nginx&minImportance=0.1") == []
        assert api.post("/api/memory/nginx-config/crystallize").status_code == 404
        assert api.patch("/api/memory/nginx-config", {}, content_type="application/json").status_code == 404
        assert api.delete("/api/memory/nginx-config").status_code == 404
        again = store(key="nginx-config")
        assert (again.status_code, again.json()["tags"], again.json()["accessCount"]) == (201, [], 0)


def test_E_R26_a_write_of_the_value_starts_the_ttl_anew_and_others_do_not(api, store):
    with time_machine.travel(NOW, tick=False) as clock:
        first = store(**NGINX).json()["expiresAt"]
        clock.shift(timedelta(hours=1))
        api.patch("/api/memory/nginx-config", {"tags": ["x"]}, content_type="application/json")
        assert api.get("/api/memory/nginx-config").json()["expiresAt"] == first
        assert store(key="nginx-config", value=2).json()["expiresAt"] == "2026-04-07T13:00:00Z"
        api.patch("/api/memory/nginx-config", {"ttl": None}, content_type="application/json")
        assert api.get("/api/memory/nginx-config").json()["expiresAt"] is None


def test_E20_E_R28_a_crystallized_memory_never_expires(api, store):
    with time_machine.travel(NOW, tick=False) as clock:
        store(**NGINX)
        made = api.post("/api/memory/nginx-config/crystallize").json()
        assert (made["crystallized"], made["ttl"], made["expiresAt"]) == (True, None, None)
        updated = store(key="nginx-config", value="new", ttl=60).json()
        assert (updated["crystallized"], updated["ttl"]) == (True, None)
        clock.shift(timedelta(days=4000))
        assert api.get("/api/memory/nginx-config").json()["value"] == "new"
        assert api.put("/api/memory/nginx-config", {"value": 1}, content_type="application/json").json()["crystallized"]


def test_E20_crystallizing_again_changes_nothing(api, store, events_of):
    store(key="a")
    assert [api.post("/api/memory/a/crystallize").status_code for _ in range(2)] == [200, 200]
    assert [type for type, _ in events_of()] == ["memory.stored", "memory.crystallized"]


def test_E21_what_is_crystallized_can_be_deleted(api, store):
    store(key="a")
    api.post("/api/memory/a/crystallize")
    assert api.delete("/api/memory/a").status_code == 204
    assert api.delete("/api/memory/a").status_code == 404


def test_E_R33_more_than_ten_accesses_suggest_to_crystallize(api, store):
    store(key="a")
    answers = [api.get("/api/memory/a").json() for _ in range(11)]
    assert [one["accessCount"] for one in answers] == [*range(1, 12)]
    assert [one["suggestCrystallize"] for one in answers] == [False] * 10 + [True]
    assert not answers[-1]["crystallized"], "it is suggested, not done"
    assert api.get("/api/memory").json()["data"][0]["suggestCrystallize"]
    assert not api.post("/api/memory/a/crystallize").json()["suggestCrystallize"]


KEYS = [
    "a/b/c", "a.b:c-d", "..", "a//b", "/a", "a/", "ä€😀", "a b?c#d%2F", "audit/x", "a" * 256, "x/crystallize",
    "a\u2028b",
]  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("safe", ["/", ""], ids=["plain slashes", "escaped slashes"])
def test_a_key_is_what_was_said(api, key, safe):
    address = f"/api/memory/{quote(key, safe=safe)}"
    assert api.put(address, {"value": key}, content_type="application/json").status_code == 201
    assert api.get(address).json()["value"] == key
    assert api.get(address).json()["key"] == key
    assert api.post(f"{address}/crystallize").json()["key"] == key
    assert api.patch(address, {"importance": 1}, content_type="application/json").status_code == 200
    assert api.delete(address).status_code == 204


def test_the_method_tells_a_key_that_ends_in_crystallize_from_crystallizing(api, store):
    store(key="x")
    store(key="x/crystallize", value="longer")
    assert api.get("/api/memory/x/crystallize").json()["value"] == "longer"
    assert api.post("/api/memory/x/crystallize").json()["key"] == "x"
    assert not api.get("/api/memory/x/crystallize").json()["crystallized"]
    assert api.post("/api/memory/x/crystallize/crystallize").json()["key"] == "x/crystallize"


def test_a_memory_may_be_called_audit(api, store):
    store(key="audit", value="mine")
    assert api.get("/api/memory/audit").json()["total"] == 1
    assert api.get("/api/memory/audit?exact=true").json()["value"] == "mine"
    assert api.patch("/api/memory/audit", {"value": 2}, content_type="application/json").json()["value"] == 2
    assert api.post("/api/memory/audit/crystallize").json()["key"] == "audit"
    assert api.delete("/api/memory/audit").status_code == 204


def test_what_cannot_be_a_key_is_not_there(api):
    for raw in ("a%00b", "a" * 257, "a%0Ab", "%FF%FE"):
        assert api.get(f"/api/memory/{raw}").status_code == 404, raw
        put = api.put(f"/api/memory/{raw}", {"value": 1}, content_type="application/json")
        assert put.status_code in (400, 201)
        assert put.status_code == 201 or "key" in put.json()["errors"]


def test_what_happened_is_told_with_the_key_and_never_the_value(api, store, events_of):
    made = store(key="a", value="VALUE").json()["id"]
    store(key="a", value="VALUE2")
    api.patch("/api/memory/a", {"importance": 1}, content_type="application/json")
    api.post("/api/memory/a/crystallize")
    api.delete("/api/memory/a")
    types = ["stored", "updated", "updated", "crystallized", "deleted"]
    assert events_of() == [(f"memory.{type}", {"memory": made, "key": "a"}) for type in types]


def test_two_accounts_have_the_same_key_each_for_itself(api, store, make_member, client_of):
    other = client_of(make_member("other@example.com").key)
    store(key="a", value="mine")
    assert store(client=other, key="a", value="theirs").status_code == 201
    assert api.get("/api/memory/a").json()["value"] == "mine"
    assert other.get("/api/memory/a").json()["value"] == "theirs"
