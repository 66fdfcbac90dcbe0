"""Every page of /dev and /docs: it is there, a strict policy would show all of it, and no link of it is dead."""

from urllib.parse import urldefrag

import pytest
from django.conf import settings

from executor_one.docs import handbook, library
from executor_one.docs.markdown import render
from executor_one.kit.errors import NAMES
from tests.docs_site.conftest import every_page

each_page = pytest.mark.parametrize("address", every_page())


@each_page
def test_a_strict_policy_refuses_nothing_on_it(address, markup):
    page = markup(address)
    assert not page.refused
    assert page.assets
    ours = ("/static/", "/docs/screenshots/")
    assert not [asset for asset in page.assets if not asset.startswith(ours)]


@each_page
def test_it_has_one_title_and_no_id_twice(address, markup):
    page = markup(address)
    assert page.headings.count("h1") == 1
    assert len(page.ids) == len(set(page.ids))


@pytest.fixture
def exists(browser):
    """Whether a GET of an address of ours answers; each is asked for once."""
    known = {}

    def ask(address):
        if address not in known:
            known[address] = browser.get(address).status_code in (200, 302)
        return known[address]

    return ask


# Anchors of the console are operations; the dashboard's own tests open it.
ELSEWHERE = {"/dev/console"}


def test_no_link_is_dead(markup, exists):
    parsed = {address: markup(address) for address in every_page()}
    dead = []
    for address, page in parsed.items():
        for link in page.links:
            path, anchor = urldefrag(link.removeprefix(settings.PUBLIC_URL))
            if "://" in path or path.startswith("mailto:"):
                continue
            target = path or urldefrag(address)[0]
            there = exists(target) and (not anchor or target not in parsed or anchor in parsed[target].ids)
            if not there and target not in ELSEWHERE:
                dead.append(f"{address}: {link}")
    assert not dead


def test_E1_the_page_has_the_seven_sections_in_order(markup):
    titles = [heading.text for heading in handbook.page().headings if heading.level == 2]
    assert titles == [
        "01 Quick Start", "02 Authentication & Plans", "03 Core Concepts", "04 HTTP API Reference", "05 Memory System",
        "06 WebSocket Events", "07 Examples",
    ]  # fmt: skip
    anchors = [heading.anchor for heading in handbook.page().headings if heading.level == 2]
    page = markup("/dev")
    assert [one for one in page.ids if one in anchors] == anchors
    assert {f"#{anchor}" for anchor in anchors} <= set(page.links)


# Every heading of the published page, in its order.
PUBLISHED = [
    "Plans", "Auth Endpoints", "POST /auth/register", "POST /auth/login", "POST /auth/verify", "GET /auth/account",
    "GET /auth/usage", "POST /auth/keys", "GET /auth/keys", "DELETE /auth/keys/:id",
    "Semantic Path", "Goal", "The Loop", "Crystallization", "Self-Correction", "Inhabit", "Health & State",
    "GET /health", "GET /state", "Goals", "POST /goals",
    "GET /goals/:id", "DELETE /goals/:id", "Direct Execution", "POST /execute", "POST /memory",
    "GET /memory?query=nginx&tags=infra&limit=10&crystallizedOnly=true", "GET /memory/:key",
    "POST /memory/:key/crystallize", "DELETE /memory/:key", "Crystallization Rules", "Use Cases", "Deploy a project",
    "LLM-powered complex goal", "Store and recall knowledge", "Monitor with WebSocket", "CI/CD integration",
]  # fmt: skip


@pytest.mark.django_db
def test_E1_no_heading_of_the_published_page_is_missing():
    ours = [heading.text for heading in handbook.page().headings]
    assert [heading for heading in ours if heading in PUBLISHED] == PUBLISHED


@pytest.mark.django_db
def test_each_endpoint_leads_to_the_console():
    for heading in handbook.page().headings:
        if method_and_path := heading.text.split(" /", 1)[1:]:
            method, path = heading.text.split(" ", 1)
            if method.isupper():
                operation = handbook.try_it(method, path)
                assert operation.startswith("/dev/console#"), method_and_path
                assert f'href="{operation}"' in handbook.page().html


def test_every_error_type_leads_to_its_place(browser, markup):
    problem = browser.get("/api/goals").json()
    path, anchor = urldefrag(problem["type"])
    assert (path, anchor) == ("/docs/errors", "unauthorized")
    assert set(NAMES.values()) <= set(markup(path).ids)


@pytest.mark.parametrize(
    "path",
    ["../README", "..%2fREADME.md", "%2e%2e/%2e%2e/etc/passwd", "/etc/passwd", "howto/../howto/operate",
     "howto//operate", "howto/operate.md.md", "howto", "nothing", "reference/openapi.yaml",
     "howto/operate%00", "\\operate"],
)  # fmt: skip
def test_what_is_not_listed_is_not_there(browser, path):
    answer = browser.get(f"/docs/{path}")
    if path in library.KINDS:
        assert (answer.status_code, answer["Location"]) == (302, f"/docs#{path}")
    else:
        assert answer.status_code == 404
        assert b"SECRET" not in answer.content


def test_html_in_a_document_is_shown_not_run():
    html = render("# T\n\n<script>alert(1)</script> <b onclick=x>b</b>\n\n[x](javascript:alert(1))").html
    assert "<script" not in html
    assert "<b " not in html
    assert 'href="javascript' not in html


def test_search_finds_what_is_written(markup, browser):
    page = markup("/docs/search?q=retry+backoff")
    assert "/docs/explanation/self-correction#the-ladder" in page.links
    assert b"Nothing holds all of these words" in browser.get("/docs/search?q=xyzzyplugh").content
    assert b"<script>" not in browser.get("/docs/search?q=<script>alert(1)</script>").content
    browser.get("/docs/search?q=" + "a " * 5000)
    assert browser.get("/docs/search?q=%00").status_code == 200


@each_page
def test_only_reading_is_allowed(address, browser):
    assert browser.head(address).status_code == 200
    assert browser.post(address).status_code in (403, 405)
