"""The log of a task as a terminal: what a program writes to one is shown as its text, and the tools stay in a line."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_journeys import NewPerson, log_of

pytestmark = [pytest.mark.live, pytest.mark.timeout(120)]

TITLE, LINK = r"\033]0;a title\007", r"\033]8;;https://evil.example\033\\named\033]8;;\033\\"
COMMANDS = {  # what is printed, what is shown of it
    f"printf '{TITLE}one\\n'": "one",
    f"printf '{LINK} two\\n'": "named two",
    r"printf '\033P1$r0m\033\\three\n'": "three",
    r"printf '\033]0;cut '; sleep 0.6; printf 'in two\007four\n'": "four",
    r"printf '\033]52;c;'; head -c 5000 /dev/zero | tr '\0' A; sleep 0.6; printf '\007long\n'": "long",
    r"printf '\033Ptmux;\033\033]0;title\007\033\\through\n'": "through",
    r"printf '\033]0;never ended\nstill here\n'": "still here",
    r"printf '\033[31mfive\033[0m\n'": "five",
}


def test_titles_and_links_of_a_terminal_are_left_out(new_person: NewPerson) -> None:
    person = new_person("terminal@example.com")
    page = person.page
    goal = person.state_goal(" ; ".join(COMMANDS))
    page.goto(f"/dashboard/goals/{goal}")
    expect(page.locator("[data-log-end]")).to_be_visible()
    for _ in ("live", "reloaded"):
        expect(page.locator("[data-log-lines]")).to_contain_text("five")
        lines = [line for line in log_of(page).split("\n") if line][: len(COMMANDS)]
        assert lines == list(COMMANDS.values())
        page.reload()


@pytest.mark.parametrize("width", [1440, 1280])
def test_the_tools_of_the_log_stand_in_one_line(new_person: NewPerson, width: int) -> None:
    person = new_person(f"wide-{width}@example.com")
    page = person.page
    goal = person.state_goal("seq 1500; for i in 1 2 3; do sleep 0.5; echo 1; done")
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"/dashboard/goals/{goal}")
    page.get_by_label("Search in the output").fill("1")
    expect(page.locator("[data-log-count]")).to_contain_text(re.compile(r"of \d{3}"))
    expect(page.locator("[data-log-do=times]")).to_be_visible()
    bar = page.locator(".log-bar").bounding_box()
    assert bar
    assert bar["height"] < 44
