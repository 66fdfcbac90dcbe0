"""Sign-up, sign-in, sessions, verification, password reset (E3-E6, E-R1, E-R10)."""

import re
import threading
from datetime import timedelta
from unittest import mock

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.actions import register
from accounts.models import ApiKey, User
from events.models import Event
from executor_one.kit.tenancy import account_scope

PASSWORD = "correct-horse-battery-9"
EMAIL = "ada@example.com"


def post(client, path, body=None, **more):
    return client.post(f"/api/auth/{path}", body or {}, content_type="application/json", **more)


def bearer(token):
    return Client(headers={"Authorization": f"Bearer {token}"})


def sign_up(client, email=EMAIL, password=PASSWORD):
    return post(client, "register", {"email": email, "password": password})


def sign_in(client, email=EMAIL, password=PASSWORD, **more):
    return post(client, "login", {"email": email, "password": password}, **more)


def mailed_token():
    return re.search(r"token=(\S+)", mail.outbox[-1].body)[1]


def events_of(account_id):
    with account_scope(account_id):
        return list(Event.objects.order_by("id").values_list("type", flat=True))


def without_receipt(answer):
    return {name: value for name, value in answer.json().items() if name != "receipt"}


# -- sign-up ----------------------------------------------------------------------------------------


def test_E3_register_answers_account_and_first_key(db, anonymous):
    answer = sign_up(anonymous)
    assert answer.status_code == 201
    body = answer.json()
    assert body["account"]["id"].startswith("acc_")
    assert (body["account"]["email"], body["account"]["plan"]) == (EMAIL, "free")
    assert body["apiKey"].startswith("exo_")
    assert bearer(body["apiKey"]).get("/api/auth/account").json()["id"] == body["account"]["id"]
    assert events_of(body["account"]["id"]) == ["account.registered", "key.created"]


def test_E3_key_and_password_are_stored_as_digests_only(db, settings_hasher, anonymous):
    body = sign_up(anonymous).json()
    with account_scope(body["account"]["id"]):
        (row,) = ApiKey.objects.values()
    assert body["apiKey"] not in str(row)
    stored = User.objects.get(email=EMAIL).password
    assert re.match(r"argon2\$argon2id\$v=19\$m=102400,t=2,p=8\$", stored), "100 MiB, twice: a guess must be dear"
    assert [sign_in(anonymous, password=one).status_code for one in (PASSWORD, PASSWORD + "x")] == [200, 401]


def test_E3_a_known_address_is_409_whatever_its_case(db, anonymous):
    sign_up(anonymous)
    answer = sign_up(anonymous, email=" Ada@EXAMPLE.com ")
    assert (answer.status_code, answer.json()["name"]) == (409, "conflict")
    assert User.objects.count() == 1


def test_E3_parallel_sign_ups_of_one_address_make_one_account(committed, settings_hasher):
    answers = []

    def one():
        answers.append(sign_up(Client()).status_code)
        connection.close()

    threads = [threading.Thread(target=one) for _ in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(answers) == [201] + [409] * 5
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    "password", ["short", "1234567890123", "password123", "ada@example.com", "x" * 1025, "", 7, None]
)
def test_E3_a_weak_password_is_400_and_named(db, anonymous, password):
    answer = sign_up(anonymous, password=password)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["password"]
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "email", ["", "ada", "a@b", "a\x00@example.com", "a@" + "e" * 260 + ".com", 5, None, ["a@b.com"]]
)
def test_E3_a_bad_address_is_400_and_named(db, anonymous, email):
    answer = sign_up(anonymous, email=email)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["email"]


@pytest.mark.parametrize("path", ["register", "login", "verify", "password/forgot", "password/reset"])
@pytest.mark.parametrize("value", ["a\x00b", "\ud800" * 12])
def test_text_that_cannot_be_stored_is_400(db, anonymous, path, value):
    body = dict.fromkeys(("email", "password", "token"), value)
    wanted = {"register": "email password", "login": "email password", "verify": "token", "password/forgot": "email"}
    fields = wanted.get(path, "token password").split()
    answer = post(anonymous, path, {name: body[name] for name in fields})
    assert answer.status_code == 400


def test_a_password_of_lone_surrogates_is_400(db, anonymous):
    for path, fields in [("register", {"email": EMAIL}), ("login", {"email": EMAIL}), ("verify", {})]:
        name = "token" if path == "verify" else "password"
        assert post(anonymous, path, {**fields, name: "\ud800" * 12}).status_code == 400


def test_an_unknown_field_is_400(db, anonymous):
    answer = post(anonymous, "register", {"email": EMAIL, "password": PASSWORD, "isStaff": True})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["isStaff"])


def test_sign_ups_are_limited_by_address_and_a_409_counts(db, anonymous, settings):
    settings.SIGNUP_RATE = (2, 3600)
    assert [sign_up(anonymous).status_code for _ in range(3)] == [201, 409, 429]
    answer = sign_up(anonymous, email="other@example.com")
    assert (answer.status_code, answer.json()["name"]) == (429, "rate_limited")
    assert 0 < int(answer["Retry-After"]) <= 3600
    assert (
        post(
            anonymous, "register", {"email": "b@example.com", "password": PASSWORD}, REMOTE_ADDR="10.0.0.9"
        ).status_code
        == 201
    )


# -- sign-in ----------------------------------------------------------------------------------------


def test_E4_login_answers_account_masked_keys_and_token(db, anonymous):
    made = sign_up(anonymous).json()
    answer = sign_in(anonymous, email="ADA@example.com")
    assert answer.status_code == 200
    body = answer.json()
    assert body["account"] == made["account"]
    assert body["apiKeys"] == [made["apiKey"][:12] + "…"]
    assert made["apiKey"] not in answer.content.decode()
    assert bearer(body["token"]).get("/api/auth/me").json()["user"]["email"] == EMAIL
    assert answer.cookies["sessionid"]["httponly"]
    assert "csrftoken" in answer.cookies


def test_E4_unknown_address_and_wrong_password_answer_alike(db, anonymous):
    sign_up(anonymous)
    known = sign_in(anonymous, password="wrong-horse-battery-9")
    unknown = sign_in(anonymous, email="nobody@example.com")
    assert known.status_code == unknown.status_code == 401
    assert without_receipt(known) == without_receipt(unknown)
    assert known.headers.keys() == unknown.headers.keys()
    assert known["WWW-Authenticate"] == "Bearer"


def test_E4_unknown_and_inactive_users_cost_one_hash_like_a_known_one(db, anonymous):
    sign_up(anonymous)
    with mock.patch("accounts.actions.make_password") as dummy:
        sign_in(anonymous, password="wrong-horse-battery-9")
        assert not dummy.called
        sign_in(anonymous, email="nobody@example.com")
        assert dummy.call_count == 1
        User.objects.update(is_active=False)
        assert sign_in(anonymous).status_code == 401
        assert dummy.call_count == 2


def test_E4_wrong_logins_are_limited_per_mail_address(db, anonymous, settings):
    settings.LOGIN_RATE = (3, 900)
    sign_up(anonymous)
    for email in (EMAIL, "nobody@example.com"):
        tries = [sign_in(anonymous, email=email, password="wrong-horse-battery-9").status_code for _ in range(4)]
        assert tries == [401, 401, 401, 429]
    assert sign_in(anonymous).status_code == 429
    assert sign_in(anonymous, email="third@example.com").status_code == 401


def test_E4_wrong_logins_are_limited_per_network_address(db, anonymous, settings):
    settings.LOGIN_RATE = (1, 900)
    tries = [sign_in(anonymous, email=f"n{index}@example.com").status_code for index in range(11)]
    assert tries == [401] * 10 + [429]
    assert sign_in(anonymous, email="n99@example.com", REMOTE_ADDR="10.0.0.8").status_code == 401


def test_E4_right_logins_are_not_counted(db, anonymous, settings):
    settings.LOGIN_RATE = (2, 900)
    sign_up(anonymous)
    assert [sign_in(anonymous).status_code for _ in range(5)] == [200] * 5


def test_E4_parallel_guesses_are_counted(committed, settings_hasher, settings):
    settings.LOGIN_RATE = (3, 900)
    register(email=EMAIL, password=PASSWORD)
    answers = []

    def guess():
        answers.append(sign_in(Client(), password="wrong-horse-battery-9").status_code)
        connection.close()

    threads = [threading.Thread(target=guess) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(answers) == [401] * 3 + [429] * 5


# -- sessions ---------------------------------------------------------------------------------------


def test_logout_ends_token_and_cookie_together(db):
    browser = Client()
    sign_up(browser)
    token = sign_in(browser).json()["token"]
    assert browser.get("/api/auth/me").status_code == 200
    assert post(bearer(token), "logout").status_code == 204
    assert bearer(token).get("/api/auth/me").status_code == 401
    assert browser.get("/api/auth/me").status_code == 401, "the cookie of the same sign-in"

    token = sign_in(browser).json()["token"]
    answer = post(browser, "logout")
    assert answer.status_code == 204
    assert browser.get("/api/auth/me").status_code == 401
    assert bearer(token).get("/api/auth/me").status_code == 401


def test_logout_leaves_other_sessions(db, anonymous):
    sign_up(anonymous)
    first, second = (sign_in(Client()).json()["token"] for _ in range(2))
    post(bearer(first), "logout")
    assert bearer(first).get("/api/auth/me").status_code == 401
    assert bearer(second).get("/api/auth/me").status_code == 200


def test_a_session_token_ends_after_12_hours(db, anonymous):
    sign_up(anonymous)
    token = sign_in(anonymous).json()["token"]
    with time_machine.travel(timezone.now() + timedelta(hours=11, minutes=59)):
        assert bearer(token).get("/api/auth/me").status_code == 200
    with time_machine.travel(timezone.now() + timedelta(hours=12, minutes=1)):
        assert bearer(token).get("/api/auth/me").status_code == 401


def test_a_session_of_a_person_switched_off_ends(db, anonymous):
    browser = Client()
    sign_up(browser)
    token = sign_in(browser).json()["token"]
    User.objects.update(is_active=False)
    assert bearer(token).get("/api/auth/me").status_code == 401
    assert browser.get("/api/auth/me").status_code == 401


def test_session_cookie_needs_csrf_to_write(db):
    browser = Client(enforce_csrf_checks=True)
    sign_up(browser)
    sign_in(browser)
    assert browser.get("/api/auth/keys").status_code == 200
    refused = post(browser, "keys", {"name": "forged"})
    assert (refused.status_code, refused.json()["name"]) == (403, "forbidden_role")
    assert browser.delete("/api/auth/keys/key_x").status_code == 403
    assert post(browser, "logout").status_code == 403
    token = browser.cookies["csrftoken"].value
    assert post(browser, "logout", headers={"X-CSRFToken": token}).status_code == 204


def test_a_bearer_needs_no_csrf(db):
    client = Client(enforce_csrf_checks=True)
    key = sign_up(client).json()["apiKey"]
    answer = client.post(
        "/api/auth/logout", {}, content_type="application/json", headers={"Authorization": f"Bearer {key}"}
    )
    assert answer.status_code == 204


def test_E_R1_every_bad_token_answers_the_same_401(db, anonymous):
    made = sign_up(anonymous).json()
    key, account = made["apiKey"], made["account"]["id"]
    flipped = key[:10] + ("a" if key[10] != "a" else "b") + key[11:]
    bad = ["", "exo_", flipped, "ses_" + key[4:], "x" * 5000, "exo_\xe9", key + " " + key]
    answers = [bearer(one).get("/api/auth/account") for one in bad]
    with account_scope(account):
        ApiKey.objects.update(expires_at=timezone.now())
    answers.append(bearer(key).get("/api/auth/account"))
    with account_scope(account):
        ApiKey.objects.update(expires_at=None, revoked_at=timezone.now())
    answers.append(bearer(key).get("/api/auth/account"))
    assert {answer.status_code for answer in answers} == {401}
    assert len({str(without_receipt(answer)) for answer in answers}) == 1


def test_E_R1_without_a_token_everything_but_the_door_is_401(db, anonymous):
    for path in ("me", "account", "usage", "keys"):
        answer = anonymous.get(f"/api/auth/{path}")
        assert (answer.status_code, answer.json()["name"]) == (401, "unauthorized")
        assert answer["WWW-Authenticate"] == "Bearer"


# -- verification -----------------------------------------------------------------------------------
