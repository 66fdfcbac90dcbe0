"""The fake Stripe is as good as what is tested against it: the real client, over a real socket."""

import time

import pytest
import stripe

from tests.stripe_fake import FakeStripe
from tests.stripe_fake.harness import client_of, item_of, kinds, session_of, subscribed, visit


@pytest.fixture
def fake():
    with FakeStripe() as made:
        yield made
        assert not made.mistakes


@pytest.fixture
def v1(fake):
    return client_of(fake)


def test_customers_are_made_changed_found_and_deleted(fake, v1):
    made = v1.customers.create({"email": "a@example.com", "metadata": {"account": "7", "old": "1"}})
    changed = v1.customers.update(made.id, {"name": "Ann", "metadata": {"old": "", "new": "2"}})
    assert made.id.startswith("cus_")
    assert changed.metadata.to_dict() == {"account": "7", "new": "2"}
    assert [found.id for found in v1.customers.list({"email": "a@example.com"}).data] == [made.id]
    assert fake.events("customer.updated")[-1]["data"]["previous_attributes"]["name"] is None
    v1.customers.delete(made.id)
    assert v1.customers.retrieve(made.id).deleted
    assert not v1.customers.list().data


def test_lists_are_turned_page_by_page_the_newest_first(v1):
    made = [v1.customers.create({"email": f"{number}@example.com"}).id for number in range(5)]
    first = v1.customers.list({"limit": 2})
    assert first.has_more
    assert [each.id for each in first.auto_paging_iter()] == made[::-1]
    assert [each.id for each in v1.customers.list({"limit": 2, "ending_before": made[0]}).data] == [made[2], made[1]]


def test_prices_are_found_by_lookup_key_with_their_product(v1):
    found = v1.prices.list({"lookup_keys": ["pro", "enterprise"], "active": True, "expand": ["data.product"]}).data
    assert {price.lookup_key: (price.unit_amount, price.product.name) for price in found} == {
        "pro": (2900, "Pro"),
        "enterprise": (29900, "Enterprise"),
    }
    assert found[0].recurring.interval == "month"


def test_products_and_prices_are_made_and_a_lookup_key_is_used_once(v1):
    product = v1.products.create({"name": "Team"})
    fields = {"product": product.id, "currency": "usd", "unit_amount": 900, "recurring": {"interval": "year"}}
    made = v1.prices.create(fields | {"lookup_key": "team"})
    assert v1.prices.retrieve(made.id).unit_amount_decimal == 900
    assert v1.products.retrieve(product.id).name == "Team"
    assert [price.id for price in v1.prices.list({"product": product.id}).data] == [made.id]
    with pytest.raises(stripe.InvalidRequestError, match="already uses that lookup key"):
        v1.prices.create(fields | {"lookup_key": "team"})
    moved = v1.prices.create(fields | {"lookup_key": "team", "transfer_lookup_key": True})
    assert [price.id for price in v1.prices.list({"lookup_keys": ["team"]}).data] == [moved.id]


def test_a_paid_checkout_makes_a_subscription_its_invoice_and_its_events(fake, v1):
    customer = v1.customers.create({"email": "a@example.com"})
    more = {"client_reference_id": "7", "subscription_data": {"metadata": {"account": "7"}}, "expand": ["line_items"]}
    session = session_of(fake, customer.id, **more)
    assert (session.status, session.line_items.data[0].description) == ("open", "Pro")
    assert session.id.startswith("cs_test_")
    fake.pay(session)
    paid = v1.checkout.sessions.retrieve(session.id, {"expand": ["subscription.latest_invoice.payments"]})
    subscription = paid.subscription
    assert (paid.status, paid.payment_status, paid.client_reference_id) == ("complete", "paid", "7")
    assert (subscription.status, subscription.metadata["account"]) == ("active", "7")
    assert 28 <= (item_of(subscription).current_period_end - time.time()) / 86400 <= 31
    invoice = subscription.latest_invoice
    assert (invoice.status, invoice.amount_paid, invoice.billing_reason) == ("paid", 2900, "subscription_create")
    assert invoice.parent.subscription_details.subscription == subscription.id
    intent = invoice.payments.data[0].payment.payment_intent
    assert v1.invoice_payments.list({"payment": {"type": "payment_intent", "payment_intent": intent}}).data
    assert {
        "customer.subscription.created", "invoice.paid", "payment_intent.succeeded", "checkout.session.completed",
    } <= {*kinds(fake.events())}  # fmt: skip
    assert fake.events("customer.subscription.created")[0]["data"]["object"]["status"] == "incomplete"


def test_a_declined_checkout_stays_open_and_an_abandoned_one_expires(fake, v1):
    session = session_of(fake)
    fake.decline(session)
    assert v1.checkout.sessions.retrieve(session.id).status == "open"
    assert not v1.subscriptions.list({"status": "all"}).data
    fake.abandon(session)
    assert v1.checkout.sessions.list({"status": "expired"}).data[0].id == session.id
    assert kinds(fake.events())[-3:] == ["charge.failed", "payment_intent.payment_failed", "checkout.session.expired"]
    with pytest.raises(stripe.InvalidRequestError, match="Only Checkout Sessions"):
        v1.checkout.sessions.expire(session.id)


def test_a_portal_session_has_a_page_and_a_way_back(fake, v1):
    subscription = subscribed(fake)
    flow = {"type": "subscription_cancel", "subscription_cancel": {"subscription": subscription.id}}
    fields = {"customer": subscription.customer, "return_url": "http://127.0.0.1:1/back", "flow_data": flow}
    made = v1.billing_portal.sessions.create(fields)
    assert made.id.startswith("bps_")
    assert 'href="http://127.0.0.1:1/back"' in visit(made.url)[1]
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        v1.billing_portal.sessions.create({"customer": "cus_nobody"})


def test_another_price_is_prorated_and_charged_at_once(fake, v1):
    subscription = subscribed(fake)
    items = [{"id": item_of(subscription).id, "price": fake.prices["enterprise"]}]
    how = {"proration_behavior": "always_invoice", "payment_behavior": "error_if_incomplete"}
    changed = v1.subscriptions.update(subscription.id, {"items": items, **how})
    assert item_of(changed).price.lookup_key == "enterprise"
    assert v1.invoices.retrieve(changed.latest_invoice).amount_paid == 29900 - 2900
    previous = fake.events("customer.subscription.updated")[-1]["data"]["previous_attributes"]
    assert previous["items"]["data"][0]["price"]["lookup_key"] == "pro"


def test_a_change_that_cannot_be_paid_is_refused_and_changes_nothing(fake, v1):
    subscription = subscribed(fake)
    fake.fail_card(subscription.customer)
    items = [{"id": item_of(subscription).id, "price": fake.prices["enterprise"]}]
    how = {"proration_behavior": "always_invoice", "payment_behavior": "error_if_incomplete"}
    with pytest.raises(stripe.CardError) as refused:
        v1.subscriptions.update(subscription.id, {"items": items, **how})
    assert (refused.value.http_status, refused.value.code) == (402, "card_declined")
    assert item_of(v1.subscriptions.retrieve(subscription.id)).price.lookup_key == "pro"
    fake.mend_card(subscription.customer)
    assert item_of(v1.subscriptions.update(subscription.id, {"items": items, **how})).price.lookup_key == "enterprise"


def test_what_a_smaller_plan_gives_back_pays_what_comes_next(fake, v1):
    subscription = subscribed(fake, "enterprise")
    item, how = item_of(subscription).id, {"proration_behavior": "always_invoice"}
    v1.subscriptions.update(subscription.id, {"items": [{"id": item, "price": fake.prices["pro"]}], **how})
    assert v1.customers.retrieve(subscription.customer).balance == 2900 - 29900
    fake.fail_card(subscription.customer)
    back = {"items": [{"id": item, "price": fake.prices["enterprise"]}], "payment_behavior": "error_if_incomplete"}
    assert v1.subscriptions.update(subscription.id, back | how).status == "active"
    assert v1.customers.retrieve(subscription.customer).balance == 0


def test_a_price_without_the_items_id_is_added_to_what_there_is(fake, v1):
    subscription = subscribed(fake)
    changed = v1.subscriptions.update(subscription.id, {"items": [{"price": fake.prices["enterprise"]}]})
    assert len(changed["items"].data) == 2


def test_the_end_of_the_period_is_scheduled_taken_back_and_reached(fake, v1):
    subscription = subscribed(fake)
    end = item_of(subscription).current_period_end
    flagged = v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    assert (flagged.cancel_at_period_end, flagged.cancel_at, flagged.status) == (True, end, "active")
    assert v1.subscriptions.update(subscription.id, {"cancel_at_period_end": False}).cancel_at is None
    in_portal = fake.cancel(subscription, at_period_end=True)
    assert (in_portal["cancel_at_period_end"], in_portal["cancel_at"]) == (False, end)
    fake.advance(days=32)
    assert fake.get(subscription)["status"] == "canceled"
    assert kinds(fake.events())[-1] == "customer.subscription.deleted"


def test_subscriptions_are_made_listed_and_cancelled(fake, v1):
    customer = v1.customers.create({"email": "a@example.com"}).id
    fields = {"customer": customer, "items": [{"price": fake.prices["pro"]}]}
    with pytest.raises(stripe.InvalidRequestError, match="no attached payment source"):
        v1.subscriptions.create(fields)
    fake.mend_card(customer)
    made = v1.subscriptions.create(fields)
    assert made.status == "active"
    assert v1.subscriptions.cancel(made.id).status == "canceled"
    assert not v1.subscriptions.list({"customer": customer}).data
    assert [each.id for each in v1.subscriptions.list({"customer": customer, "status": "all"}).data] == [made.id]
    with pytest.raises(stripe.InvalidRequestError, match="No such subscription"):
        v1.subscriptions.cancel(made.id)


def test_renewals_are_paid_fail_are_mended_or_given_up(fake, v1):
    subscription = subscribed(fake)
    assert fake.renew(subscription)["status"] == "active"
    assert fake.now >= item_of(subscription).current_period_end
    assert fake.renew(subscription, paid=False)["status"] == "past_due"
    unpaid = v1.invoices.list({"subscription": subscription.id, "status": "open"}).data[0]
    assert (unpaid.attempt_count, unpaid.billing_reason) == (1, "subscription_cycle")
    assert kinds(fake.events())[-2:] == ["invoice.payment_failed", "customer.subscription.updated"]
    assert v1.invoices.pay(unpaid.id).status == "paid"
    assert v1.subscriptions.retrieve(subscription.id).status == "active"
    fake.renew(subscription, paid=False)
    ended = fake.give_up(subscription)
    assert (ended["status"], ended["cancellation_details"]["reason"]) == ("canceled", "payment_failed")


def test_charges_are_refunded_in_part_and_in_full(fake, v1):
    subscription = subscribed(fake)
    charge = v1.charges.list({"customer": subscription.customer}).data[0]
    part = v1.refunds.create({"charge": charge.id, "amount": 900})
    assert (part.object, part.amount) == ("refund", 900)
    assert v1.charges.retrieve(charge.id).amount_refunded == 900
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        v1.refunds.create({"charge": charge.id, "amount": 2001})
    fake.refund(charge)
    whole = v1.charges.retrieve(charge.id, {"expand": ["refunds"]})
    assert (whole.refunded, len(whole.refunds.data)) == (True, 2)
    assert kinds(fake.events("charge.refunded")) == ["charge.refunded"] * 2
    with pytest.raises(stripe.InvalidRequestError) as again:
        v1.refunds.create({"payment_intent": charge.payment_intent})
    assert again.value.code == "charge_already_refunded"


def test_payment_intents_are_confirmed_or_declined(fake, v1):
    made = v1.payment_intents.create({"amount": 500, "currency": "usd"})
    assert made.status == "requires_payment_method"
    with pytest.raises(stripe.CardError):
        v1.payment_intents.confirm(made.id, {"payment_method": "pm_card_chargeDeclined"})
    assert v1.payment_intents.retrieve(made.id).last_payment_error.code == "card_declined"
    done = v1.payment_intents.confirm(made.id, {"payment_method": "pm_card_visa"})
    assert (done.status, done.amount_received) == ("succeeded", 500)
    assert kinds(fake.events())[-1] == "payment_intent.succeeded"


def test_events_are_listed_by_type_and_retrieved(fake, v1):
    subscription = subscribed(fake)
    found = v1.events.list({"types": ["customer.subscription.*", "invoice.paid"]}).data
    assert {event.type for event in found} == {
        "customer.subscription.created", "customer.subscription.updated", "invoice.paid",
    }  # fmt: skip
    event = v1.events.retrieve(found[0].id)
    assert event.data.object["id"] == subscription.id
    assert event.api_version == stripe.api_version


@pytest.mark.parametrize(("key", "live"), [("sk_test_abcdef123456", False), ("sk_live_abcdef123456", True)])
def test_the_key_decides_the_mode_of_everything(key, live):
    with FakeStripe(api_key=key) as fake:
        session = fake.pay(session_of(fake))
        everything = [each for each in fake.world.objects.values() if "livemode" in each]
        assert session["id"].startswith("cs_live_" if live else "cs_test_")
        assert {each["livemode"] for each in everything} == {live}


def test_a_wrong_key_is_refused(fake):
    with pytest.raises(stripe.AuthenticationError, match="Invalid API Key provided: sk_test_"):
        client_of(fake, key="sk_test_somebody_elses").customers.list()


def test_mistakes_in_parameters_are_told_as_stripe_tells_them(fake, v1):
    with pytest.raises(stripe.InvalidRequestError) as unknown:
        v1.subscriptions.update(subscribed(fake).id, {"items": [{"prise": "x"}]})
    assert (unknown.value.code, unknown.value.param) == ("parameter_unknown", "items[0][prise]")
    assert unknown.value.request_id.startswith("req_")
    with pytest.raises(stripe.InvalidRequestError, match="Missing required param: success_url"):
        session_of(fake, success_url="")
    with pytest.raises(stripe.InvalidRequestError) as absent:
        v1.invoices.retrieve("in_nothing")
    assert (absent.value.http_status, absent.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        v1.customers.list({"expand": ["data.friends"]}) and v1.prices.list({"expand": ["data.friends"]})


def test_a_key_makes_a_request_happen_once(fake, v1):
    first = v1.customers.create({"email": "a@example.com"}, {"idempotency_key": "k"})
    again = v1.customers.create({"email": "a@example.com"}, {"idempotency_key": "k"})
    assert again.id == first.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(fake.all("customer")) == len(fake.events("customer.created")) == 1
    with pytest.raises(stripe.IdempotencyError, match="same parameters"):
        v1.customers.create({"email": "b@example.com"}, {"idempotency_key": "k"})


def test_a_package_is_paid_once_and_makes_no_subscription(fake, v1):
    customer = v1.customers.create({"email": "a@example.com"})
    about = {"mode": "payment", "payment_intent_data": {"metadata": {"package": "calls-100"}}}
    session = session_of(fake, customer.id, "calls-100", **about)
    assert (session.payment_intent, session.amount_total) == (None, 500)
    assert "5.00 USD</p>" in visit(session.url)[1]
    fake.decline(session)
    fake.pay(session)
    paid = v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
    intent = paid.payment_intent
    assert (paid.status, paid.payment_status, paid.subscription, paid.invoice) == ("complete", "paid", None, None)
    assert (intent.status, intent.amount_received, intent.metadata["package"]) == ("succeeded", 500, "calls-100")
    assert intent.latest_charge.metadata["package"] == "calls-100"
    assert len(v1.payment_intents.list().data) == 1
    assert not v1.subscriptions.list({"status": "all"}).data
    assert kinds(fake.events())[-2:] == ["payment_intent.succeeded", "checkout.session.completed"]
    fake.refund(intent.id, 200)
    again = v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    assert (again.latest_charge.amount_refunded, again.latest_charge.refunded) == (200, False)
    assert kinds(fake.events())[-1] == "charge.refunded"


def test_each_mode_of_checkout_takes_its_own_prices_and_data(fake):
    with pytest.raises(stripe.InvalidRequestError, match="passed a recurring price"):
        session_of(fake, mode="payment")
    with pytest.raises(stripe.InvalidRequestError, match="at least one recurring price"):
        session_of(fake, plan="calls-100")
    with pytest.raises(stripe.InvalidRequestError, match="can not pass `payment_intent_data`"):
        session_of(fake, payment_intent_data={"description": "x"})


def test_somebody_s_script_confirms_a_payment_with_a_card_that_works_or_not(fake, v1):
    wanted = {"amount": 500, "currency": "usd", "automatic_payment_methods": {"enabled": True}}
    made = v1.payment_intents.create(wanted, {"idempotency_key": "order-1"})
    assert v1.payment_intents.create(wanted, {"idempotency_key": "order-1"}).id == made.id
    with pytest.raises(stripe.IdempotencyError):
        v1.payment_intents.create(wanted | {"amount": 501}, {"idempotency_key": "order-1"})
    fake.decline_intent(made.id)
    assert v1.payment_intents.retrieve(made.id).status == "requires_payment_method"
    assert fake.pay_intent(made.id)["status"] == "succeeded"
    assert visit(f"{fake.url}/_fake/pay_intent", intent=made.id)[0] == 400  # it is paid already
    assert "Payments" in visit(f"{fake.url}/")[1]
