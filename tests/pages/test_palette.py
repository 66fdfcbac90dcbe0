"""The palette: what it finds, for whom, and that it tells nothing to who may not know."""

from __future__ import annotations

import pytest

from tests.pages.visitors import HTMX, MOST_QUERIES, queries, remember, told, visitor

JSON = "application/json"
TOKEN = "ghp_1234567890abcdefghijklmnopqrstuvwxyz"


def found(client, text):
    """{group: [text of a match]}"""
    page = client.get("/dashboard/find", {"q": text}, headers=HTMX)
    assert page.status_code == 200
    return {group.name: [match.text for match in group.matches] for group in page.context["groups"]}


def links(client, text):
    page = client.get("/dashboard/find", {"q": text})
    return [match.href for group in page.context["groups"] for match in group.matches]


def test_without_a_text_it_offers_pages(member):
    assert found(visitor(member), "")["Pages"][:3] == ["Overview", "Goals", "New goal"]
    viewer = found(visitor(member, "viewer"), "")
    assert "New goal" not in viewer["Pages"]
    assert found(visitor(member), "token")["Pages"] == ["Keys"]
    assert "Pages" not in found(visitor(member, "viewer"), "token"), "a viewer may not see keys"


def test_goals_memories_keys_and_what_was_learned_are_found(member, api, work):
    goal = api.post(
        "/api/goals", {"description": "Publish the site", "semanticPath": ["true"]}, content_type=JSON
    ).json()
    work()
    remember(api, "site/last", 1)
    client = visitor(member)
    assert found(client, "the SITE")["Goals"] == ["Publish the site"]
    assert found(client, "the SITE")["Task trees"] == ["Publish the site"]
    assert found(client, "site")["Memories"][0] == "site/last"
    assert f"/dashboard/goals/{goal['id']}" in links(client, goal["id"][:13].upper())
    assert "/dashboard/memory/item?key=site%2Flast" in links(client, "site/")
    prefix = api.get("/api/auth/keys").json()["data"][0]["prefix"]
    assert found(client, prefix)["Keys"]
    assert "Keys" not in found(visitor(member, "viewer"), prefix)


@pytest.mark.parametrize("text", ["100%", "a_b", "back\\slash"])
def test_signs_of_like_mean_themselves(member, api, text):
    for description in (text, "100 or aXb or backslash"):
        api.post("/api/goals", {"description": description, "semanticPath": ["true"]}, content_type=JSON)
    assert found(visitor(member), text)["Goals"] == [text]


def test_a_receipt_leads_to_what_it_stands_for(member, api):
    answer = api.post("/api/goals", {"description": "Hello", "semanticPath": ["true"]}, content_type=JSON)
    client = visitor(member)
    receipt = answer.headers["X-Receipt"]
    assert f"/dashboard/goals/{answer.json()['id']}" in links(client, receipt)
    assert "Receipt" not in found(client, receipt[:-1])


def test_a_secret_in_a_reason_cannot_be_guessed_by_looking_for_it(member, api):
    body = {"failure": {"output": "no token"}, "fix": {"kind": "wait", "seconds": 1}, "reason": f"Say {TOKEN}"}
    assert api.post("/api/corrections", body, content_type=JSON).status_code == 201
    assert "Corrections" in found(visitor(member), TOKEN[:8])
    viewer = visitor(member, "viewer")
    assert "Corrections" not in found(viewer, TOKEN[:8])
    assert "Corrections" in found(viewer, "no token")


def test_nothing_of_another_account_is_found(member, make_member, client_of):
    other = client_of(make_member("two@example.com").key)
    answer = other.post("/api/goals", {"description": "zebra", "semanticPath": ["true"]}, content_type=JSON)
    remember(other, "zebra", 1)
    client = visitor(member)
    for text in ("zebra", answer.json()["id"], answer.headers["X-Receipt"]):
        assert not {"Goals", "Receipt", "Task trees"} & set(found(client, text)), text
        assert found(client, text).get("Memories", ["Recall"])[0].startswith("Recall")


def test_it_is_a_page_of_its_own_without_javascript_and_asks_few_queries(member, api):
    remember(api, "site/last", 1)
    client = visitor(member)
    page = client.get("/dashboard/find?q=site")
    assert "<html" in page.content.decode()
    assert "site/last" in told(page)
    assert "Nothing is called" not in told(page)
    assert queries(client, "/dashboard/find?q=site") <= MOST_QUERIES
    assert queries(client, "/dashboard/find?q=rcp_1") <= MOST_QUERIES
