"""The ways to look at a goal's history, chosen by key, and the address that goes along."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.people import Person
from tests.browser.test_every_page import faults
from tests.live.conftest import ended

pytestmark = [pytest.mark.live, pytest.mark.timeout(180)]


def test_keys_choose_the_view_and_the_address_keeps_it(new_person: Callable[..., Person]) -> None:
    person = new_person("views@example.com")
    goal = person.state_goal("echo one", "echo two")
    ended(person.api, goal)
    page = person.page
    page.goto(f"/dashboard/goals/{goal}?view=list")
    page.locator("#tab-list").press("ArrowRight")
    expect(page.locator("#tab-time")).to_be_focused()
    expect(page.locator("#panel-time")).to_be_visible()
    assert page.url.endswith("?view=time")
    page.locator("#tab-time").press("ArrowRight")
    page.locator("#tab-events").press("ArrowRight")
    expect(page.locator("#panel-time")).to_be_visible()  # the next two are read when they are asked for
    page.locator("#tab-json").press("Enter")
    page.wait_for_url("**?view=json")
    expect(page.locator("#panel-json")).to_contain_text('"description": "watched"')
    page.locator("#tab-events").press(" ")
    page.wait_for_url("**?view=events")
    page.locator("#panel-events a").first.click()
    page.wait_for_url(re.compile(r"\?task=0&view=events$"))
    expect(page.locator("#task-title")).to_contain_text("echo one")


@pytest.mark.parametrize("view", ["events", "json"])
def test_axe_finds_nothing_wrong_with_a_view(new_person: Callable[..., Person], view: str) -> None:
    person = new_person(f"axe-{view}@example.com", bypass_csp=True)
    goal = person.state_goal("echo one")
    ended(person.api, goal)
    person.page.goto(f"/dashboard/goals/{goal}?view={view}")
    assert faults(person.page) == []
