"""Requests that fail, hang or are cut off, and what the client and its idempotency keys make of them."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

from tests.stripe_fake import FakeStripe
from tests.stripe_fake.harness import client_of

CUSTOMERS = "POST /v1/customers"


@pytest.fixture
def fake():
    with FakeStripe() as made:
        yield made
        assert not made.mistakes


def impatient(fake, retries=0, timeout=0.3):
    return client_of(fake, retries=retries, http_client=stripe.RequestsClient(timeout=timeout))


def test_429_is_told_and_tried_again_only_if_stripe_says_so(fake):
    fake.script(CUSTOMERS, status=429)
    with pytest.raises(stripe.RateLimitError) as refused:
        client_of(fake, retries=2).customers.create({})
    assert (refused.value.http_status, refused.value.error.code) == (429, "rate_limit")
    assert len(fake.requests) == 1
    fake.script(CUSTOMERS, status=429, should_retry=True)
    assert client_of(fake, retries=2).customers.create({}).id
    assert len(fake.requests) == 3


def test_500_is_tried_again_unless_stripe_says_no(fake):
    fake.script(CUSTOMERS, status=500)
    assert client_of(fake, retries=1).customers.create({}).id
    fake.script(CUSTOMERS, status=500, should_retry=False)
    with pytest.raises(stripe.APIError) as refused:
        client_of(fake, retries=1).customers.create({})
    assert refused.value.http_status == 500
    assert len(fake.all("customer")) == 1


def test_an_answer_that_never_comes_is_a_connection_error(fake):
    fake.script(CUSTOMERS, hang=5)
    began = time.monotonic()
    with pytest.raises(stripe.APIConnectionError):
        impatient(fake).customers.create({})
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("trouble", [{"hang": 1.0}, {"cut": True}, {"status": 500}])
def test_what_was_done_though_the_answer_was_lost_is_not_done_twice(fake, trouble):
    fake.script(CUSTOMERS, when="after", **trouble)
    made = impatient(fake, retries=1).customers.create({"email": "a@example.com"})
    assert made.last_response.headers["Idempotent-Replayed"] == "true"
    assert [each["id"] for each in fake.all("customer")] == [made.id]
    first, second = (request.header("Idempotency-Key") for request in fake.requests)
    assert first == second


def test_a_cut_connection_is_tried_again(fake):
    fake.script("* /v1/*", cut=True, times=2)
    assert client_of(fake, retries=2).customers.list().data == []
    assert len(fake.requests) == 3


def test_a_key_in_use_is_a_conflict_that_ends(fake):
    fake.script(CUSTOMERS, when="during", hang=0.6)

    def create(retries):
        return client_of(fake, retries=retries).customers.create({}, {"idempotency_key": "k"})

    with ThreadPoolExecutor() as pool:
        slow = pool.submit(create, 0)
        while not fake.idempotency.saved:
            time.sleep(0.01)
        with pytest.raises(stripe.APIError) as conflict:
            create(0)
        assert (conflict.value.http_status, conflict.value.error.code) == (409, "idempotency_key_in_use")
        assert create(3).id == slow.result().id
    assert len(fake.all("customer")) == 1


def test_refusals_are_kept_under_the_key_but_mistakes_in_the_form_are_not(fake):
    customers = client_of(fake)
    with pytest.raises(stripe.InvalidRequestError):
        customers.customers.create({"emial": "a"}, {"idempotency_key": "k"})
    assert customers.customers.create({"email": "a"}, {"idempotency_key": "k"}).id


def test_the_requests_are_kept_as_they_came(fake):
    client_of(fake).customers.create({"metadata": {"account": "7"}})
    request = fake.requests[0]
    assert (request.method, request.path) == ("POST", "/v1/customers")
    assert request.params == {"metadata": {"account": "7"}}
    assert request.header("stripe-version") == stripe.api_version


def test_closing_ends_what_hangs_and_every_thread():
    before = {*threading.enumerate()}
    fake = FakeStripe()
    fake.script("* /v1/*", hang=60)
    with ThreadPoolExecutor() as pool:
        stuck = pool.submit(client_of(fake).customers.list)
        while not fake.requests:
            time.sleep(0.01)
        fake.close()
        with pytest.raises(stripe.APIConnectionError):
            stuck.result(5)
    until = time.monotonic() + 5
    while (left := {*threading.enumerate()} - before) and time.monotonic() < until:
        time.sleep(0.02)
    assert not left
