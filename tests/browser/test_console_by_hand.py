"""Staff find a failing goal and unstick it in three clicks; the console in a browser, with its second factor."""

from __future__ import annotations

from secrets import token_hex

import pytest
from playwright.sync_api import expect

from accounts.secrets import digest
from tests.browser.factors import digits, give_code, give_password, sign_out, turn_on_the_app, verify
from tests.browser.people import Person
from tests.live.conftest import ended

pytestmark = [pytest.mark.live, pytest.mark.timeout(180)]


@pytest.fixture
def staff(new_context, installation):
    """An operator, verified, with an app for codes: the console lets them in after a code."""
    email = f"{token_hex(4)}@example.com"
    person = Person(email, installation.member(email), new_context().new_page())
    installation.manage("make_staff", email, "operator")
    page = person.page
    page.context.forgive("403")
    person.sign_in()
    page.goto("/admin/")
    expect(page.get_by_role("heading", name="A second factor first")).to_be_visible()
    verify(person, installation)
    secret = turn_on_the_app(page)
    sign_out(page)
    page.goto("/admin/")
    give_password(person)
    give_code(page, digits(secret, ahead=1))
    page.goto("/admin/")
    expect(page.locator("#landing")).to_be_visible()
    return person


def test_a_failing_goal_is_found_and_unstuck_within_three_clicks(staff, new_person, installation):
    customer = installation.member("stuck@example.com")
    goal = customer.post(
        "/api/goals", json={"description": "Deploy it", "semanticPath": ["test -e go"], "selfCorrect": False}
    ).json()["id"]
    assert ended(customer, goal)["state"] == "failed"
    assert customer.post("/api/execute", json={"type": "shell", "params": {"command": "touch go"}}).status_code == 200
    page = staff.page
    page.goto("/admin/")
    page.get_by_role("link", name="exit_code").first.click()  # 1: the newest failure on the first page
    page.get_by_role("button", name="Retry").click()  # 2
    expect(page.get_by_text("goes on as")).to_be_visible()
    newest = customer.get("/api/goals").json()["data"][0]
    assert newest["retryOf"] == goal
    ended(customer, newest["id"])


def test_looking_as_a_customer_has_a_banner_and_an_end(staff, new_person, installation):
    customer = installation.member("looked-at@example.com")
    page = staff.page
    page.goto("/admin/accounts/user/?q=looked-at@example.com")
    page.get_by_role("link", name="looked-at@example.com").first.click()
    page.get_by_role("button", name="See what they see").click()
    page.wait_for_url("**/dashboard")
    expect(page.get_by_text("Staff view.")).to_be_visible()
    page.get_by_role("button", name="Back to staff").click()
    page.wait_for_url("**/settings/again/**")  # the console wants its code once more
    with installation.database() as database:
        told = database.execute(
            "SELECT type FROM events_event WHERE type LIKE 'staff.%%' AND account_id = "
            "(SELECT account_id FROM accounts_apikey WHERE digest = %s) ORDER BY id",
            [digest(customer.headers["X-Key"])],
        ).fetchall()
    assert told == [("staff.looked_in",), ("staff.left",)]
