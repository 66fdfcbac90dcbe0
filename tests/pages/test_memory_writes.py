"""Writing on the pages of memory: the same actions as the API, with the same limits and refusals."""

from __future__ import annotations

import pytest

from tests.pages.visitors import HTMX, item, remember, told, visitor


def new(client, **fields):
    return client.post("/dashboard/memory/new", {"importance": "0.5", "ttl": "", **fields})


def edit(client, key, **fields):
    """Send the form as the page shows it, but for these fields."""
    form = client.get(item(key)).context["form"]
    sent = {name: form[name].value() for name in form.fields} | fields
    return client.post("/dashboard/memory/item", sent)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ('{"a": [1, 2.0, null]}', {"a": [1, 2.0, None]}),
        ("plain words", "plain words"),
        ('"text"', "text"),
        ("17", 17),
        ("two\r\nlines", "two\nlines"),
    ],
)
def test_E17_a_new_memory_is_json_or_plain_words(member, api, typed, kept):
    answer = new(visitor(member), key="a/b", value=typed, tags="x, y,x", importance="0.7", ttl="3600")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/dashboard/memory/item?key=a%2Fb")
    memory = api.get("/api/memory/a/b").json()
    assert (memory["value"], memory["tags"], memory["importance"], memory["ttl"]) == (kept, ["x", "y"], 0.7, 3600)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("value", '{"a": 1', "begins like JSON and is none"),
        ("value", '{"a": 1, "a": 2}', "begins like JSON and is none"),
        ("value", "[" * 70 + "]" * 70, "64 levels deep"),
        ("value", "x" * 65_537, "65,536 are allowed"),
        ("value", "NaN", "no number that can be kept"),
        ("key", "a\tb", "control character"),
        ("key", "k" * 257, "at most 256"),
        ("tags", ",".join(f"t{n}" for n in range(33)), "more than 32 tags"),
        ("importance", "1.5", "less than or equal to 1"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_the_reason_and_what_was_typed(member, api, field, value, words):
    answer = new(visitor(member), **{"key": "a", "value": "typed before", field: value})
    assert answer.status_code == 422
    assert words in told(answer)
    assert answer.context["form"].data[field] == value
    assert api.get("/api/memory").json()["meta"]["total"] == 0


def test_a_full_memory_says_which_plan_lifts_it(db, make_member, client_of):
    member = make_member("free@example.com", plan="free")
    for number in range(50):
        remember(client_of(member.key), f"k{number}", number)
    answer = new(visitor(member), key="one too many", value="1")
    assert answer.status_code == 402
    assert "See the plans" in told(answer)


def test_what_is_known_already_is_refreshed_instead(member, api):
    words = "The nightly backup takes fourteen minutes on the old disks."
    remember(api, "notes/2026-11-28", words)
    answer = new(visitor(member), key="notes/2026-11-29", value=words, dedupe="on")
    assert answer.headers["Location"] == "/dashboard/memory/item?key=notes%2F2026-11-28"
    assert api.get("/api/memory").json()["meta"]["total"] == 1


def test_only_what_was_changed_is_written(member, api):
    remember(api, "one", {"b": 1.0, "a": [True, None]}, tags=["x"], ttl=86400)
    before = api.get("/api/memory/one").json()
    client = visitor(member)
    edit(client, "one")
    assert api.get("/api/memory/one").json()["writtenAt"] == before["writtenAt"]
    edit(client, "one", importance="0.9")
    after = api.get("/api/memory/one").json()
    assert after["importance"] == 0.9
    assert {name: after[name] for name in ("value", "tags", "ttl", "expiresAt")} == {
        name: before[name] for name in ("value", "tags", "ttl", "expiresAt")
    }
    edit(client, "one", value="[1]", tags="y", ttl="")
    after = api.get("/api/memory/one").json()
    assert (after["value"], after["tags"], after["expiresAt"]) == ([1], ["y"], None)


def test_a_hidden_value_can_be_replaced_but_not_uncovered_by_who_may_not_see_it(member, api):
    remember(api, "key", "hunter2-hunter2", tags=["secrets"])
    operator = visitor(member, "operator")
    assert edit(operator, "key", importance="0.9").status_code == 302
    assert api.get("/api/memory/key").json()["value"] == "hunter2-hunter2"
    answer = edit(operator, "key", tags="plain")
    assert answer.status_code == 403
    assert "memory.secrets" in told(answer)
    assert edit(operator, "key", value="hunter3").status_code == 302
    assert api.get("/api/memory/key").json()["value"] == "hunter3"


def test_E20_crystallizing_answers_htmx_with_the_hardened_row(member, api):
    remember(api, "a/b", 1, ttl=60)
    client = visitor(member)
    answer = client.post("/dashboard/memory/item/crystallize", {"key": "a/b"}, headers=HTMX)
    html = answer.content.decode()
    assert "hit-hardens" in html
    assert "<html" not in html
    assert "Crystallized" in told(answer)
    memory = api.get("/api/memory/a/b").json()
    assert memory["crystallized"]
    assert memory["expiresAt"] is None
    assert "ttl" not in client.get(item("a/b")).context["form"].fields


def test_E21_deleting_forgets_it_and_leads_back(member, api):
    remember(api, "a/b", 1)
    client = visitor(member)
    answer = client.post("/dashboard/memory/item/delete", {"key": "a/b"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/dashboard/memory")
    assert api.get("/api/memory/a/b").status_code == 404
    assert client.post("/dashboard/memory/item/delete", {"key": "a/b"}).status_code == 404


def test_the_history_tells_who_did_what(member, api):
    remember(api, "a", 1)
    client = visitor(member)
    edit(client, "a", value="2")
    client.post("/dashboard/memory/item/crystallize", {"key": "a"})
    happened = [event.type for event in client.get(item("a")).context["history"]]
    assert happened == ["memory.crystallized", "memory.updated", "memory.stored"]
