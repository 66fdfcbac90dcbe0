"""An upgrade, clicked through at the fake Stripe; what a missing payment and a smaller plan look like."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.live, pytest.mark.timeout(120)]


@pytest.fixture
def buyer(new_person, stripe):
    def make(email):
        person = new_person(email, plan="free")
        person.page.context.allow(stripe.url)
        return person

    return make


def upgrade(person, plan="Pro"):
    person.page.goto("/dashboard/billing")
    person.page.get_by_role("button", name=f"Upgrade to {plan}").click()
    person.page.get_by_role("button", name=re.compile("^Pay")).click()
    person.page.wait_for_url("**/dashboard/billing?paid=1")


def test_an_upgrade_from_the_page_of_plans_to_its_new_limits(buyer, stripe, installation):
    installation.manage("stripe_prices")
    person = buyer("upgrade@example.com")
    page = person.page
    page.goto("/dashboard")
    page.get_by_role("link", name="Billing").first.click()
    expect(page.get_by_role("heading", name="Free", level=2, exact=True)).to_be_visible()
    expect(page.get_by_text("29.00 USD a month").first).to_be_visible()
    assert person.api.get("/api/auth/account").json()["limits"]["goalsPerMonth"] == 10
    upgrade(person)
    expect(page.get_by_role("heading", name="Pro", level=2, exact=True)).to_be_visible()
    expect(page.get_by_text("Paid until")).to_be_visible()
    assert person.api.get("/api/auth/account").json()["limits"]["goalsPerMonth"] == 500
    for _ in range(2):  # Free would pause for a minute between the two
        assert person.api.post("/api/goals", json={"description": "x", "semanticPath": ["true"]}).status_code == 201


def test_a_declined_card_leaves_everything_as_it_is(buyer):
    person = buyer("declined@example.com")
    page = person.page
    page.goto("/dashboard/billing")
    page.get_by_role("button", name="Upgrade to Pro").click()
    page.get_by_role("button", name=re.compile("Decline")).click()
    page.goto("/dashboard/billing")
    expect(page.get_by_role("heading", name="Free", level=2, exact=True)).to_be_visible()


def test_a_payment_that_fails_is_said_on_the_page_while_it_is_open(buyer, stripe):
    person = buyer("late@example.com")
    upgrade(person)
    expect(person.page.get_by_text("Paid until")).to_be_visible()
    stripe.renew(stripe.all("subscription")[0]["id"], paid=False)
    expect(person.page.get_by_text("A payment failed")).to_be_visible()
    person.page.get_by_role("button", name=re.compile("Cards, invoices")).click()
    person.page.wait_for_url(f"{stripe.url}/**")
    expect(person.page.get_by_role("button", name=re.compile("Pay")).first).to_be_visible()


def test_going_down_says_what_is_too_much_and_deletes_nothing(buyer, stripe):
    person = buyer("down@example.com")
    upgrade(person)
    for name in ("one", "two"):
        assert person.api.post("/api/auth/keys", json={"name": name}).status_code == 201
    page = person.page
    page.context.forgive("422")
    page.goto("/dashboard/billing")
    page.get_by_role("button", name="Go down to Free").click()
    expect(page.get_by_role("heading", name="Free allows less than you use")).to_be_visible()
    expect(page.get_by_text("API keys: 3 used, 1 allowed")).to_be_visible()
    page.get_by_role("button", name="Go down to Free all the same").click()
    expect(page.get_by_text(re.compile("Free begins on")).first).to_be_visible()
    page.goto("/dashboard/billing")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text("The subscription goes on.")).to_be_visible()


def test_O122_a_package_is_bought_and_its_calls_are_on_the_page(buyer, stripe, installation):
    installation.manage("stripe_prices")
    person = buyer("package@example.com")
    page = person.page
    page.goto("/dashboard/billing")
    expect(page.get_by_text("bought model calls could not be used")).to_be_visible()
    expect(page.get_by_role("button", name="Buy 500 model calls")).to_have_count(0)
    upgrade(person)
    page.get_by_role("button", name="Buy 500 model calls for 20.00 USD").click()
    page.get_by_role("button", name=re.compile("Decline")).click()
    page.get_by_role("button", name=re.compile("^Pay")).click()
    page.wait_for_url("**/dashboard/billing?bought=1")
    credit = page.locator("#credit")
    expect(credit.get_by_text("Bought: 500 model calls")).to_be_visible()
    assert person.api.get("/api/billing/usage").json()["credit"] == {"llmCalls": 500}
    charge = stripe.all("charge", status="succeeded", amount=2000)[0]["id"]
    stripe.refund(charge, 400)  # while the page is open
    expect(credit.get_by_text("Paid back: 500 model calls")).to_be_visible()
    expect(credit.get_by_role("row", name=re.compile("Paid back")).get_by_text("-4.00 USD")).to_be_visible()
    assert person.api.get("/api/billing/usage").json()["credit"] == {"llmCalls": 400}
