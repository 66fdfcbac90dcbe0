"""O122 on the dashboard: buying without a script of ours or Stripe's, and what the pages say of what is left."""

import pytest

from billing import credit, stripe_client
from billing.actions import set_plan
from executor_one.kit.tenancy import account_scope
from tests.billing.conftest import bought, left
from tests.pages.visitors import MOST_QUERIES, queries, told, visitor

PAGE, BUY = "/dashboard/billing", "/dashboard/billing/package"


def on(buyer, plan):
    with account_scope(buyer.member.account):
        set_plan(buyer.member.account, plan, actor="staff:1")


def test_O122_a_button_leads_to_stripe_s_page_and_back_with_the_calls(pro):
    stripe_client.read_prices()
    person = visitor(pro.member)
    assert "100 model calls 5.00 USD Buy" in told(person.get(PAGE))
    answer = person.post(BUY, {"package": "calls-100"})
    assert answer.status_code == 302
    assert answer["Location"].startswith(pro.stripe.url)
    assert person.post(BUY, {"package": "calls-100"})["Location"] == answer["Location"]
    (session,) = pro.stripe.all("checkout.session")
    pro.stripe.pay(session)
    back = session["success_url"].partition("//")[2].partition("/")[2]
    assert "Stripe is confirming the payment" in told(person.get(f"/{back}"))
    pro.hear()
    page = told(person.get(f"/{back}"))
    assert "Stripe is confirming" not in page
    assert "Left besides the plan 100" in page
    assert "Bought: 100 model calls" in page
    assert left(pro) == 100


@pytest.mark.parametrize(("plan", "status", "words"), [
    ("free", 402, "could not be used. Pro has a model."), ("enterprise", 409, "there is nothing to buy"),
])  # fmt: skip
def test_O122_who_cannot_use_calls_is_told_why_and_has_no_button(pro, plan, status, words):
    stripe_client.read_prices()
    on(pro, plan)
    person = visitor(pro.member)
    assert words in told(person.get(PAGE))
    assert BUY not in person.get(PAGE).content.decode()
    answer = person.post(BUY, {"package": "calls-100"})
    assert (answer.status_code, words in told(answer)) == (status, True)


def test_O122_an_admin_sees_the_prices_and_buys_nothing(pro):
    stripe_client.read_prices()
    person = visitor(pro.member, "admin")
    assert "100 model calls 5.00 USD" in told(person.get(PAGE))
    assert BUY not in person.get(PAGE).content.decode()
    assert person.post(BUY, {"package": "calls-100"}).status_code == 403
    assert pro.stripe.all("checkout.session") == []


def test_O122_without_stripe_nothing_is_offered_and_what_is_left_is_shown(pro, settings):
    settings.STRIPE_SECRET_KEY = ""
    with account_scope(pro.member.account):
        credit.give(7, "sorry for <b>Monday</b>", actor="staff:1")
    person = visitor(pro.member)
    page = told(person.get(PAGE))
    assert "Given by staff: sorry for &lt;b&gt;Monday&lt;/b&gt;" in page
    assert "Left besides the plan 7" in page
    assert BUY not in person.get(PAGE).content.decode()
    assert person.post(BUY, {"package": "calls-100"}).status_code == 501
    assert "7 more are left besides the plan" in told(person.get("/dashboard/usage"))


def test_O122_the_page_costs_no_more_with_a_long_ledger(pro):
    for _ in range(12):
        bought(pro)
    assert queries(visitor(pro.member), PAGE) <= MOST_QUERIES
