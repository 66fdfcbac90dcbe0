"""Every page of the map, signed in and signed out: accessible, quiet, at home in light, in dark and on a phone.

The pages are read from the URL map, so a new one is looked at without being named here. A page is opened once and all
of axe runs on it in each look: to open it, and to warm axe up in it, costs several times what another look does.
"""

from __future__ import annotations

from collections.abc import Callable
from secrets import token_hex
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.looks import LOOKS, look_at, violations
from tests.browser.people import PASSWORD, Person
from tests.live.conftest import Stack, ended
from tests.pages.addresses import addresses, is_page

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

HEALED = "echo ready > out/report.txt"  # there is no folder `out`


def filled(person: Person) -> dict[str, str]:
    """What stands for each placeholder of a route, once the account has something to show of everything."""
    api = person.api
    goals = [person.state_goal("printf 'plain\\n\\033[32mgreen\\033[0m\\n'", "echo two"), person.state_goal(HEALED)]
    goals.append(person.state_goal("false"))
    for goal in goals:
        ended(api, goal)
    person.state_goal("sleep 200")
    api.post("/api/memory", json={"key": "notes/deploy", "value": {"by": "hand"}, "tags": ["infra"]})
    api.post("/api/memory", json={"key": "database", "value": {"password": "x"}, "tags": ["secrets"]})
    stripe = {"key": "shop/stripe", "value": "sk_x", "hosts": ["api.stripe.com", "*.internal"], "description": "Till"}
    api.post("/api/credentials", json=stripe)
    correction = api.get("/api/corrections").json()["data"][0]["id"]
    tree = api.get("/api/task-trees").json()["data"][0]["id"]
    key = api.get("/api/auth/keys").json()["data"][0]["id"]
    return {
        "goal_id": goals[1], "correction_id": correction, "tree_id": tree, "key_id": key,
        "credential_key": "shop/stripe",
    }  # fmt: skip


def told(answer: Any) -> tuple[int, str]:
    return answer.status, answer.headers.get("content-type", "")


def faults(page: Page) -> list[str]:
    """What is wrong with the page as it looks now: for axe, and for a reader with a narrow screen."""
    found = violations(page)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wide > 0:
        found.append(f"{wide} px wider than the screen")
    if not page.title().removesuffix("executor.one").strip(" ·"):
        found.append("no title")
    if page.locator("h1").count() != 1:
        found.append(f"{page.locator('h1').count()} h1")
    return found


@pytest.fixture(scope="module")
def ids(installation: Stack) -> dict[str, str]:
    """The account of somebody who has used everything; signed in by the tests below."""
    return filled(Person("pages@example.com", installation.member("pages@example.com"), None))


def looked_at(page: Page, ids: dict[str, str]) -> dict[str, list[str]]:
    """The faults of each page that this browser can open, by address, in every look."""
    get = page.context.request.get
    found: dict[str, list[str]] = {}
    for address in addresses(ids):
        if not is_page(*told(get(address, max_redirects=0))):
            continue
        page.goto(address)
        page.wait_for_timeout(150)  # what scripts draw
        found[address] = []
        for look in LOOKS:
            look_at(page, look)
            found[address] += [f"{look}: {fault}" for fault in faults(page)]
    return found


def assert_faultless(found: dict[str, list[str]]) -> None:
    told = [f"{address}: {fault}" for address, faults in found.items() for fault in faults]
    assert not told, "\n".join(told)


def test_every_page_of_somebody_signed_in(ids: dict[str, str], new_context: Callable[..., BrowserContext]):
    # Axe is a script of nobody's host: the policy would stop it. The pages without axe are below.
    person = Person("pages@example.com", None, new_context(bypass_csp=True).new_page())
    person.sign_in()
    found = looked_at(person.page, ids)
    assert len(found) > 15, sorted(found)
    assert_faultless(found)


def test_every_page_of_a_stranger(ids: dict[str, str], new_context: Callable[..., BrowserContext]):
    found = looked_at(new_context(bypass_csp=True).new_page(), ids)
    assert {"/", "/login", "/signup", "/dev", "/docs"} <= {*found}
    assert_faultless(found)


def in_every_look(page: Page) -> list[str]:
    """The faults of what is open now."""
    page.wait_for_timeout(150)
    found = []
    for look in LOOKS:
        look_at(page, look)
        found += [f"{look}: {fault}" for fault in faults(page)]
    return found


@pytest.fixture
def newcomer(new_context: Callable[..., BrowserContext]) -> Page:
    """The welcome page of somebody who has just signed up."""
    context = new_context(bypass_csp=True)
    for refusal in ("402", "404", "429"):
        context.forgive(refusal)  # type: ignore[attr-defined]
    page = context.new_page()
    page.goto("/signup")
    page.get_by_label("E-mail").fill(f"{token_hex(4)}@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    page.wait_for_url("**/welcome")
    page.locator("[data-new-key]").wait_for()
    return page


def test_what_a_new_account_sees_before_it_has_anything(newcomer: Page):
    found = {"/welcome with a key": in_every_look(newcomer)}
    for address in ("", "/goals", "/memory", "/corrections", "/trees"):
        newcomer.goto(f"/dashboard{address}")
        found[f"/dashboard{address}, empty"] = in_every_look(newcomer)
    newcomer.keyboard.press("Control+k")
    newcomer.locator("#palette[open]").wait_for()
    found["the palette"] = in_every_look(newcomer)
    assert_faultless(found)


def test_pages_that_refuse(newcomer: Page):
    page, found = newcomer, {}
    headers = {"Authorization": f"Bearer {page.locator('[data-new-key] [data-code]').inner_text().strip()}"}
    for nowhere in ("/nowhere", "/dashboard/goals/00000000-0000-0000-0000-000000000000"):
        page.goto(nowhere)
        found[nowhere] = in_every_look(page)
    page.goto("/dashboard/keys")
    page.get_by_label("Name").fill("Second")
    page.get_by_role("button", name="Make the key").click()
    page.get_by_text("Free allows 1 API key").wait_for()
    found["402"] = in_every_look(page)
    goal = page.request.post("/api/goals", data={"description": "x", "semanticPath": ["exit 1"]}, headers=headers)
    page.request.get(f"/api/goals/{goal.json()['id']}?wait=30", headers=headers)
    page.goto(f"/dashboard/goals/{goal.json()['id']}")
    page.get_by_role("button", name="Retry", exact=True).click()
    page.get_by_role("heading", name="Too many requests").wait_for()
    page.get_by_text("Try again in ").wait_for()
    found["429"] = in_every_look(page)
    assert_faultless(found)


def test_the_content_policy_stops_nothing_of_ours(ids: dict[str, str], new_context: Callable[..., BrowserContext]):
    """The watched context fails on what the policy refuses, on any error and on any foreign request."""
    context = new_context()
    person = Person("pages@example.com", None, context.new_page())
    person.sign_in()
    for address in [*addresses(ids), "/api/docs"]:
        answer = context.request.get(address, max_redirects=0)
        if is_page(*told(answer)):
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy, address
            assert "unsafe" not in policy, address
            person.page.goto(address)
            person.page.wait_for_timeout(100)
