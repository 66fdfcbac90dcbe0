"""What people do, in a real browser on a real installation: from the front door to a goal that one watched."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import threading
import time
from collections.abc import Callable

import httpx
import pytest
import websockets
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.people import PASSWORD, Person
from tests.live.conftest import Stack, ended

pytestmark = [pytest.mark.live, pytest.mark.timeout(180)]

NewPerson = Callable[..., Person]
HEALED = "echo ready > out/report.txt"  # there is no folder `out`: a known fix makes it
STEADY = "for i in 1 2 3 4 5 6 7 8; do echo line $i; sleep 0.4; done"


def log_of(page: Page) -> str:
    return page.locator("[data-log-lines]").inner_text()


def test_E2_from_the_front_door_to_a_watched_goal_in_two_minutes(page: Page, installation: Stack) -> None:
    started = time.monotonic()
    page.goto("/")
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("E-mail").fill("first@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    page.wait_for_url("**/welcome")
    key = page.locator("[data-new-key] [data-code]").inner_text().strip()
    curl = page.locator("[data-code]", has_text="curl").inner_text()
    assert key in curl
    assert installation.url in curl
    assert httpx.get(f"{installation.url}/api/auth/me", headers={"Authorization": f"Bearer {key}"}).status_code == 200
    page.get_by_role("button", name="Run it").click()
    page.wait_for_url("**/dashboard/goals/*")
    expect(page.locator("#goal-head [data-state=completed]").first).to_be_visible()
    expect(page.locator("[data-log-lines]")).to_contain_text("hello executor.one")
    assert time.monotonic() - started < 120
    page.goto("/welcome")
    assert key not in page.content()
    expect(page.get_by_text("shown already")).to_be_visible()


def test_whoever_runs_the_curl_first_keeps_the_key_and_watches_its_goal(page: Page, installation: Stack) -> None:
    page.goto("/signup")
    page.get_by_label("E-mail").fill("curl@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    page.wait_for_url("**/welcome")
    key = page.locator("[data-new-key] [data-code]").inner_text().strip()
    expect(page.get_by_text("Free pauses 60 s between goals")).to_be_visible()
    watch = page.get_by_role("link", name="Watch it run")
    expect(watch).to_be_hidden()
    expect(page.locator("body")).to_have_attribute("data-live", "on")
    command = page.locator("[data-code]", has_text="curl").inner_text()
    goal = json.loads(subprocess.run(["/bin/sh", "-c", command], capture_output=True, check=True).stdout)["id"]
    expect(watch).to_have_attribute("href", f"/dashboard/goals/{goal}")
    page.context.forgive("429")  # type: ignore[attr-defined]
    page.get_by_role("button", name="Run it").click()
    expect(page.locator("[data-refusal]")).to_contain_text(re.compile(r"Run it again in \d+ s"))
    assert page.locator("[data-new-key] [data-code]").inner_text().strip() == key
    watch.click()
    page.wait_for_url(f"**/dashboard/goals/{goal}")
    expect(page.locator("[data-log-lines]")).to_contain_text("hello executor.one")


def test_E2_output_appears_line_by_line_while_one_watches(new_person: NewPerson) -> None:
    person = new_person("watcher@example.com")
    goal = person.state_goal(STEADY)
    page = person.page
    page.goto(f"/dashboard/goals/{goal}")
    expect(page.locator("[data-log-lines]")).to_contain_text("line 2")
    assert "line 8" not in log_of(page), "it is watched, not read afterwards"
    expect(page.locator("#goal-head [data-state=completed]").first).to_be_visible()
    expect(page.locator("[data-log-lines]")).to_contain_text("line 8")
    assert re.findall(r"line \d", log_of(page)) == [f"line {n}" for n in range(1, 9)], "nothing lost, nothing twice"


def test_one_stream_is_shown_and_the_log_ends_with_how_the_try_ended(new_person: NewPerson) -> None:
    person = new_person("streams@example.com")
    goal = person.state_goal("echo good; echo bad >&2; sleep 2; exit 3", selfCorrect=False)
    page = person.page
    page.goto(f"/dashboard/goals/{goal}")
    good, bad = page.locator(".log-line", has_text="good"), page.locator(".log-line", has_text="bad")
    expect(good).to_be_visible()
    page.get_by_label("Streams that are shown").select_option("stderr")
    expect(good).to_be_hidden()
    expect(bad).to_be_visible()
    page.get_by_label("Streams that are shown").select_option("stdout")
    expect(good).to_be_visible()
    expect(bad).to_be_hidden()
    words = re.compile(r"Failed after 2\.\d s, exit code 3\. It ended with exit code 3\.$")
    expect(page.locator("[data-log-end]")).to_have_text(words)
    page.reload()
    expect(page.locator("[data-log-lines] > :last-child")).to_have_text(words)


def test_the_run_graph_begins_at_the_chosen_task(new_person: NewPerson) -> None:
    person = new_person("long@example.com")
    goal = person.state_goal(*["true"] * 14, "false", selfCorrect=False)
    ended(person.api, goal)
    person.page.goto(f"/dashboard/goals/{goal}")
    chosen = person.page.locator("[data-graph] .node-chosen")
    expect(chosen).to_have_attribute("data-node", "14")
    frame, node = person.page.locator("[data-graph]").bounding_box(), chosen.bounding_box()
    assert frame
    assert node
    assert frame["y"] <= node["y"] <= frame["y"] + frame["height"] - node["height"]


def test_E_R20_a_failure_that_a_correction_healed_is_told_as_one(new_person: NewPerson) -> None:
    person = new_person("healed@example.com")
    goal = person.state_goal(HEALED, "cat out/report.txt")
    assert ended(person.api, goal)["state"] == "completed"
    page = person.page
    page.goto(f"/dashboard/goals/{goal}?task=0")
    expect(page.locator("#goal-head .state-healed")).to_contain_text("1 correction")
    expect(page.get_by_text("a known fix was applied")).to_be_visible()
    page.locator("main a[href^='/dashboard/corrections/']").first.click()
    page.wait_for_url("**/dashboard/corrections/*")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_E15_cancel_stops_what_runs_and_the_page_says_so(new_person: NewPerson) -> None:
    person = new_person("cancel@example.com")
    goal = person.state_goal("echo begun; sleep 300")
    page = person.page
    page.goto(f"/dashboard/goals/{goal}")
    expect(page.locator("[data-log-lines]")).to_contain_text("begun")
    page.locator("#goal-cancel summary").click()
    page.get_by_label("Reason").fill("The wrong branch")
    page.get_by_role("button", name="Cancel the goal").click()
    expect(page.locator("#goal-head [data-state=cancelled]").first).to_be_visible()
    expect(page.locator("[data-reason]")).to_contain_text("The wrong branch")
    assert ended(person.api, goal)["state"] == "cancelled"


async def closing(url: str, key: str, revoked: threading.Event) -> tuple[int, float]:
    """A socket of this key: how it is closed, and how many seconds after `revoked`."""
    async with websockets.connect(url.replace("http", "ws") + "/ws") as socket:
        await socket.send(json.dumps({"type": "auth", "token": key}))
        assert json.loads(await socket.recv())["type"] == "connected"
        await asyncio.to_thread(revoked.wait, 30)
        started = time.monotonic()
        await asyncio.wait_for(socket.wait_closed(), 10)
        return socket.close_code or 0, time.monotonic() - started


def test_E10_revoking_a_key_on_its_page_closes_the_socket(new_person: NewPerson, installation: Stack) -> None:
    person = new_person("revoke@example.com")
    made = person.api.post("/api/auth/keys", json={"name": "Socket"}).json()
    page = person.page
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/dashboard/keys")

    revoked = threading.Event()
    answer: list[tuple[int, float]] = []
    socket = threading.Thread(
        target=lambda: answer.append(asyncio.run(closing(installation.url, made["apiKey"], revoked)))
    )
    socket.start()
    time.sleep(1)
    page.get_by_role("button", name="Revoke Socket").click()
    expect(page.get_by_role("button", name="Revoke Socket")).to_have_count(0)
    revoked.set()
    socket.join(15)
    code, seconds = answer[0]
    assert code == 4401
    assert seconds < 5


def test_the_list_of_goals_updates_itself_and_keeps_its_filters(new_person: NewPerson) -> None:
    person = new_person("list@example.com")
    page = person.page
    page.goto("/dashboard/goals?state=completed")
    expect(page.locator("body")).to_have_attribute("data-live", "on")
    person.state_goal("true", description="appears by itself")
    expect(page.get_by_role("link", name="appears by itself")).to_be_visible()
    person.state_goal("false", description="is filtered away", selfCorrect=False)
    page.wait_for_timeout(2500)
    expect(page.get_by_role("link", name="is filtered away")).to_have_count(0)
    page.goto("/dashboard/goals")
    expect(page.get_by_role("link", name="is filtered away")).to_be_visible()


def test_back_undoes_a_filter(new_person: NewPerson) -> None:
    person = new_person("undo@example.com")
    goal = person.state_goal("true", description="it is completed")
    ended(person.api, goal)
    page, row = person.page, person.page.get_by_role("link", name="it is completed")
    page.goto("/dashboard/goals")
    page.get_by_label("State", exact=True).select_option("failed")
    expect(row).to_have_count(0)
    page.wait_for_url("**/dashboard/goals?state=failed")
    page.get_by_label("Stated when").select_option("24h")
    page.wait_for_url("**/dashboard/goals?state=failed&time=24h")
    page.go_back()
    page.wait_for_url("**/dashboard/goals?state=failed")
    expect(page.get_by_label("Stated when")).to_have_value("")
    page.go_back()
    expect(row).to_be_visible()
    expect(page.get_by_label("State", exact=True)).to_have_value("")


def test_keys_walk_the_list_and_the_palette_finds_a_goal(new_person: NewPerson) -> None:
    person = new_person("keys@example.com")
    goals = [person.state_goal("true", description=f"walk {n}") for n in (1, 2)]
    for goal in goals:
        ended(person.api, goal)
    page = person.page
    page.goto("/dashboard/goals")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/dashboard/goals/{goals[0]}*")
    page.keyboard.press("Control+k")
    page.keyboard.type("walk 2")
    expect(page.locator("#palette-results a", has_text="walk 2").first).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/dashboard/goals/{goals[1]}*")


def test_the_plan_is_shown_before_it_runs(new_person: NewPerson) -> None:
    person = new_person("plan@example.com")
    page = person.page
    page.goto("/dashboard/goals/new")
    page.locator("#id_description").fill("Greet twice")
    page.locator("#id_steps").fill("echo one\necho two")
    preview = page.locator("[data-preview]")
    expect(preview).to_contain_text("2 tasks, from your steps")
    page.locator("#id_steps").press("Control+Enter")
    page.wait_for_url(re.compile(r"/dashboard/goals/[0-9a-f-]{36}"))
    expect(page.locator("#goal-head [data-state=completed]").first).to_be_visible()
    assert page.locator("[data-graph] a").count() == 2


def test_what_a_command_prints_cannot_act_on_the_page(new_person: NewPerson) -> None:
    person = new_person("hostile@example.com")
    goal = person.state_goal(
        "printf '<script>window.stolen=1</script><img src=x onerror=window.stolen=1>\\n'",
        "printf '\\033]8;;javascript:window.stolen=1\\033\\\\click\\033]8;;\\033\\\\ \\033[31mred\\033[0m\\n'",
    )
    ended(person.api, goal)
    page = person.page
    for position in (0, 1):
        page.goto(f"/dashboard/goals/{goal}?task={position}")
        expect(page.locator("[data-log-lines]")).to_contain_text("onerror" if position == 0 else "red")
        assert (
            page.locator("[data-log-lines] script, [data-log-lines] img, [data-log-lines] a[href^=javascript]").count()
            == 0
        )
        assert page.evaluate("window.stolen") is None


def test_dark_is_chosen_in_the_settings_and_kept(new_person: NewPerson) -> None:
    person = new_person("dark@example.com", color_scheme="light")
    page = person.page
    background = "getComputedStyle(document.documentElement).getPropertyValue('--color-base-100')"
    light = page.evaluate(background)
    page.goto("/dashboard/settings")
    page.get_by_label("Theme").select_option("dark")
    page.get_by_role("button", name="Save").first.click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto("/dashboard/goals")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate(background) != light


def test_on_a_phone_the_navigation_is_at_the_bottom(
    new_context: Callable[..., BrowserContext], installation: Stack
) -> None:
    context = new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    person = Person("phone@example.com", installation.member("phone@example.com"), context.new_page())
    person.sign_in()
    bar = person.page.get_by_role("navigation", name="Main, short")
    expect(bar).to_be_visible()
    box = bar.bounding_box()
    assert box
    assert box["y"] > 700
    bar.get_by_role("link", name="Goals").click()
    person.page.wait_for_url("**/dashboard/goals")


def test_a_page_that_lost_its_stream_catches_up(new_person: NewPerson) -> None:
    person = new_person("offline@example.com")
    page = person.page
    page.goto("/dashboard/goals")
    expect(page.locator("body")).to_have_attribute("data-live", "on")
    for words in ("ERR_INTERNET_DISCONNECTED", "Failed to fetch"):
        page.context.forgive(words)  # type: ignore[attr-defined]
    page.context.set_offline(True)
    person.state_goal("true", description="while offline")
    page.wait_for_timeout(500)
    page.context.set_offline(False)
    expect(page.get_by_role("link", name="while offline")).to_be_visible()
