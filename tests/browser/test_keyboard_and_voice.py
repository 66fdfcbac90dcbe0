"""Without a mouse and without eyes: every stop of the Tab key is seen and named, nothing traps or loses the focus."""

from __future__ import annotations

from collections.abc import Callable
from secrets import token_hex
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import PASSWORD, Person
from tests.live.conftest import ended

pytestmark = [pytest.mark.live, pytest.mark.timeout(180)]

NewPerson = Callable[..., Person]
MOST_STOPS = 80
STEADY = "for i in 1 2 3 4 5 6; do echo line $i; sleep 0.5; done"
# What has the focus: a name for it, and whether one sees that (by an outline or a shadow, of itself or of the frame
# around a field).
STOP = """() => {
    const at = document.activeElement;
    if (!at || at === document.body) return null;
    const seen = (one) => {
        const style = getComputedStyle(one);
        const isThere = !["none", "hidden"].includes(style.outlineStyle) && parseFloat(style.outlineWidth) > 0
            && !/^rgba.*, 0\\)|transparent/.test(style.outlineColor);
        return isThere || style.boxShadow.replace("none", "") !== "";
    };
    const box = at.getBoundingClientRect();
    const labelled = at.getAttribute("aria-labelledby");
    const name = at.getAttribute("aria-label") || (labelled && document.getElementById(labelled)?.textContent)
        || at.labels?.[0]?.textContent || at.textContent;
    return {
        name: name.trim().replace(/\\s+/g, " "), html: at.outerHTML.slice(0, 160),
        seen: seen(at) || (at.matches("input, textarea") && seen(at.parentElement)),
        inside: box.width > 0 && box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight,
    };
}"""


def stop(page: Page) -> dict[str, Any] | None:
    """Where the focus is; fails where nobody would know it."""
    page.wait_for_timeout(30)  # fields draw their frame in a moment
    here: dict[str, Any] | None = page.evaluate(STOP)
    if here:
        assert here["seen"], f"the focus is not seen on {here['html']}"
        assert here["inside"], f"the focus is out of sight on {here['html']}"
        assert here["name"], f"nothing says what this is: {here['html']}"
    return here


def tab_to(page: Page, name: str) -> None:
    """Tab until something of this name has the focus."""
    passed = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        here = stop(page)
        passed.append(here["name"][:40] if here else "-")
        if here and name in here["name"]:
            return
    raise AssertionError(f"{name} was not among {passed}")


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.outerHTML.slice(0, 200)"))


def test_E2_from_the_front_door_to_a_watched_goal_without_a_mouse(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    first = stop(page)
    assert first
    assert first["name"] == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    tab_to(page, "Create an account")
    page.keyboard.press("Enter")
    page.wait_for_url("**/signup")
    tab_to(page, "E-mail")
    page.keyboard.type(f"{token_hex(4)}@example.com")
    tab_to(page, "Password")
    page.keyboard.type(PASSWORD)
    tab_to(page, "Create the account")
    page.keyboard.press("Enter")
    page.wait_for_url("**/welcome")
    tab_to(page, "Run it")
    page.keyboard.press("Enter")
    page.wait_for_url("**/dashboard/goals/*")
    expect(page.locator("#goal-head [data-state=completed]").first).to_be_visible()
    tab_to(page, "hello executor.one")
    tab_to(page, "Lines of the output")


@pytest.mark.parametrize("address", ["/dashboard", "/dashboard/goals", "/dashboard/goals/new", "/dashboard/memory"])
def test_tab_goes_through_a_page_and_out_of_it(address: str, new_person: NewPerson) -> None:
    page = new_person(f"{token_hex(4)}@example.com").page
    page.goto(address)
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if stop(page) is None:
            return
    raise AssertionError("there is no way out")


def test_what_changes_by_itself_leaves_the_focus_where_it_is(new_person: NewPerson) -> None:
    person = new_person(f"{token_hex(4)}@example.com")
    goal = person.state_goal(STEADY, "true")
    page = person.page
    page.goto(f"/dashboard/goals/{goal}")
    tab_to(page, "Graph")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="List")).to_be_focused()
    page.keyboard.press("Tab")
    link = page.evaluate("document.activeElement.getAttribute('href')")
    assert link == "?task=0"
    expect(page.locator("#goal-head [data-state=completed]").first).to_be_visible()
    page.wait_for_timeout(1000)
    assert page.evaluate("document.activeElement.getAttribute('href')") == link
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#task-title")).to_contain_text("true")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "?task=1"


def test_the_end_of_a_goal_is_said(new_person: NewPerson) -> None:
    person = new_person(f"{token_hex(4)}@example.com")
    page = person.page
    for steps, words in ((("sleep 2",), "The goal is completed."), (("sleep 2; false",), "The goal failed.")):
        goal = person.state_goal(*steps, selfCorrect=False)
        page.goto(f"/dashboard/goals/{goal}")
        said = page.locator("[role=status][aria-live=polite]#live-status")
        expect(said).to_have_text("")
        expect(said).to_have_text(words)


def test_escape_closes_the_palette_and_gives_the_focus_back(new_person: NewPerson) -> None:
    page = new_person(f"{token_hex(4)}@example.com").page
    tab_to(page, "Find")
    before = focused(page)
    for key in ("Enter", "Control+k"):
        page.keyboard.press(key)
        expect(page.locator("#palette input")).to_be_focused()
        assert stop(page)
        page.keyboard.type("goals")
        expect(page.locator("#palette-results a").first).to_be_visible()
        page.keyboard.press("ArrowDown")
        assert stop(page)
        page.keyboard.press("Escape")
        expect(page.locator("#palette")).to_be_hidden()
        assert focused(page) == before


def test_escape_closes_a_menu_and_gives_the_focus_back(new_person: NewPerson) -> None:
    person = new_person(f"{token_hex(4)}@example.com")
    page, goal = person.page, person.state_goal("true")
    ended(person.api, goal)
    page.goto(f"/dashboard/goals/{goal}")
    tab_to(page, "More")
    before = page.evaluate("document.activeElement.getAttribute('aria-label')")
    page.keyboard.press("Enter")
    tab_to(page, "Download everything")
    page.keyboard.press("Escape")
    expect(page.get_by_text("Download everything")).to_be_hidden()
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == before
