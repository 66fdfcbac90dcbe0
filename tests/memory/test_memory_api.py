"""Store, get, change, crystallize and delete a memory over the API (E17, E19-E21)."""

NGINX = {
    "key": "nginx-config",
    "value": {"upstream": "app.internal:3000", "ssl": True},
    "tags": ["infra", "nginx"],
    "importance": 0.9,
    "ttl": 86400,
}


def store(api, **fields):
    return api.post("/api/memory", fields, content_type="application/json")


def test_E17_a_memory_is_stored_and_comes_back(api):
    stored = store(api, **NGINX)
    assert stored.status_code == 201, stored.content
    found = api.get("/api/memory/nginx-config").json()
    assert {name: found[name] for name in NGINX} == NGINX
    assert (found["crystallized"], found["sealed"], found["accessCount"]) == (False, False, 1)


def test_E18_list(api):
    store(api, **NGINX)
    answer = api.get("/api/memory?query=nginx&tags=infra&limit=10&crystallizedOnly=false&minImportance=0.5")
    assert answer.status_code == 200, answer.content
    assert [one["key"] for one in answer.json()["data"]] == ["nginx-config"]
    assert answer.json()["meta"] == {"total": 1, "exact": True, "limit": 10, "offset": 0}


def test_E20_E21_crystallize_and_delete(api):
    store(api, **NGINX)
    assert api.post("/api/memory/nginx-config/crystallize").json()["crystallized"]
    assert api.get("/api/memory/audit").json()["crystallized"] == 1
    assert api.delete("/api/memory/nginx-config").status_code == 204
    assert api.get("/api/memory/nginx-config").status_code == 404
