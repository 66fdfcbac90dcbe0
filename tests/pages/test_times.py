"""How a person reads times: how long ago or in UTC, everywhere, and with the ISO time on hover."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.models import User
from executor_one.kit.templatetags import look
from tests.pages.visitors import HTMX, visitor

SWITCH = "/dashboard/settings/times"
TIME = re.compile(r'<time datetime="([^"]+)" title="([^"]+)" data-ago>([^<]+)</time>')
NOON = datetime(2026, 3, 5, 12, 0, 0, tzinfo=UTC)


def times_of(answer):
    return TIME.findall(answer.content.decode())


@pytest.fixture
def goal(api):
    body = {"description": "timed", "semanticPath": ["true"]}
    return api.post("/api/goals", body, content_type="application/json").json()["id"]


@pytest.mark.parametrize(
    ("before", "local", "utc"),
    [
        (timedelta(seconds=5), "5 s ago", "11:59:55 UTC"),
        (timedelta(hours=-2), "in 2 h", "14:00:00 UTC"),
        (timedelta(hours=13), "13 h ago", "2026-03-04 23:00 UTC"),
        (timedelta(days=40), "2026-01-24", "2026-01-24 12:00 UTC"),
    ],
)
def test_a_time_is_how_long_ago_or_in_utc_with_the_iso_time_on_hover(before, local, utc):
    with time_machine.travel(NOON, tick=False):
        moment = NOON - before
        for wanted, words in ((look.LOCAL_TIMES, local), (look.UTC_TIMES, utc)):
            with look.times_as(wanted):
                ((machine, hover, shown),) = TIME.findall(str(look.ago(moment)))
            assert (datetime.fromisoformat(machine), shown) == (moment, words)
            assert hover == moment.isoformat().replace("+00:00", "Z")


def test_a_time_of_another_zone_is_told_in_utc():
    moment = datetime.fromisoformat("2026-03-05T20:00:00+09:00")
    with time_machine.travel(NOON, tick=False), look.times_as(look.UTC_TIMES):
        assert ">11:00:00 UTC<" in str(look.ago(moment))


def test_the_switch_holds_on_every_page_and_its_live_parts_until_it_is_switched_back(member, goal):
    client = visitor(member)
    pages = [(f"/dashboard/goals/{goal}", {}), ("/dashboard/goals", HTMX), ("/dashboard", HTMX), ("/dashboard", {})]
    assert all(
        "UTC" not in words for page, headers in pages for *_, words in times_of(client.get(page, headers=headers))
    )
    answer = client.post(
        SWITCH, {"times": "utc"}, headers={"Referer": f"http://testserver/dashboard/goals/{goal}?task=0"}
    )
    assert (answer.status_code, answer["Location"]) == (302, f"/dashboard/goals/{goal}?task=0")
    for page, headers in pages:
        found = times_of(client.get(page, headers=headers))
        assert found, page
        assert all(words.endswith("UTC") for *_, words in found), page
    assert 'data-times="utc"' in client.get("/dashboard").content.decode()
    assert 'name="times" value="local"' in client.get("/dashboard").content.decode()
    client.post(SWITCH, {"times": "local"})
    assert 'data-times="utc"' not in client.get("/dashboard").content.decode()


def test_one_reader_of_the_same_process_does_not_decide_for_the_next(member, goal):
    client = visitor(member)
    client.post(SWITCH, {"times": "utc"})
    assert client.get(f"/dashboard/goals/{goal}").status_code == 200
    assert client.get("/dashboard/goals/00000000-0000-0000-0000-000000000000").status_code == 404
    assert "UTC" not in str(look.ago(datetime.now(UTC)))


def test_the_switch_leads_nowhere_else_and_takes_nothing_else(member):
    client = visitor(member, "viewer")
    for elsewhere in ("https://evil.example/", "//evil.example", "javascript:alert(1)", ""):
        answer = client.post(SWITCH, {"times": "utc"}, headers={"Referer": elsewhere})
        assert answer["Location"] == "/dashboard/settings"
    answer = client.post(SWITCH, {"times": "utc"}, headers={"Referer": "http://testserver//evil.example/"})
    assert answer["Location"] == "/evil.example/"
    assert client.post(SWITCH, {"times": "mars"}).status_code == 422
    assert User.objects.get().times == "utc"


def test_the_settings_save_it_with_the_rest_and_keep_it(member):
    client = visitor(member)
    profile = {"name": "Ada", "theme": "dark", "times": "utc"}
    assert client.post("/dashboard/settings/profile", profile).status_code == 302
    assert '<option value="utc" selected>' in client.get("/dashboard/settings").content.decode()
    assert client.post("/dashboard/settings/profile", {**profile, "times": "mars"}).status_code == 400
