"""Rate limits of the API (A-R11..A-R14): of accounts, keys, persons and addresses."""

import math
import threading
import time

import pytest
from django.db import connection, connections

from accounts.models import ApiKey
from executor_one.kit.models import RateBucket
from executor_one.kit.tenancy import account_scope

JSON = "application/json"


@pytest.fixture
def rates(settings):
    """Small ones: 10 a minute, bursts of 50 a minute: in half a minute 25, so 10 beyond what fits and comes in."""
    settings.API_RATE, settings.API_BURST = (10, 60), (50, 60)
    return settings


def asks(client, times, path="/api/state"):
    return [client.get(path) for _ in range(times)]


def statuses(answers):
    return [answer.status_code for answer in answers]


def drained(name, tokens, age=0.0):
    """A bucket as somebody left it `age` seconds ago."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kit_ratebucket (key, tokens, least, per_second, refilled_at, was_taken)"
            " VALUES (%s, %s, 0, 1, clock_timestamp() - %s * interval '1 second', true)"
            " ON CONFLICT (key) DO UPDATE SET tokens = excluded.tokens, refilled_at = excluded.refilled_at",
            [name, tokens, age],
        )


def test_A_R13_every_answer_says_how_much_is_left(api, anonymous, rates):
    first, second = asks(api, 2)
    assert [one["X-RateLimit-Limit"] for one in (first, second)] == ["10", "10"]
    assert [one["X-RateLimit-Remaining"] for one in (first, second)] == ["9", "8"]
    assert [one["X-RateLimit-Reset"] for one in (first, second)] == ["6", "12"]
    for answer in (anonymous.get("/api/nothing"), anonymous.get("/api/state"), anonymous.get("/api/health"),
                   anonymous.post("/api/health"), api.post("/api/goals", "{", content_type=JSON)):  # fmt: skip
        assert {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"} <= {*answer.headers}


def test_A_R14_an_empty_bucket_is_429_with_the_exact_wait(api, member, rates):
    rates.API_BURST = None
    answers = asks(api, 11)
    assert statuses(answers) == [200] * 10 + [429]
    last = answers[-1]
    assert (last["Retry-After"], last["X-RateLimit-Remaining"]) == ("6", "0")
    body = last.json()
    assert (body["name"], body["code"], body["receipt"]) == ("rate_limited", 429, last["X-Receipt"])
    assert last["Content-Type"] == "application/problem+json"
    drained(f"account:{member.id}", 0, age=5.9)
    assert api.get("/api/state").status_code == 429
    drained(f"account:{member.id}", 0, age=6.01)
    assert api.get("/api/state").status_code == 200


def test_who_is_refused_loses_nothing_by_asking(api, member, rates):
    rates.API_BURST = None
    asks(api, 10)
    waits = [int(answer["Retry-After"]) for answer in asks(api, 20)]
    assert set(waits) == {6}
    assert RateBucket.objects.get(key=f"account:{member.id}").tokens >= 0


def test_A_R12_a_key_may_burst_and_drains_to_the_default(api, member, rates):
    """25 in half a minute: 10 that fit, 5 that come in meanwhile, 10 beyond. At once they are 20."""
    began = time.monotonic()
    answers = asks(api, 21)
    took = time.monotonic() - began
    assert statuses(answers) == [200] * 20 + [429]
    assert [int(one["X-RateLimit-Remaining"]) for one in answers[9:]] == [0] * 12
    assert 6 - took <= int(answers[-1]["Retry-After"]) <= 6, "one more every six seconds: 10 a minute"


def test_A_R12_the_defaults_are_1000_a_minute_and_5000_for_half_a_minute(api, member, settings):
    api.get("/api/state")
    account = RateBucket.objects.get(key=f"account:{member.id}")
    assert (account.tokens, account.least, account.per_second) == (999, -1000, pytest.approx(1000 / 60))
    with account_scope(member.account):
        key = RateBucket.objects.get(key=f"key:{ApiKey.objects.get().pk}")
    assert (key.tokens, key.least, key.per_second) == (2499, 0, pytest.approx(5000 / 60))
    seconds = (account.tokens - account.least) / (5000 / 60 - 1000 / 60)
    assert seconds == pytest.approx(30, abs=0.1)


def test_A_R11_all_keys_of_an_account_share_its_rate(api, member, client_of, rates):
    rates.API_BURST = None
    other = api.post("/api/auth/keys", {}, content_type=JSON).json()["apiKey"]
    assert statuses(asks(client_of(other), 10)) == [200] * 9 + [429]
    assert api.get("/api/state").status_code == 429


def test_another_account_has_its_own(api, make_member, client_of, rates):
    asks(api, 25)
    assert client_of(make_member("two@example.com").key).get("/api/state").status_code == 200


def test_who_proves_nothing_is_counted_by_address(anonymous, db, rates):
    wrong = {"Authorization": "Bearer exo_" + "0" * 38}
    answers = [anonymous.get("/api/state", headers=wrong) for _ in range(11)]
    assert statuses(answers) == [401] * 10 + [429]
    assert anonymous.get("/api/health").status_code == 429
    assert anonymous.get("/api/health", REMOTE_ADDR="192.0.2.9").status_code != 429


def test_made_up_cookies_are_no_way_round(anonymous, db, rates):
    for number in range(10):
        anonymous.cookies["sessionid"] = f"made-up-{number}"
        assert anonymous.get("/api/state").status_code == 401
    anonymous.cookies["sessionid"] = "made-up-again"
    assert anonymous.get("/api/state").status_code == 429


def test_a_revoked_key_is_counted_by_address(api, member, rates):
    with account_scope(member.account):
        ApiKey.objects.update(revoked_at="2026-01-01T00:00:00Z")
    asks(api, 2)
    assert not RateBucket.objects.filter(key__startswith="account:").exists()
    assert RateBucket.objects.get().key == "address:127.0.0.1"


def test_a_session_token_and_a_cookie_count_for_the_account(anonymous, member, client_of, rates):
    login = {"email": "one@example.com", "password": "correct-horse-battery-9"}
    token = anonymous.post("/api/auth/login", login, content_type=JSON).json()["token"]
    assert statuses(asks(client_of(token), 11)) == [200] * 10 + [429]
    assert client_of(member.key).get("/api/state").status_code == 200, "a key may go on, in a burst"
    assert statuses(asks(anonymous, 2)) == [429] * 2, "the cookie of the same sign-in"
    assert (
        not RateBucket.objects.exclude(key__startswith="key:")
        .exclude(key=f"account:{member.id}")
        .exclude(key__startswith="login:")
        .exclude(key__startswith="address:")
    )


def test_direct_executions_have_their_own(api, rates):
    rates.API_RATE, rates.EXECUTE_RATE = (100, 60), (2, 60)
    body = {"type": "shell", "params": {"command": "true"}}
    answers = [api.post("/api/execute", body, content_type=JSON) for _ in range(3)]
    assert statuses(answers) == [200, 200, 429]
    assert answers[2]["Retry-After"] == "30"
    assert api.get("/api/state").status_code == 200


def test_what_stripe_sends_has_its_own(anonymous, db, rates):
    rates.API_RATE, rates.WEBHOOK_RATE = (100, 60), (2, 60)
    answers = [anonymous.post("/api/billing/webhook", "{}", content_type=JSON) for _ in range(3)]
    assert answers[2].status_code == 429
    assert answers[0].status_code != 429
    assert anonymous.get("/api/billing/tiers").status_code == 200


def test_pages_are_not_counted(anonymous, db, rates):
    for _ in range(12):
        answer = anonymous.get("/login")
    assert answer.status_code == 200
    assert "X-RateLimit-Limit" not in answer


def test_none_switches_it_off(api, settings):
    settings.API_RATE = None
    assert "X-RateLimit-Limit" not in api.get("/api/state")
    assert not RateBucket.objects.exists()


def test_A_R11_many_at_once_get_exactly_what_there_is(committed, make_member, client_of, rates):
    rates.API_BURST = None
    member = make_member("many@example.com")
    found, start = [], threading.Barrier(8)

    def ask():
        start.wait()
        found.extend(statuses(asks(client_of(member.key), 10)))
        connections.close_all()

    began = time.monotonic()
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    came_in = math.floor((time.monotonic() - began) * 10 / 60)
    assert 10 <= found.count(200) <= 10 + came_in
    assert set(found) == {200, 429}
