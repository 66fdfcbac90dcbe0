"""O123: staff follow an event once more. It asks Stripe how things stand, and tells nobody twice."""

import importlib

import pytest
from django.apps import apps

from billing.models import StripeEvent
from billing.redacting import REDACTED
from billing.webhook import receive, replay
from events.models import Event
from executor_one.kit import tenancy
from executor_one.kit.tenancy import account_scope
from tests.billing.conftest import bought, noted

STAFF = "staff:7"


def told(buyer, *types):
    """Type and actor of the account's events of these types."""
    with account_scope(buyer.member.account):
        return list(Event.objects.filter(type__in=types).order_by("id").values_list("type", "actor"))


def test_O123_a_replay_of_what_was_done_tells_nobody_twice_and_is_told_itself(buyer, mails):
    buyer.buy()
    mails()
    (done,) = noted(type="invoice.paid")
    assert replay(done, actor=STAFF).state == "done"
    assert told(buyer, "invoice.paid", "stripe.replayed") == [("invoice.paid", "stripe"), ("stripe.replayed", STAFF)]
    assert buyer.events("stripe.replayed") == [{"stripeEvent": done.pk, "type": "invoice.paid"}]
    assert mails() == []
    assert [one.tries for one in noted(type="invoice.paid")] == [2]


def test_O123_a_replay_mails_nothing_again(buyer, mails):
    subscription = buyer.buy()
    buyer.stripe.renew(subscription, paid=False)
    buyer.hear()
    (paid,) = [one for one in buyer.stripe.all("charge") if one["status"] == "succeeded"]
    buyer.stripe.refund(paid["id"])
    buyer.hear()
    assert sorted(mails()) == ["A payment failed", "A payment was refunded"]
    for kind in ("invoice.payment_failed", "charge.refunded"):
        before = told(buyer, kind)
        for one in noted(type=kind):
            replay(one, actor=STAFF)
        assert told(buyer, kind) == before
    assert mails() == []


def test_O123_a_replay_brings_up_to_date(buyer):
    subscription = buyer.buy()
    buyer.stripe.hold()
    buyer.stripe.cancel(subscription)
    assert buyer.plan == "pro"
    replay(noted(type="invoice.paid")[0], actor=STAFF)
    assert buyer.plan == "free"


def test_O123_what_had_failed_is_told_when_it_is_replayed_and_only_then(buyer):
    buyer.stripe.hold()
    buyer.stripe.pay(buyer.begin())
    buyer.stripe.script("GET /v1/subscriptions", status=500, times=100)
    buyer.stripe.deliver("invoice.paid", through=buyer.told)
    (failed,) = noted(type="invoice.paid")
    assert (failed.state, buyer.events("invoice.paid")) == ("failed", [])
    assert failed.account_id == buyer.member.id, "support finds it by account"
    buyer.stripe.faults.scripted.clear()
    for _ in range(2):
        assert replay(failed, actor=STAFF).state == "done"
    assert len(buyer.events("invoice.paid")) == 1
    assert len(buyer.events("stripe.replayed")) == 2


def test_O123_a_replay_that_fails_tells_nobody_twice_when_it_is_repeated(buyer):
    buyer.buy()
    (done,) = noted(type="invoice.paid")
    buyer.stripe.script("GET /v1/subscriptions", status=500, times=100)
    assert replay(done, actor=STAFF).state == "failed"
    buyer.stripe.faults.scripted.clear()
    assert replay(done, actor=STAFF).state == "done"
    assert len(buyer.events("invoice.paid")) == 1


def test_O122_a_refused_payment_of_a_package_is_told_once(pro):
    intent = pro.post("create-payment-intent", packageSlug="calls-100").json()["paymentIntent"]
    event = pro.stripe.emit("payment_intent.payment_failed", intent)
    pro.stripe.deliver(event["id"], through=pro.told)
    assert len(pro.events("credit.payment_failed")) == 1
    replay(noted(pk=event["id"])[0], actor=STAFF)
    assert len(pro.events("credit.payment_failed")) == 1


SECRETS = {"client_secret": "pi_1_secret_Zz9", "next": {"to": "https://x.example/?s=pi_1_secret_Zz9&a=1"}}

ADDRESSES = (
    "hosted_instructions_url", "hosted_regulatory_receipt_url", "mobile_auth_url", "native_url", "image_url_png", "url",
    "stripe_js",
)  # fmt: skip


@pytest.mark.parametrize("how", ["stored", "stored before"])
def test_O122_what_stripe_says_must_not_be_stored_is_not(pro, how):
    thing = {
        "object": "payment_intent",
        "id": "pi_1",
        "customer": "cus_x",
        **SECRETS,
        "hosted_invoice_url": "https://i",
        "next_action": {"konbini": dict.fromkeys(ADDRESSES, "https://i/Zz9")},
    }
    event = {"id": "evt_1", "type": "odd.one", "created": 1, "livemode": False, "data": {"object": thing}}
    receive(event)
    if how == "stored before":
        with tenancy.all_accounts(reason="a test"):
            StripeEvent.objects.update(payload=event)
            importlib.import_module("billing.migrations.0005_told_once").redact(apps, None)
    kept = noted(pk="evt_1")[0].payload
    assert "Zz9" not in str(kept)
    assert kept["data"]["object"]["client_secret"] == kept["data"]["object"]["hosted_invoice_url"] == REDACTED
    assert kept["data"]["object"]["next"]["to"] == f"https://x.example/?s={REDACTED}&a=1"
    assert kept["data"]["object"]["id"] == "pi_1"


def test_O122_a_bought_package_leaves_no_secret_in_our_tables(pro):
    bought(pro)
    assert "_secret_" not in str([one.payload for one in noted()])
