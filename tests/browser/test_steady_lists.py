"""Live lists keep still under the pointer and the focus, and a phone hides nothing behind its bar."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.people import Person

pytestmark = [pytest.mark.live, pytest.mark.timeout(180)]

NewPerson = Callable[..., Person]
PHONE = {"viewport": {"width": 390, "height": 844}}


def rows(page: Page) -> list[str]:
    return [str(row.get_attribute("id")) for row in page.locator("#goals tbody tr").all()]


def new_button(page: Page) -> Locator:
    return page.locator(".news button")


@pytest.fixture
def watching(new_person: NewPerson) -> tuple[Person, str]:
    """Somebody on the list of goals, where one goal waits for long."""
    person = new_person(f"steady-{uuid4().hex}@example.com")
    goal = person.state_goal("sleep 300", description="the one that is read")
    person.page.goto("/dashboard/goals")
    expect(person.page.locator("body")).to_have_attribute("data-live", "on")
    return person, f"goal-{goal}"


def test_rows_that_arrive_wait_while_the_pointer_is_over_the_list(watching: tuple[Person, str]) -> None:
    person, first = watching
    page = person.page
    page.hover(f"#{first}")
    before = page.locator(f"#{first}").bounding_box()
    for number in range(3):
        person.state_goal("true", description=f"one more {number}")
    expect(new_button(page)).to_have_text("3 new")
    assert page.locator(".news").get_attribute("role") == "status", "said to who does not see it"
    assert rows(page) == [first]
    assert page.locator(f"#{first}").bounding_box() == before, "nothing moved"
    new_button(page).click()
    expect(page.locator("#goals tbody tr")).to_have_count(4)
    expect(new_button(page)).to_have_count(0)


def test_what_changes_in_a_row_that_is_there_is_shown_at_once(watching: tuple[Person, str]) -> None:
    person, first = watching
    page = person.page
    page.hover(f"#{first}")
    person.state_goal("true")
    expect(new_button(page)).to_have_text("1 new")
    person.api.delete(f"/api/goals/{first.removeprefix('goal-')}")
    expect(page.locator(f"#{first} [data-state=cancelled]")).to_be_visible()
    assert rows(page) == [first]


def test_they_come_in_when_the_pointer_leaves(watching: tuple[Person, str]) -> None:
    person, first = watching
    page = person.page
    page.hover(f"#{first}")
    person.state_goal("true")
    expect(new_button(page)).to_have_text("1 new")
    page.hover("h1")
    expect(page.locator("#goals tbody tr")).to_have_count(2)
    expect(new_button(page)).to_have_count(0)


def test_who_walks_the_list_by_keyboard_keeps_the_row(watching: tuple[Person, str]) -> None:
    person, first = watching
    page = person.page
    page.mouse.move(0, 0)
    page.keyboard.press("j")
    person.state_goal("true")
    expect(new_button(page)).to_have_text("1 new")
    assert page.evaluate("document.activeElement.closest('tr').id") == first
    page.evaluate("document.activeElement.blur()")
    expect(page.locator("#goals tbody tr")).to_have_count(2)


def test_a_list_that_nobody_is_in_updates_itself(watching: tuple[Person, str]) -> None:
    person, _ = watching
    person.page.mouse.move(0, 0)
    person.state_goal("true")
    expect(person.page.locator("#goals tbody tr")).to_have_count(2)


def test_on_a_phone_run_is_in_reach_and_nothing_of_the_head_overlaps(new_person: NewPerson) -> None:
    person = new_person("somebody-with-a-rather-long-name@example.com", **PHONE)
    page = person.page
    page.goto("/dashboard/goals/new")
    run, bar = page.get_by_role("button", name="Run").bounding_box(), page.get_by_label("Main, short").bounding_box()
    assert run is not None
    assert bar is not None
    assert run["y"] + run["height"] <= bar["y"]
    find = page.locator("header button[data-opens-palette]").bounding_box()
    name = page.locator("header > span.truncate").bounding_box()
    assert find is not None
    assert name is not None
    assert find["x"] + find["width"] + 4 <= name["x"]
    assert name["x"] + name["width"] <= 390


@pytest.mark.parametrize("address", ["/dev", "/docs/tutorial/first-goal"])
def test_on_a_phone_a_document_begins_with_its_title(new_person: NewPerson, address: str) -> None:
    page = new_person(f"reader-{uuid4().hex}@example.com", **PHONE).page
    page.goto(address)
    title = page.locator("h1").bounding_box()
    assert title is not None
    assert title["y"] < 400
    page.locator(".docs-folded > summary").click()
    expect(page.locator(".docs-folded a").first).to_be_visible()
