"""O123: what Stripe tells is believed only when it is Stripe's, once, and whatever the order."""

import json
import time

import pytest
import time_machine

from billing.models import StripeEvent
from billing.webhook import TOLERANCE
from executor_one.kit.tenancy import account_scope
from tests.billing.conftest import noted
from tests.stripe_fake import FakeStripe

PAID = "checkout.session.completed"


@pytest.fixture
def paid(buyer):
    """Somebody has paid, and we have not heard of it."""
    buyer.stripe.hold()
    buyer.stripe.pay(buyer.begin())
    assert buyer.plan == "free"
    return buyer


def test_O123_the_plan_changes_when_stripe_says_so_and_not_before(paid):
    assert set(paid.hear()) == {200}
    assert paid.plan == "pro"
    assert paid.mine.status == "active"
    assert paid.events("plan.changed") == [{"from": "free", "to": "pro"}]
    assert {one.state for one in noted(type=PAID)} == {"done"}


def refused(buyer, **how):
    body, headers = buyer.stripe.sign(PAID, **how)
    assert buyer.told(body, headers) == 400
    assert buyer.plan == "free"
    assert noted() == []


def test_O123_another_secret_is_refused(paid):
    refused(paid, secret="whsec_somebody_else")


def test_O123_a_changed_body_is_refused(paid):
    refused(paid, tampered={"customer": "cus_other"})


@pytest.mark.parametrize("seconds", [-TOLERANCE - 5, TOLERANCE + 5], ids=["old", "ahead"])
def test_O123_a_signature_of_another_time_is_refused(paid, seconds):
    refused(paid, at=int(time.time()) + seconds)


@pytest.mark.parametrize("seconds", [-TOLERANCE + 20, TOLERANCE - 20])
def test_O123_a_clock_that_is_a_little_wrong_is_forgiven(paid, seconds):
    body, headers = paid.stripe.sign(PAID, at=int(time.time()) + seconds)
    assert paid.told(body, headers) == 200


@pytest.mark.parametrize("header", ["", "t=,v1=", "v1=abc", "t=1", "nonsense", "t=1,t=2,v1=00", "t=x,v1=0"])
def test_O123_a_header_that_is_none_is_refused(paid, header):
    body, _ = paid.stripe.sign(PAID)
    assert paid.told(body, {"Stripe-Signature": header} if header else {}) == 400
    assert paid.plan == "free"


def test_O123_two_times_in_a_header_are_refused(paid):
    """The library reads the first: a second one could hide a future."""
    body, headers = paid.stripe.sign(PAID)
    assert paid.told(body, {"Stripe-Signature": f"{headers['Stripe-Signature']},t=99999999999"}) == 400


ODD = [
    b'{"id": "evt_1", "type": "a", "created": "x", "livemode": false, "data": {"object": {}}}',
    b'{"id": "evt_1", "type": "a", "created": 1e400, "livemode": false, "data": {"object": {}}}',
    b'{"id": "evt_1", "type": "a", "created": NaN, "livemode": false, "data": {"object": {}}}',
    b'{"id": "evt_1", "type": "a", "created": 99999999999999, "livemode": false, "data": {"object": {}}}',
    b'{"id": null, "type": "a", "created": 1, "livemode": false, "data": {"object": {}}}',
    b'{"id": 7, "type": "a", "created": 1, "livemode": false, "data": {"object": {}}}',
    b'{"id": "' + b"e" * 256 + b'", "type": "a", "created": 1, "livemode": false, "data": {"object": {}}}',
    b'{"id": "evt_1", "type": "a", "created": 1, "data": {"object": {}}}',
    b'{"id": "evt_1", "type": "\\u0000", "created": 1, "livemode": false, "data": {"object": {}}}',
    b'{"id": "evt_1", "type": "\\ud800", "created": 1, "livemode": false, "data": {"object": {}}}',
    b'{"id": "evt_1", "type": "a", "created": 1, "livemode": false, "data": {"object": []}}',
    b"[" * 100_000,
    b'{"id": "evt_1", "type": "a", "created": 1, "livemode": false, "data": {"object": {"amount": 1e999}}}',
    b'{"id": "evt_1", "type": "a", "created": 1, "livemode": false, "data": {"object": {"amount": [-1e999]}}}',
    b'{"id": "evt_1", "type": "a", "created": 1, "livemode": false, "data": {"object": {"amount": NaN}}}',
]


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff\xfe", b'{"id": "evt_1"}', *ODD], ids=range(20))
def test_O123_a_signed_body_that_is_no_event_is_refused(buyer, body):
    import stripe as library

    if body == b"\xff\xfe":
        signature = "t=1,v1=00"
    else:
        signature = library.WebhookSignature.generate_signature_header(body.decode(), buyer.stripe.webhook_secret)
    assert buyer.told(body, {"Stripe-Signature": signature}) == 400


def test_O123_an_event_of_test_mode_is_refused_in_live_mode(db, settings, make_member, client_of):
    from tests.billing.conftest import Buyer

    with FakeStripe(api_key="sk_live_0123456789abcdef") as live:
        settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = live.api_key, live.webhook_secret
        settings.STRIPE_API_BASE = live.url
        member = make_member("buyer@example.com", "free")
        buyer = Buyer(member, client_of(member.key), live)
        live.hold()
        live.pay(buyer.begin())
        statuses = [each.status for each in live.deliver(PAID, livemode=False, through=buyer.told)]
        assert statuses == [400]
        assert buyer.plan == "free"
        assert set(buyer.hear()) == {200}
        assert buyer.plan == "pro"


def test_O123_a_live_event_is_refused_in_test_mode(paid):
    assert [each.status for each in paid.stripe.deliver(PAID, livemode=True, through=paid.told)] == [400]
    assert paid.plan == "free"


def test_O123_the_same_event_twice_does_no_more_than_once(paid):
    paid.hear()
    paid_events = paid.events("invoice.paid")
    assert len(paid_events) == 1
    assert [each.status for each in paid.stripe.deliver("invoice.paid", times=3, through=paid.told)] == [200, 200, 200]
    assert paid.events("invoice.paid") == paid_events
    assert [one.tries for one in noted(type="invoice.paid")] == [1]


def test_O123_events_in_any_order_come_to_the_same(buyer):
    """Each order ends as Stripe stands, also when the last word is the oldest."""
    buyer.stripe.hold()
    buyer.stripe.pay(buyer.begin())
    subscription = buyer.stripe.all("subscription")[0]["id"]
    buyer.stripe.cancel(subscription)
    assert set(buyer.hear("reversed")) == {200}
    assert buyer.plan == "free"
    assert buyer.mine.status in ("ended", "none")


def test_O123_an_old_event_does_not_bring_an_ended_subscription_back(paid):
    paid.hear()
    subscription = paid.stripe.all("subscription")[0]["id"]
    paid.stripe.cancel(subscription)
    paid.hear()
    assert paid.plan == "free"
    late = paid.stripe.emit("customer.subscription.updated", subscription, status="active")
    assert [each.status for each in paid.stripe.deliver(late["id"], through=paid.told)] == [200]
    assert paid.plan == "free"


def test_O123_an_unknown_customer_is_ignored_and_noted(paid):
    stranger = paid.stripe.emit("invoice.paid", {"object": "invoice", "id": "in_1", "customer": "cus_stranger"})
    assert [each.status for each in paid.stripe.deliver(stranger["id"], through=paid.told)] == [200]
    (one,) = noted(pk=stranger["id"])
    assert (one.state, one.account_id, one.note) == ("ignored", None, "No account has this customer.")


def test_O123_metadata_names_no_account(paid, make_member):
    """Whose a customer is stands in our table: an event that names an account itself changes nothing of it."""
    other = make_member("other@example.com", "free")
    made = {"object": "invoice", "id": "in_1", "customer": "cus_x", "metadata": {"account": other.id}}
    event = paid.stripe.emit("invoice.paid", made)
    paid.stripe.deliver(event["id"], through=paid.told)
    with account_scope(other.account):
        assert not StripeEvent.objects.exists()


def test_O123_a_type_that_we_do_not_follow_is_ignored(paid):
    event = paid.stripe.emit("customer.tax_id.created", {"object": "tax_id", "id": "txi_1", "customer": "cus_1"})
    assert [each.status for each in paid.stripe.deliver(event["id"], through=paid.told)] == [200]
    assert [one.state for one in noted(pk=event["id"])] == ["ignored"]


def test_O123_what_fails_is_noted_undone_and_done_when_it_comes_again(paid):
    """Stripe does not answer while we ask how the customer stands: 500, so Stripe sends the event again."""
    paid.stripe.script("GET /v1/subscriptions", status=500, times=100)
    statuses = [each.status for each in paid.stripe.deliver(PAID, through=paid.told)]
    assert statuses == [500]
    assert paid.plan == "free"
    (failed,) = noted(type=PAID)
    assert failed.state == "failed"
    assert "Unavailable" in failed.note
    paid.stripe.faults.scripted.clear()
    assert [each.status for each in paid.stripe.deliver(PAID, through=paid.told)] == [200]
    (done,) = noted(type=PAID)
    assert (done.state, done.tries, done.note) == ("done", 2, "")
    assert paid.plan == "pro"


def test_O123_a_price_of_no_plan_fails_until_staff_give_it_one(paid):
    from billing.models import Plan

    price = Plan.objects.get(pk="pro").stripe_price
    Plan.objects.filter(pk="pro").update(stripe_price="")
    assert 500 in paid.hear()
    assert "no plan has the price" in noted(state="failed")[0].note
    Plan.objects.filter(pk="pro").update(stripe_price=price)
    paid.stripe.deliver(PAID, through=paid.told)
    assert paid.plan == "pro"


def test_O123_a_webhook_without_its_secret_believes_nobody(paid, settings):
    settings.STRIPE_WEBHOOK_SECRET = ""
    body, headers = paid.stripe.sign(PAID)
    assert paid.told(body, headers) == 501


def test_the_webhook_is_no_door_into_an_account(paid, client_of):
    """Its answer says nothing of whose the event is."""
    body, headers = paid.stripe.sign(PAID)
    answer = client_of("").post("/api/billing/webhook", body, content_type="application/json", headers=headers)
    assert json.loads(answer.content) == {"received": True, "state": "done"}


def test_two_paid_subscriptions_count_once_and_staff_see_it(paid):
    paid.hear()
    customer = paid.mine.stripe_customer
    price = paid.stripe.prices["enterprise"]
    from billing import stripe_client

    with stripe_client.asking() as connected:
        connected.v1.subscriptions.create({"customer": customer, "items": [{"price": price}]})
    from billing.stripe_client import read_prices

    read_prices()
    paid.hear()
    assert paid.plan == "enterprise"
    assert any("2 subscriptions are paid" in one.note for one in noted())


def test_the_grace_is_counted_from_when_stripe_noticed(buyer):
    subscription = buyer.buy()
    buyer.stripe.hold()
    buyer.stripe.renew(subscription, paid=False)
    failed = buyer.stripe.now
    with time_machine.travel(failed + 3600, tick=True):  # we hear of it an hour later
        buyer.hear()
        mine = buyer.mine
        assert mine.status == "past_due"
        assert abs(mine.grace_until.timestamp() - 7 * 86400 - failed) < 60
