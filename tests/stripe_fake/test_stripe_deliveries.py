"""Webhooks of the fake: signed as the client expects it, repeated, disordered and forged on demand."""

import json
import time

import pytest
import stripe

from tests.stripe_fake import FakeStripe
from tests.stripe_fake.harness import Receiver, client_of, kinds, session_of, subscribed


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def fake(receiver):
    with FakeStripe(webhook=receiver.url) as made:
        yield made
        assert not made.mistakes


def verified(fake, delivery):
    return stripe.Webhook.construct_event(delivery.body, delivery.headers["Stripe-Signature"], fake.webhook_secret)


def test_every_event_arrives_signed_and_in_its_order(fake, receiver):
    subscribed(fake)
    assert fake.settle()
    assert [event.id for event in receiver.events(fake)] == [event["id"] for event in fake.events()]
    assert kinds(receiver.events(fake))[-1] == "checkout.session.completed"
    assert not any(event["pending_webhooks"] for event in fake.events())


def test_an_event_carries_what_was_and_who_asked(fake, receiver):
    made = client_of(fake).customers.create({"name": "A"}, {"idempotency_key": "mine"})
    client_of(fake).customers.update(made.id, {"name": "B"})
    fake.settle()
    created, updated = receiver.events(fake)
    assert created.request.idempotency_key == "mine"
    assert created.data.object["name"] == "A"
    assert updated.data.previous_attributes.to_dict() == {"name": "A"}


def test_what_is_not_taken_is_sent_again_and_the_others_do_not_wait(fake, receiver):
    receiver.statuses = [500, 503]
    first, second = (client_of(fake).customers.create({"name": name}).id for name in "AB")
    assert fake.settle()
    attempts = [(json.loads(each.body)["data"]["object"]["id"], each.status) for each in fake.deliveries()]
    assert sorted(attempts) == sorted([(first, 500), (second, 503), (first, 200), (second, 200)])
    assert [each.attempt for each in fake.deliveries()] == [1, 1, 2, 2]


def test_nobody_there_is_an_error_in_the_log():
    with FakeStripe(webhook="http://127.0.0.1:9/hook") as fake:
        client_of(fake).customers.create({})
        assert not fake.settle(0.3)
        assert fake.deliveries()[0].status is None
        assert "refused" in fake.deliveries()[0].error


@pytest.mark.parametrize("order", ["reversed", ["invoice.paid", "customer.subscription.updated"]])
def test_held_events_are_released_in_any_order(fake, receiver, order):
    fake.hold()
    subscribed(fake)
    held = kinds(fake.held)
    assert not receiver.taken
    fake.release(order=order)
    assert sorted(kinds(receiver.events(fake))) == sorted(held)
    assert kinds(receiver.events(fake))[:2] == (held[::-1][:2] if order == "reversed" else order)
    client_of(fake).customers.create({})
    assert fake.settle()
    assert len(receiver.taken) == len(held) + 1


def test_a_replay_is_the_same_event_again(fake, receiver):
    subscribed(fake)
    fake.settle()
    before = len(receiver.taken)
    fake.deliver("invoice.paid", times=2)
    again = receiver.events(fake)[before:]
    assert kinds(again) == ["invoice.paid"] * 2
    assert {event.id for event in again} == {fake.events("invoice.paid")[0]["id"]}


def test_old_forged_and_tampered_deliveries_do_not_verify(fake):
    subscribed(fake)
    bad = {"at": int(time.time()) - 301}, {"secret": "whsec_wrong"}, {"tampered": {"amount_paid": 1}}
    for how in bad:
        [sent] = fake.deliver("invoice.paid", **how)
        with pytest.raises(stripe.SignatureVerificationError):
            verified(fake, sent)


def test_the_client_accepts_a_signature_from_the_future_so_the_receiver_must_not(fake):
    subscribed(fake)
    [sent] = fake.deliver("invoice.paid", at=int(time.time()) + 3600)
    assert verified(fake, sent).type == "invoice.paid"


def test_an_event_of_the_other_mode_is_signed_all_the_same(fake):
    subscribed(fake)
    [sent] = fake.deliver("invoice.paid", livemode=True)
    assert verified(fake, sent).livemode


def test_an_event_about_anything_can_be_made_up(fake, receiver):
    fake.emit("customer.subscription.updated", subscribed(fake).id, customer="cus_unknown")
    fake.settle()
    assert receiver.events(fake)[-1].data.object["customer"] == "cus_unknown"


def test_without_an_address_a_test_delivers_by_hand():
    with FakeStripe() as fake:
        fake.pay(session_of(fake))
        taken = []

        def post(body, headers):
            taken.append(stripe.Webhook.construct_event(body, headers["Stripe-Signature"], fake.webhook_secret))
            return 200

        made = fake.release(through=post)
        assert [each.type for each in made] == kinds(taken) == kinds(fake.events())
        assert not fake.held
        assert fake.deliver("invoice.paid", through=post)[0].taken
        body, headers = fake.sign("invoice.paid")
        assert post(body, headers) == 200
