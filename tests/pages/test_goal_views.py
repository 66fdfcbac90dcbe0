"""The history of a goal, looked at in several ways: by its address, with the same content as the API's, safely."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest

from events.actions import event, publish
from executor_one.kit.tenancy import account_scope
from goals import views
from tests.pages.visitors import HTMX, MOST_QUERIES, queries, told, visitor

HOSTILE = "</pre><script>alert(1)</script>\u2028 \"'&amp;\x1b[31m"


@pytest.fixture
def browser(member):
    return visitor(member)


@pytest.fixture
def goal(api, work):
    body = {"description": f"Look {HOSTILE}", "semanticPath": ["echo one", "echo two"]}
    made = api.post("/api/goals", body, content_type="application/json").json()["id"]
    assert work(stdout=HOSTILE, exit_code=0) == 1
    return made


def look(browser, goal, view, **headers):
    answer = browser.get(f"/dashboard/goals/{goal}?view={view}", headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def json_of(html):
    return unescape(re.search(r'<pre class="code[^>]*aria-label="History as JSON">(.*?)</pre>', html, re.DOTALL)[1])


def chosen(html):
    return re.findall(r'data-tab-of="(\w+)"[^>]*aria-selected="true"', html)


@pytest.mark.parametrize("view", ["graph", "list", "time", "events", "json"])
def test_the_address_says_how_it_is_shown(browser, goal, work, view):
    html = look(browser, goal, view)
    assert chosen(html) == [view]
    assert f'data-tab="{view}"' in html
    visible = re.findall(r'data-tab-panel="(\w+)"(?:(?! hidden>|<).)*>(?!<)?', html)
    assert view in visible
    assert html.count('role="tab"') == 5


def test_an_address_that_says_nothing_known_shows_the_usual(browser, goal):
    assert chosen(look(browser, goal, "")) == chosen(look(browser, goal, "pink")) == ["graph"]


def test_the_json_is_what_the_api_answers_and_cannot_act(browser, api, goal, work):
    assert work() == 1
    html = look(browser, goal, "json")
    text = json_of(html)
    assert json.loads(text) == api.get(f"/api/goals/{goal}/history").json()
    assert text.startswith('{\n  "goal": {\n    "id": ')
    assert "<script>alert(1)" not in html
    assert f'href="/api/goals/{goal}/history" download' in html


def test_the_events_are_those_of_the_history_in_order_and_output_is_one_line(browser, api, member, goal, work):
    with account_scope(member.id):
        task = api.get(f"/api/goals/{goal}/tasks").json()["data"][0]["id"]
        for offset in range(3):
            data = {"goal": goal, "task": task, "attempt": 1, "stream": "stdout", "text": HOSTILE, "offset": offset}
            publish(event("task.output", data))
    assert work() == 1
    html = look(browser, goal, "events")
    types = [one["type"] for one in api.get(f"/api/goals/{goal}/history").json()["events"]]
    collapsed = [one for at, one in enumerate(types) if one != "task.output" or types[at - 1] != one]
    assert re.findall(r'<li class="[^"]*" data-type="([\w.]+)"', html) == collapsed
    assert "task.output, 3 pieces" in told(browser.get(f"/dashboard/goals/{goal}?view=events"))
    assert "<script>alert(1)" not in html


def test_a_running_goals_history_is_not_read_at_every_event_but_when_it_has_ended(browser, goal, work):
    for view, part in (("json", "goal-json"), ("events", "goal-events")):
        assert part not in look(browser, goal, view, **HTMX)
    assert work() == 1
    for view, part in (("json", "goal-json"), ("events", "goal-events")):
        assert f'id="{part}"' in look(browser, goal, view, **HTMX)
        assert part not in look(browser, goal, "list", **HTMX)


def test_too_much_json_for_a_page_is_offered_for_download(browser, goal, monkeypatch):
    monkeypatch.setattr(views, "LONGEST_JSON", 100)
    html = look(browser, goal, "json")
    assert "too many for a page" in html
    assert "History as JSON" not in html


@pytest.mark.parametrize("view", ["json", "events"])
def test_a_view_of_the_history_asks_few_queries(browser, goal, view):
    assert queries(browser, f"/dashboard/goals/{goal}?view={view}") <= MOST_QUERIES
