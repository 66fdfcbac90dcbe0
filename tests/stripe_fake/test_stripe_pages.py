"""The fake for people: hosted pages with buttons, the index, the control over HTTP, the command."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stripe_fake import FakeStripe
from tests.stripe_fake.harness import Receiver, client_of, item_of, session_of, subscribed, visit

ROOT = Path(__file__).parents[2]


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


@pytest.fixture
def portal(fake):
    """The address of the portal of somebody on Pro, and their subscription."""
    subscription = subscribed(fake)
    fields = {"customer": subscription.customer, "return_url": "http://127.0.0.1:1/back"}
    return client_of(fake).billing_portal.sessions.create(fields).url, subscription


def test_paying_waits_for_the_webhooks_and_goes_back(fake, receiver):
    session = session_of(fake)
    status, text, _ = visit(session.url)
    assert status == 200
    assert all(word in text for word in ("Pro", "29.00 USD", "Pay", "Decline card", "Back"))
    receiver.statuses = [500] * 30  # no event is taken at its first attempt
    status, _, to = visit(session.url, do="pay")
    assert (status, to) == (303, f"http://127.0.0.1:1/ok?session={session.id}")
    told = [each.status for each in fake.deliveries("checkout.session.completed")]
    assert (told[0], told[-1]) == (500, 200)
    assert "It is complete" in visit(session.url)[1]


def test_a_refused_card_is_told_and_back_goes_back(fake):
    session = session_of(fake)
    status, text, to = visit(session.url, do="decline")
    assert (status, to) == (200, "")
    assert '<p class="notice" role="alert">Your card was declined.</p>' in text
    assert visit(session.url, do="back")[2] == "http://127.0.0.1:1/no"


def test_in_the_portal_a_plan_is_changed_ended_and_resumed(fake, portal):
    address, subscription = portal
    assert "Pro, 29.00 USD" in visit(address)[1]
    visit(address, do="change", subscription=subscription.id, price=fake.prices["enterprise"])
    assert item_of(client_of(fake).subscriptions.retrieve(subscription.id)).price.lookup_key == "enterprise"
    visit(address, do="cancel_at_period_end", subscription=subscription.id)
    assert fake.get(subscription)["cancel_at"]
    assert "Resume" in visit(address)[1]
    visit(address, do="resume", subscription=subscription.id)
    assert fake.get(subscription)["cancel_at"] is None
    assert visit(address, do="cancel", subscription=subscription.id)[0] == 303
    assert fake.get(subscription)["status"] == "canceled"


def test_in_the_portal_an_open_invoice_is_paid_once_the_card_works(fake, portal):
    address, subscription = portal
    visit(address, do="fail")
    fake.renew(subscription)
    invoice = fake.all("invoice", status="open")[0]["id"]
    assert "Your card was declined." in visit(address, do="pay", invoice=invoice)[1]
    visit(address, do="mend")
    assert visit(address, do="pay", invoice=invoice)[0] == 303
    assert fake.get(subscription)["status"] == "active"


def test_a_portal_is_of_one_customer(fake, portal):
    address, _ = portal
    other = subscribed(fake)
    assert "another customer" in visit(address, do="cancel", subscription=other.id)[1]
    assert fake.get(other)["status"] == "active"


def test_the_index_lists_everything_with_its_buttons(fake, portal):
    _, subscription = portal
    fake.settle()
    text = visit(fake.url + "/")[1]
    words = "Renew paid", "Renew failing", "Refund", "Redeliver", subscription.id, "invoice.paid", "enterprise"
    assert [word for word in words if word not in text] == []
    renew = f"{fake.url}/_fake/renew"
    assert visit(renew, subscription=subscription.id, paid="false", back="/")[::2] == (303, "/")
    assert fake.get(subscription)["status"] == "past_due"
    assert visit(renew, subscription=subscription.id, back="//elsewhere")[0] == 200


def test_the_control_speaks_json(fake, receiver):
    session = session_of(fake)
    paid = json.loads(visit(f"{fake.url}/_fake/pay", session=session.id)[1])
    charge = fake.all("charge")[0]["id"]
    assert paid["status"] == "complete"
    assert json.loads(visit(f"{fake.url}/_fake/refund", charge=charge, amount="100")[1])["amount"] == 100
    visit(f"{fake.url}/_fake/script", pattern="GET /v1/*", status="500")
    assert visit(f"{fake.url}/v1/prices")[0] == 500
    fake.settle()
    assert json.loads(visit(f"{fake.url}/_fake/deliver", event="invoice.paid", times="2")[1])[1]["attempt"] == 2
    assert json.loads(visit(f"{fake.url}/_fake/requests")[1])[-1]["path"] == "/v1/prices"
    assert len(json.loads(visit(f"{fake.url}/_fake/deliveries")[1])) == len(receiver.taken)
    assert json.loads(visit(f"{fake.url}/_fake/all?kind=charge")[1])[0]["id"] == charge
    assert visit(f"{fake.url}/_fake/pay", sesion="x")[0] == 400
    assert visit(f"{fake.url}/_fake/get?thing=ch_nothing")[0] == 400
    assert visit(f"{fake.url}/_fake/close", now="1")[0] == 404


def test_pages_are_self_contained_and_say_what_they_escape(fake):
    customer = client_of(fake).customers.create({"email": "<script>@example.com"})
    for address in (session_of(fake, customer.id).url, fake.url + "/"):
        text = visit(address)[1]
        assert "<script" not in text
        assert re.findall(r'(?:src|href)="(?!/|data:)', text) == []
        assert '<html lang="en">' in text


def test_the_command_prints_what_executor_one_needs():
    started = subprocess.Popen(
        [sys.executable, "-m", "tests.stripe_fake", "--port", "0", "--webhook", "http://127.0.0.1:1/hook"],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ,
    )  # fmt: skip
    try:
        lines = iter(started.stdout.readline, "Webhooks go to http://127.0.0.1:1/hook\n")
        exported = dict(re.findall(r"^export (\w+)=(\S+)", "".join(lines), re.MULTILINE))
        assert {*exported} == {"STRIPE_API_BASE", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"}
        assert "Subscriptions" in visit(exported["STRIPE_API_BASE"] + "/")[1]
    finally:
        started.terminate()
        started.communicate(timeout=10)
