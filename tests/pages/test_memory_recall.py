"""The recall box: what it finds and why, what it hides, what it costs."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from executor_one.kit.tenancy import account_scope
from memory import semantic
from memory.models import Memory
from tests.pages.visitors import HTMX, MOST_QUERIES, forms, item, queries, remember, same_page, told, visitor

STRANGE = ["a/b/c", "a b", "100 %", "ü/ñ", "?x=1&y=2#z", "../../etc", 'say "hi"', "<b>bold</b>", "a//b/"]


def keys(answer):
    """The keys of the hits, in order."""
    return re.findall(r'font-semibold" href="/dashboard/memory/item[^>]*>([^<]*)<', answer.content.decode())


def test_an_empty_memory_says_what_it_is_for_and_how_to_begin(member):
    page = visitor(member).get("/dashboard/memory")
    assert page.status_code == 200
    assert "Nothing is remembered yet" in told(page)
    assert "Write the first one" in told(page)
    assert "Write the first one" not in told(visitor(member, "viewer").get("/dashboard/memory"))


def test_without_a_question_all_is_listed_by_relevance(member, api):
    remember(api, "low", 1, importance=0.2)
    remember(api, "high", 2, importance=0.9, tags=["infra"])
    page = visitor(member).get("/dashboard/memory")
    assert keys(page) == ["high", "low"]
    assert "2 remembered, most relevant first" in told(page)


def test_E18_a_question_is_answered_by_meaning_and_each_hit_says_why(member, api, run_jobs):
    remember(api, "runbooks/nginx", "When the certificate was renewed, reload nginx.", tags=["infra"])
    remember(api, "people/lunch", "Ada likes noodles with sesame.")
    run_jobs()
    page = visitor(member).get("/dashboard/memory", {"q": "renewing a certificate"})
    assert keys(page)[0] == "runbooks/nginx"
    assert "in meaning (0." in told(page)
    assert "says renew…, certif" in told(page)


def test_the_filters_stand_in_the_address_and_restrict(member, api):
    remember(api, "one", 1, tags=["a", "b"], importance=0.9)
    remember(api, "two", 2, tags=["a"], importance=0.9)
    remember(api, "three", 3, tags=["a", "b"], importance=0.3)
    client = visitor(member)
    assert keys(client.get("/dashboard/memory?tags=a, b&importance=0.5")) == ["one"]
    assert keys(client.get("/dashboard/memory?crystallized=on")) == []
    assert api.post("/api/memory/two/crystallize").status_code == 200
    page = client.get("/dashboard/memory?crystallized=on")
    assert keys(page) == ["two"]
    assert "Crystallized" in told(page)


def test_htmx_gets_the_hits_alone_and_the_address_to_share(member, api):
    remember(api, "one", 1, tags=["a"])
    answer = visitor(member).get("/dashboard/memory?q=&tags=a&importance=0&offset=", headers=HTMX)
    assert answer.headers["HX-Replace-Url"] == "/dashboard/memory?tags=a"
    assert "<html" not in answer.content.decode()
    assert keys(answer) == ["one"]


@pytest.mark.parametrize("query", ["q=%00", "importance=seven", "offset=-1", f"tags={'x' * 70}", "importance=nan"])
def test_nonsense_in_the_address_is_as_if_not_said(member, api, query):
    remember(api, "one", 1)
    page = visitor(member).get(f"/dashboard/memory?{query}")
    assert page.status_code == 200
    assert keys(page) == ["one"]


@pytest.mark.parametrize("role", ["owner", "viewer"])
def test_a_secret_is_masked_in_the_list_for_everybody(member, api, role):
    remember(api, "vendors/key", "hunter2-hunter2", tags=["secrets"])
    for asked in ("", "?q=vendors", "?tags=secrets"):
        page = visitor(member, role).get(f"/dashboard/memory{asked}")
        assert "hunter2" not in page.content.decode()
        assert "encrypted; opened on its own page" in told(page)


def test_a_secret_is_opened_on_its_page_by_those_only_who_may_see_secrets(member, api):
    remember(api, "vendors/key", "hunter2-hunter2", tags=["secrets"])
    for role in ("viewer", "operator"):
        page = visitor(member, role).get(item("vendors/key"))
        assert "hunter2" not in page.content.decode()
        assert f"your role ({role}) may not see secrets" in told(page)
    for role in ("developer", "owner"):
        assert "hunter2" in visitor(member, role).get(item("vendors/key")).content.decode()


@pytest.mark.parametrize("key", STRANGE)
def test_every_key_has_a_page_that_the_list_leads_to(member, api, key):
    remember(api, key, {"is": key})
    client = visitor(member)
    page = client.get("/dashboard/memory")
    address = page.content.decode().partition('truncate text-sm font-semibold" href="')[2].partition('"')[0]
    answer = client.get(address.replace("&amp;", "&"))
    assert answer.status_code == 200
    assert answer.context["memory"].key == key
    assert "<b>bold</b>" not in answer.content.decode()


def test_E_R33_opening_a_memory_counts_as_reading_it(member, api):
    remember(api, "often", 1)
    client = visitor(member)
    for _ in range(11):
        client.get(item("often"))
    assert "worth keeping" in told(client.get("/dashboard/memory"))
    assert api.get("/api/memory/often").json()["accessCount"] == 12


def test_a_foreign_key_answers_like_one_that_never_was(member, make_member, client_of):
    other = make_member("two@example.com")
    remember(client_of(other.key), "theirs", "private words")
    client = visitor(member)
    foreign, random = client.get(item("theirs")), client.get(item("never"))
    assert foreign.status_code == random.status_code == 404
    assert same_page(foreign, random)
    assert "private words" not in client.get("/dashboard/memory").content.decode()


def test_a_viewer_sees_no_button_that_would_be_refused(member, api):
    remember(api, "one", 1)
    client = visitor(member, "viewer")
    for path in ("/dashboard/memory", item("one"), "/dashboard/memory/audit"):
        page = client.get(path)
        assert page.status_code == 200
        assert forms(page) == set()
        assert "/dashboard/memory/new" not in page.content.decode()
    assert client.get("/dashboard/memory/new").status_code == 403
    for path in ("/new", "/item", "/item/crystallize", "/item/delete"):
        assert client.post(f"/dashboard/memory{path}", {"key": "one", "value": "2"}).status_code == 403
    assert api.get("/api/memory/one").json()["value"] == 1


def test_no_page_of_memory_asks_more_than_twelve_queries(member, api, run_jobs):
    for number in range(30):
        remember(api, f"notes/{number}", f"Note {number} says that the backup took {number} minutes.", tags=["notes"])
    run_jobs()
    client = visitor(member)
    for path in ("/dashboard/memory", "/dashboard/memory?q=how long was the backup&tags=notes",
                 "/dashboard/memory?q=how long was the backup", "/dashboard/memory?q=zebra&tags=notes", item("notes/1"),
                 "/dashboard/memory/new", "/dashboard/memory/audit"):  # fmt: skip
        assert queries(client, path) <= MOST_QUERIES, path


def test_a_question_asks_no_more_where_much_is_gone_or_much_has_the_tag(member, api, run_jobs, monkeypatch):
    """The two dearest ways: the nearest have expired, and of many with the tag only few are near."""
    monkeypatch.setattr(semantic, "NEAREST", 5)
    monkeypatch.setattr(semantic, "FEW", 3)
    for number in range(40):
        remember(api, f"notes/{number}", f"Note {number} says the falcon flies over ridge {number}.", tags=["bulk"])
    run_jobs()
    with account_scope(member.id):
        Memory.objects.filter(key__lt="notes/3").update(expires_at=timezone.now() - timedelta(minutes=1))
    remember(api, "late", "One that has no vector yet.", tags=["bulk"])
    client = visitor(member)
    found = told(client.get("/dashboard/memory?q=falcon flies"))
    assert "notes/5" in found
    assert "notes/12" not in found
    for path in ("/dashboard/memory?q=falcon flies", "/dashboard/memory?q=quantum tax law&tags=bulk"):
        assert queries(client, path) < MOST_QUERIES, path  # staff who look as somebody take one more


def test_the_audit_counts_what_there_is(member, api):
    remember(api, "one", 1)
    remember(api, "two", 2, tags=["secrets"])
    words = told(visitor(member).get("/dashboard/memory/audit", headers=HTMX))
    assert "Remembered 2 of unlimited" in words
    assert "Encrypted 1" in words
