"""Times as a browser shows them: the reader's own zone, UTC, parts that come later, and without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.people import Person
from tests.live.conftest import Stack, ended

pytestmark = [pytest.mark.live, pytest.mark.timeout(180)]

# Nepal: +5:45, so that neither hour nor minute is that of UTC.
LOCAL_AND_ISO = re.compile(r"^\d{4}-\d\d-\d\d (\d\d):(\d\d):\d\d GMT\+5:45\n\d{4}-\d\d-\d\dT(\d\d):(\d\d):\d\dZ$")
ISO = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
SLOW = "echo first; sleep 3; echo second"


@pytest.fixture
def nepali(new_context: Callable[..., BrowserContext], installation: Stack, request: pytest.FixtureRequest) -> Person:
    context = new_context(timezone_id="Asia/Kathmandu")
    email = f"{request.node.name}@example.com"
    person = Person(email, installation.member(email), context.new_page())
    person.sign_in()
    return person


def test_local_on_hover_or_utc_also_what_comes_later(nepali: Person) -> None:
    page, goal = nepali.page, nepali.state_goal(SLOW)
    page.goto(f"/dashboard/goals/{goal}")
    time = page.locator("#goal-head time").first
    expect(time).to_have_attribute("title", LOCAL_AND_ISO)
    found = LOCAL_AND_ISO.match(time.get_attribute("title") or "")
    assert found
    hour, minute, utc_hour, utc_minute = map(int, found.groups())
    assert (hour * 60 + minute - utc_hour * 60 - utc_minute) % 1440 == 5 * 60 + 45
    ended(nepali.api, goal)
    expect(page.locator("#goal-head [data-state=completed]").first).to_be_visible()  # the head was swapped
    expect(page.locator("#goal-task time").first).to_have_attribute("title", LOCAL_AND_ISO)

    page.get_by_role("button", name="Times: local").click()
    page.wait_for_url(f"**/dashboard/goals/{goal}")
    expect(page.locator("#goal-head time").first).to_have_text(re.compile(r"^\d\d:\d\d:\d\d UTC$"))
    expect(page.locator("#goal-head time").first).to_have_attribute("title", ISO)
    page.goto("/dashboard/goals")
    again = nepali.state_goal("true")
    row = page.locator(f"tr:has(a[href*='{again}']) .cell-when time")
    expect(row).to_have_text(re.compile(r"UTC$"))
    expect(row).to_have_attribute("title", ISO)


def test_the_times_of_output_follow_the_choice(nepali: Person) -> None:
    page, goal = nepali.page, nepali.state_goal(SLOW)
    page.goto(f"/dashboard/goals/{goal}")
    line = page.locator("[data-log-lines] .log-line time").first
    line.wait_for(state="attached")
    local = line.text_content() or ""
    utc = (line.get_attribute("datetime") or "")[11:19]
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3}", local)
    assert local[6:8] == utc[6:8]
    assert (int(local[3:5]) - int(utc[3:5])) % 60 == 45
    assert LOCAL_AND_ISO.match(line.get_attribute("title") or "")


def test_without_javascript_it_is_utc(new_context: Callable[..., BrowserContext], installation: Stack) -> None:
    context = new_context(java_script_enabled=False, timezone_id="Asia/Kathmandu")
    person = Person("bare@example.com", installation.member("bare@example.com"), context.new_page())
    person.sign_in()
    goal = person.state_goal("true")
    person.page.goto(f"/dashboard/goals/{goal}")
    expect(person.page.locator("#goal-head time").first).to_have_attribute("title", ISO)
    person.page.get_by_role("button", name="Times: local").click()
    expect(person.page.locator("#goal-head time").first).to_have_text(re.compile(r"UTC$"))
