"""O122, O126: packages of model calls: what they cost, who can buy them, and how they are paid and booked."""

import threading

import pytest
from django.db import connection

from billing import stripe_client
from billing.models import Credit, CreditEntry, Package, Plan
from executor_one.kit.tenancy import account_scope
from tests.billing.conftest import PACKAGE_PAID, Buyer, intend, ledger, left, noted


def test_O126_pricing_has_packages_and_economics(db, anonymous, stripe):
    before = anonymous.get("/api/billing/pricing").json()
    assert [one["slug"] for one in before["packages"]] == ["calls-100", "calls-500", "calls-2000"]
    assert before["packages"][0]["price"] is None
    assert not before["packages"][0]["isForSale"]
    stripe_client.read_prices()
    now = anonymous.get("/api/billing/pricing").json()
    assert now["packages"][1] == {
        "slug": "calls-500", "name": "500 model calls", "llmCalls": 500, "isForSale": True,
        "price": {"amountCents": 2000, "currency": "usd", "perCallCents": 4.0},
    }  # fmt: skip
    economics = now["economics"]
    assert (economics["order"], economics["metered"]) == (["plan", "credit"], ["llmCalls"])
    assert economics["buyers"] == ["pro"]
    assert economics["expires"] is economics["overage"] is False


def test_O126_a_package_that_is_not_public_is_nowhere(pro):
    Package.objects.filter(pk="calls-500").update(is_public=False)
    assert [one["slug"] for one in pro.get("pricing")["packages"]] == ["calls-100", "calls-2000"]
    assert pro.post("create-payment-intent", packageSlug="calls-500").status_code == 422


def test_O122_a_monthly_price_sells_no_package_and_a_single_one_no_plan(db, stripe):
    with stripe_client.asking() as connected:
        product = connected.v1.products.create({"name": "Swapped"}).id
        for key, often in (("calls-100", {"recurring": {"interval": "month"}}), ("pro", {})):
            price = {"product": product, "currency": "usd", "unit_amount": 1, "lookup_key": key}
            connected.v1.prices.create({**price, **often, "transfer_lookup_key": True})
    stripe_client.read_prices()
    assert Package.objects.get(pk="calls-100").stripe_price == Plan.objects.get(pk="pro").stripe_price == ""
    assert Package.objects.get(pk="calls-500").price_cents == 2000


def test_O122_prices_are_read_also_of_more_keys_than_stripe_takes_at_once(db, stripe):
    for number in range(12):
        Package.objects.create(slug=f"more-{number}", name="More", rank=10 + number, llm_calls=1)
    stripe_client.read_prices()
    assert Package.objects.get(pk="calls-2000").price_cents == 6000
    asked = [one for one in stripe.requests if one.path == "/v1/prices"]
    assert max(len(one.params["lookup_keys"]) for one in asked) <= 10


def test_O122_the_intent_is_of_the_account_s_customer_and_books_nothing(pro):
    made = intend(pro)
    assert (made["amountCents"], made["currency"], made["package"]) == (500, "usd", "calls-100")
    assert made["clientSecret"].startswith(made["paymentIntent"])
    there = pro.stripe.get(made["paymentIntent"])
    assert (there["customer"], there["amount"]) == (pro.mine.stripe_customer, 500)
    assert there["metadata"]["package"] == "calls-100"
    assert there["metadata"]["account"] == pro.member.account.pk
    pro.hear()
    assert (left(pro), ledger(pro)) == (0, [])


def test_O122_credit_is_booked_by_the_webhook_only(pro):
    intent = intend(pro)["paymentIntent"]
    pro.stripe.pay_intent(intent)
    assert left(pro) == 0
    pro.hear()
    assert left(pro) == pro.get("plan-summary")["credit"]["llmCalls"] == 100
    (entry,) = pro.get("credits")["data"]
    assert (entry["kind"], entry["amount"], entry["balance"], entry["package"]) == ("bought", 100, 100, "calls-100")
    assert (entry["cents"], entry["currency"], entry["paymentIntent"]) == (500, "usd", intent)
    assert pro.events("credit.bought") == [
        {
            "package": "calls-100", "paymentIntent": intent, "currency": "usd", "left": 100, "llmCalls": 100,
            "amountCents": 500,
        },
    ]  # fmt: skip
    assert pro.plan == "pro"


def test_O122_the_same_key_is_the_same_payment(pro):
    first = intend(pro, idempotencyKey="order-1")
    assert intend(pro, idempotencyKey="order-1") == first
    assert intend(pro, idempotencyKey="order-2")["paymentIntent"] != first["paymentIntent"]
    assert intend(pro)["paymentIntent"] != intend(pro)["paymentIntent"]
    assert len(pro.stripe.all("payment_intent")) == 4


def test_O122_the_same_key_for_another_package_is_409(pro):
    intend(pro, idempotencyKey="order-1")
    answer = pro.post("create-payment-intent", packageSlug="calls-500", idempotencyKey="order-1")
    assert answer.status_code == 409, answer.content
    assert "another request" in answer.json()["message"]
    assert len(pro.stripe.all("payment_intent")) == 1


def test_O122_the_same_key_of_two_accounts_is_two_payments(pro, make_member, client_of):
    member = make_member("other@example.com", "pro")
    other = Buyer(member, client_of(member.key), pro.stripe)
    mine, theirs = intend(pro, idempotencyKey="1"), intend(other, idempotencyKey="1")
    assert mine["paymentIntent"] != theirs["paymentIntent"]
    pro.stripe.pay_intent(theirs["paymentIntent"])
    pro.hear()
    assert (left(pro), left(other)) == (0, 100)


@pytest.mark.parametrize("key", ["", "a b", "a\nb", "ü", "x" * 201, 7])
def test_O122_a_key_that_is_none_is_400(pro, key):
    assert pro.post("create-payment-intent", packageSlug="calls-100", idempotencyKey=key).status_code == 400
    assert pro.stripe.all("payment_intent") == []


def test_O122_the_longest_key_reaches_stripe(pro):
    intend(pro, idempotencyKey="x" * 200)
    (asked,) = [one for one in pro.stripe.requests if one.path == "/v1/payment_intents"]
    assert asked.header("Idempotency-Key") == f"{pro.member.account.pk}-{'x' * 200}"


@pytest.mark.parametrize("slug", ["nothing", "pro", "CALLS-100"])
def test_O122_an_unknown_package_is_422(pro, slug):
    answer = pro.post("create-payment-intent", packageSlug=slug)
    assert answer.status_code == 422
    assert "packageSlug" in answer.json()["errors"]
    assert pro.post("create-payment-intent").status_code == 400


def test_O122_a_package_without_a_price_is_409(pro):
    with stripe_client.asking() as connected:
        connected.v1.prices.update(pro.stripe.prices["calls-100"], {"active": False})
    answer = pro.post("create-payment-intent", packageSlug="calls-100")
    assert answer.status_code == 409
    assert "no price" in answer.json()["message"]


def test_O122_free_has_no_use_for_calls_and_enterprise_no_need(buyer, make_member, client_of):
    answer = buyer.post("create-payment-intent", packageSlug="calls-100")
    assert (answer.status_code, answer.json()["upgrade"]) == (402, "pro")
    member = make_member("large@example.com", "enterprise")
    large = Buyer(member, client_of(member.key), buyer.stripe)
    assert large.post("create-payment-intent", packageSlug="calls-100").status_code == 409
    assert buyer.stripe.all("payment_intent") == []


def test_O122_without_stripe_it_is_501(db, api, settings):
    settings.STRIPE_SECRET_KEY = ""
    body = {"packageSlug": "calls-100"}
    answer = api.post("/api/billing/create-payment-intent", body, content_type="application/json")
    assert answer.status_code == 501
    assert api.get("/api/billing/credits").json()["data"] == []


@pytest.mark.parametrize("role", ["viewer", "operator", "developer", "admin"])
def test_O122_only_an_owner_buys_and_an_admin_reads_the_ledger(pro, client_for, role):
    other = Buyer(pro.member, client_for(pro.member.account, role), pro.stripe)
    assert other.post("create-payment-intent", packageSlug="calls-100").status_code == 403
    answer = other.client.get("/api/billing/credits")
    assert answer.status_code == (200 if role == "admin" else 403)


def test_O122_a_refused_card_is_an_event_and_books_nothing(pro):
    intent = intend(pro)["paymentIntent"]
    pro.stripe.decline_intent(intent)
    assert set(pro.hear()) == {200}
    assert (left(pro), ledger(pro)) == (0, [])
    assert pro.events("credit.payment_failed") == [{"package": "calls-100", "paymentIntent": intent}]
    pro.stripe.pay_intent(intent)  # another card
    pro.hear()
    assert left(pro) == 100


def test_O122_stripe_in_trouble_is_503_and_the_same_key_may_be_tried_again(pro):
    pro.stripe.script("POST /v1/payment_intents", status=500, times=3)
    answer = pro.post("create-payment-intent", packageSlug="calls-100", idempotencyKey="again")
    assert answer.status_code == 503
    pro.stripe.faults.scripted.clear()
    intend(pro, idempotencyKey="again")
    assert len(pro.stripe.all("payment_intent")) == 1


def test_O122_parallel_deliveries_of_one_payment_book_once(sold, stripe, make_member, client_of):
    member = make_member("pro@example.com", "pro")
    buyer = Buyer(member, client_of(member.key), stripe)
    stripe.hold()
    intent = intend(buyer)["paymentIntent"]
    stripe.pay_intent(intent)
    bodies = [stripe.sign(PACKAGE_PAID), *(stripe.sign(stripe.emit(PACKAGE_PAID, intent)) for _ in range(3))]
    start = threading.Barrier(len(bodies))

    def tell(body):
        start.wait()
        Buyer(member, client_of(""), stripe).told(*body)
        connection.close()

    threads = [threading.Thread(target=tell, args=(body,)) for body in bodies]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert left(buyer) == 100
    assert {one.state for one in noted(type=PACKAGE_PAID)} == {"done"}
    with account_scope(member.account):
        assert CreditEntry.objects.count() == Credit.objects.count() == 1
