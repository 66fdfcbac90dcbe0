"""O119-O122, O124-O129: plans, prices, checkout, portal, another plan, and what stands in the way of one."""

import threading

import pytest
from django.db import connection

from billing import stripe_client
from billing.models import Plan, Subscription
from executor_one.kit.tenancy import account_scope
from tests.billing.conftest import Buyer, noted


def test_O125_the_tiers_are_public_and_hold_the_table(db, anonymous):
    answer = anonymous.get("/api/billing/tiers").json()
    assert [one["code"] for one in answer["data"]] == ["free", "pro", "enterprise"]
    free, pro, enterprise = answer["data"]
    assert free["limits"] == {
        "goalsPerMonth": 10, "memories": 50, "llmCallsPerMonth": 0, "parallelTasks": 1, "apiKeys": 1,
        "goalCooldownSeconds": 60, "webSocket": False,
    }  # fmt: skip
    assert enterprise["limits"]["goalsPerMonth"] is None
    assert pro["price"] is None
    assert not pro["isForSale"]


def test_O126_pricing_is_public_and_says_what_happens_beyond_a_limit(db, anonymous, stripe):
    before = anonymous.get("/api/billing/pricing").json()
    assert before["isConfigured"]
    assert "402" in before["overLimit"]
    assert before["graceDays"] == 7
    stripe_client.read_prices()
    pro = next(one for one in anonymous.get("/api/billing/pricing").json()["tiers"] if one["code"] == "pro")
    assert pro["price"] == {"amountCents": 2900, "currency": "usd", "interval": "month"}
    assert pro["isForSale"]


def test_O119_every_account_has_a_subscription(buyer):
    answer = buyer.get("subscription")
    assert (answer["tier"], answer["status"], answer["paidTier"]) == ("free", "none", None)
    assert answer["graceUntil"] is answer["periodEnd"] is None


def test_O124_O128_usage_and_summary_say_every_limit(buyer):
    usage = buyer.get("usage")
    assert usage["tier"] == "free"
    assert {*usage["usage"]} == {"goals", "llmCalls", "memories", "apiKeys"}
    assert usage["usage"]["apiKeys"] == {"used": 1, "limit": 1, "resetsAt": None}
    assert usage["usage"]["goals"]["resetsAt"] == usage["periodEnd"]
    summary = buyer.get("plan-summary")
    assert summary["usage"] == usage["usage"]
    assert summary["limits"]["goalsPerMonth"] == 10
    assert summary["subscription"]["tier"] == "free"


def test_O120_the_new_limits_hold_at_once_after_checkout(buyer):
    subscription = buyer.buy("pro")
    assert buyer.get("plan-summary")["limits"]["goalsPerMonth"] == 500
    mine = buyer.get("subscription")
    assert (mine["tier"], mine["status"], mine["paidTier"]) == ("pro", "active", "pro")
    assert mine["periodEnd"]
    assert buyer.mine.stripe_subscription == subscription
    assert buyer.client.get("/api/auth/account").json()["limits"]["goalsPerMonth"] == 500


def test_O120_asked_twice_it_is_one_session(buyer):
    first = buyer.post("checkout", tier="pro").json()["url"]
    assert buyer.post("checkout", tier="pro").json()["url"] == first
    assert len(buyer.stripe.all("checkout.session")) == 1
    assert len(buyer.stripe.all("customer")) == 1


def test_O120_another_plan_closes_the_first_session(buyer):
    first = buyer.begin("pro")
    buyer.begin("enterprise")
    assert buyer.stripe.get(first)["status"] == "expired"
    assert [one["status"] for one in buyer.stripe.all("checkout.session")].count("open") == 1


def test_O120_parallel_clicks_make_one_customer_and_one_session(sold, stripe, make_member, client_of):
    member = make_member("buyer@example.com", "free")
    urls, start = [], threading.Barrier(4)

    def click():
        start.wait()
        answer = client_of(member.key).post("/api/billing/checkout", {"tier": "pro"}, content_type="application/json")
        urls.append(answer.json().get("url"))
        connection.close()

    threads = [threading.Thread(target=click) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len({*urls}) == 1, urls
    assert urls[0]
    assert len(stripe.all("customer")) == len(stripe.all("checkout.session")) == 1


def test_O120_paid_and_not_yet_told_it_cannot_be_paid_again(buyer):
    """Between the payment and its event: nobody pays twice."""
    buyer.stripe.pay(buyer.begin("pro"))
    assert buyer.plan == "free"
    for name, tier in (("checkout", "pro"), ("checkout", "enterprise"), ("change-plan", "enterprise")):
        answer = buyer.post(name, tier=tier)
        assert answer.status_code == 409, answer.content
        assert "do not pay again" in answer.json()["message"]
    buyer.hear()
    assert buyer.plan == "pro"
    assert len(buyer.stripe.all("subscription")) == 1


def test_O127_a_missing_payment_comes_before_another_plan(buyer):
    subscription = buyer.buy("enterprise")
    buyer.stripe.renew(subscription, paid=False)
    buyer.hear()
    answer = buyer.post("change-plan", tier="pro", accept=True)
    assert answer.status_code == 409
    assert "Pay it first" in answer.json()["message"]


def test_O120_who_pays_already_changes_the_plan_instead(buyer):
    buyer.buy("pro")
    answer = buyer.post("checkout", tier="enterprise")
    assert answer.status_code == 409
    assert "change-plan" in answer.json()["message"]


@pytest.mark.parametrize("tier", ["nothing", "ecosystem", "", "PRO"])
def test_O120_an_unknown_tier_is_422_or_400(buyer, tier):
    assert buyer.post("checkout", tier=tier).status_code == (422 if tier else 400)


def test_O120_a_declined_card_changes_nothing(buyer):
    buyer.stripe.hold()
    buyer.stripe.decline(buyer.begin())
    buyer.hear()
    assert buyer.plan == "free"


def test_O121_the_portal_is_the_customer_s(buyer):
    url = buyer.post("portal").json()["url"]
    assert url.startswith(buyer.stripe.url)
    assert buyer.mine.stripe_customer


def test_a_customer_that_is_gone_at_stripe_is_made_anew(buyer):
    buyer.post("portal")
    with account_scope(buyer.member.account):
        Subscription.objects.update(stripe_customer="cus_of_another_time", checkout_session="cs_of_another_time")
    assert buyer.post("checkout", tier="pro").status_code == 200
    assert buyer.mine.stripe_customer == buyer.stripe.all("customer")[0]["id"]


def test_O127_up_and_down_between_paid_plans(buyer):
    buyer.buy("pro")
    answer = buyer.post("change-plan", tier="enterprise").json()
    assert answer == {"status": "requested", "tier": "enterprise", "checkoutUrl": None, "effectiveAt": None}
    assert buyer.plan == "pro"  # until Stripe says so
    buyer.hear()
    assert buyer.plan == "enterprise"
    assert buyer.post("change-plan", tier="pro").json()["status"] == "requested"
    buyer.hear()
    assert buyer.plan == "pro"
    assert len(buyer.stripe.all("subscription")) == 1


def test_O127_from_free_it_is_a_checkout(buyer):
    answer = buyer.post("change-plan", tier="pro").json()
    assert answer["status"] == "checkout"
    assert answer["checkoutUrl"].startswith(buyer.stripe.url)


def test_O127_to_free_it_ends_with_the_paid_period_and_can_go_on(buyer):
    subscription = buyer.buy("pro")
    answer = buyer.post("change-plan", tier="free").json()
    assert answer["status"] == "scheduled"
    assert answer["effectiveAt"] == buyer.get("subscription")["periodEnd"]
    buyer.hear()
    assert buyer.plan == "pro"
    assert buyer.get("subscription")["endsAtPeriodEnd"]
    assert buyer.post("change-plan", tier="pro").json()["status"] == "resumed"
    buyer.hear()
    assert not buyer.get("subscription")["endsAtPeriodEnd"]
    buyer.post("change-plan", tier="free")
    buyer.stripe.renew(subscription)
    buyer.hear()
    assert buyer.plan == "free"
    assert buyer.mine.status == "ended"


def test_O127_a_card_that_fails_at_an_upgrade_is_402_and_changes_nothing(buyer):
    buyer.buy("pro")
    buyer.stripe.fail_card(buyer.mine.stripe_customer)
    answer = buyer.post("change-plan", tier="enterprise")
    assert answer.status_code == 402, answer.content
    assert answer.json()["limit"] == "payment"
    buyer.hear()
    assert buyer.plan == "pro"


def test_O127_the_plan_that_it_has_is_409(buyer):
    assert buyer.post("change-plan", tier="free").status_code == 409


def test_O127_a_plan_that_staff_gave_is_not_the_customer_s_to_end(stripe, db, make_member, client_of):
    member = make_member("given@example.com", "pro")
    buyer = Buyer(member, client_of(member.key), stripe)
    answer = buyer.post("change-plan", tier="free")
    assert answer.status_code == 409
    assert "staff" in answer.json()["message"]


def keys(buyer, count):
    for number in range(count):
        made = buyer.client.post("/api/auth/keys", {"name": f"k{number}"}, content_type="application/json")
        assert made.status_code == 201, made.content


def test_O127_O129_a_plan_that_is_too_small_is_422_with_what_is_too_much(buyer):
    buyer.buy("pro")
    keys(buyer, 2)
    checked = buyer.post("validate-downgrade", tier="free").json()
    assert checked == {
        "tier": "free", "valid": False, "violations": [{"limit": "apiKeys", "used": 3, "allowed": 1}],
    }  # fmt: skip
    answer = buyer.post("change-plan", tier="free")
    assert answer.status_code == 422
    assert answer.json()["violations"] == checked["violations"]
    assert buyer.mine.ends_at_period_end is False
    assert buyer.post("change-plan", tier="free", accept=True).json()["status"] == "scheduled"


def test_O129_a_plan_that_fits(buyer):
    buyer.buy("pro")
    assert buyer.post("validate-downgrade", tier="free").json() == {"tier": "free", "valid": True, "violations": []}
    assert buyer.post("validate-downgrade", tier="nope").status_code == 422


@pytest.mark.parametrize("role", ["viewer", "operator", "developer", "admin"])
def test_only_an_owner_pays(buyer, client_for, role):
    other = Buyer(buyer.member, client_for(buyer.member.account, role), buyer.stripe)
    for name, body in (("checkout", {"tier": "pro"}), ("portal", {}), ("change-plan", {"tier": "pro"})):
        assert other.post(name, **body).status_code == 403
    assert other.client.get("/api/billing/subscription").status_code == (200 if role == "admin" else 403)
    assert other.client.get("/api/billing/usage").status_code == 200


def test_without_stripe_everything_else_works(db, api, settings):
    settings.STRIPE_SECRET_KEY = ""
    for name, body in (("checkout", {"tier": "pro"}), ("portal", {}), ("change-plan", {"tier": "pro"})):
        answer = api.post(f"/api/billing/{name}", body, content_type="application/json")
        assert answer.status_code == 501, answer.content
        assert "not configured" in answer.json()["message"]
    for name in ("tiers", "pricing", "subscription", "plan-summary", "usage"):
        assert api.get(f"/api/billing/{name}").status_code == 200
    assert api.get("/api/billing/pricing").json()["isConfigured"] is False
    assert api.post("/api/billing/webhook", b"{}", content_type="application/json").status_code == 501


@pytest.mark.parametrize("status", [500, 502, 429])
def test_a_stripe_in_trouble_is_503_and_nothing_is_changed(buyer, status):
    buyer.stripe.script("POST /v1/checkout/sessions", status=status, times=10)
    answer = buyer.post("checkout", tier="pro")
    assert answer.status_code == 503
    assert "nothing was changed" in answer.json()["message"]
    assert buyer.stripe.all("checkout.session") == []
    assert buyer.mine.stripe_customer is None  # rolled back; the idempotency key finds the same customer again
    buyer.stripe.faults.scripted.clear()
    assert buyer.post("checkout", tier="pro").status_code == 200
    assert len(buyer.stripe.all("customer")) == 1


def test_a_short_trouble_is_ridden_out(buyer):
    buyer.stripe.script("POST /v1/checkout/sessions", status=500, times=1)
    buyer.stripe.script("POST /v1/customers", cut=True, times=1)
    assert buyer.post("checkout", tier="pro").status_code == 200


def test_an_answer_that_is_lost_makes_nothing_twice(buyer):
    """Stripe did it, the connection broke: the same idempotency key answers what was done."""
    buyer.stripe.script("POST /v1/customers", cut=True, when="after", times=1)
    buyer.stripe.script("POST /v1/checkout/sessions", cut=True, when="after", times=1)
    assert buyer.post("checkout", tier="pro").status_code == 200
    assert len(buyer.stripe.all("customer")) == len(buyer.stripe.all("checkout.session")) == 1


def test_a_slow_stripe_is_given_up(buyer, monkeypatch):
    monkeypatch.setattr(stripe_client, "SECONDS", 0.3)
    monkeypatch.setattr(stripe_client, "RETRIES", 0)
    stripe_client._client.cache_clear()
    buyer.stripe.script("POST /v1/customers", hang=2, times=5)
    assert buyer.post("checkout", tier="pro").status_code == 503
    stripe_client._client.cache_clear()


def test_a_plan_without_a_price_is_not_sold(buyer):
    from django.db.models import F

    Plan.objects.filter(pk="enterprise").update(rank=F("rank"))
    Plan.objects.create(code="team", name="Team", rank=9)
    answer = buyer.post("checkout", tier="team")
    assert answer.status_code == 409
    assert "no price" in answer.json()["message"]


def test_charge_refunded_is_told_and_changes_no_plan(buyer, mails):
    buyer.buy("pro")
    mails()
    charge = buyer.stripe.all("charge")[0]
    buyer.stripe.refund(charge["id"], 900)
    assert set(buyer.hear()) == {200}
    assert buyer.plan == "pro"
    assert buyer.events("charge.refunded") == [
        {"charge": charge["id"], "amountCents": 900, "currency": "usd", "isWhole": False}
    ]
    assert mails() == ["A payment was refunded"]
    assert "9.00 USD" in mails.texts[0]
    assert {one.state for one in noted(type="charge.refunded")} == {"done"}


def test_a_foreign_account_sees_nothing_of_it(buyer, make_member):
    buyer.buy("pro")
    other = make_member("other@example.com", "free")
    with account_scope(other.account):
        assert [one.pk for one in Subscription.objects.all()] == [other.id]
