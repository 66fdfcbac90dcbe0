"""Verification and password reset, over the API."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts import tasks
from accounts.actions import memberships_of
from accounts.models import Account, OneTimeToken, SessionToken, User
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


def test_E5_verify_works_once(db, anonymous, run_jobs):
    made = sign_up(anonymous).json()
    run_jobs()
    (message,) = mail.outbox
    assert message.to == [EMAIL]
    token = mailed_token()
    assert token.startswith("verify_")
    assert f"/verify?token={token}" in message.body
    answer = post(anonymous, "verify", {"token": token})
    assert (answer.status_code, answer.json()) == (200, {"verified": True})
    assert bearer(made["apiKey"]).get("/api/auth/account").json()["verified"] is True
    again = post(anonymous, "verify", {"token": token})
    assert (again.status_code, again.json()["name"]) == (410, "gone")
    assert "user.verified" in events_of(made["account"]["id"])


def test_E5_bad_and_expired_tokens(db, anonymous, run_jobs):
    sign_up(anonymous)
    run_jobs()
    token = mailed_token()
    for bad in ("verify_x", token[:-1], token + "x", "exo_1"):
        assert post(anonymous, "verify", {"token": bad}).status_code == 400
    assert post(anonymous, "password/reset", {"token": token, "password": PASSWORD + "x"}).status_code == 400
    with time_machine.travel(timezone.now() + timedelta(hours=24, seconds=1)):
        assert post(anonymous, "verify", {"token": token}).status_code == 410
    assert not User.objects.get().is_verified


def test_E5_a_doubled_job_mails_two_good_links_and_one_use_ends_both(db, anonymous, run_jobs):
    sign_up(anonymous)
    run_jobs()
    first, user = mailed_token(), User.objects.get()
    tasks.send_verification(str(user.pk))
    assert post(anonymous, "verify", {"token": first}).status_code == 200
    assert post(anonymous, "verify", {"token": mailed_token()}).status_code == 410
    tasks.send_verification(str(user.pk))
    assert len(mail.outbox) == 2


def test_E_R10_ajuda_digital_is_ecosystem_only_once_verified(db, anonymous, run_jobs):
    made = sign_up(anonymous, email="Bia@Ajuda.Digital").json()
    client = bearer(made["apiKey"])
    assert client.get("/api/auth/account").json()["plan"] == made["account"]["plan"] == "free"
    run_jobs()
    post(anonymous, "verify", {"token": mailed_token()})
    after = client.get("/api/auth/account").json()
    assert (after["plan"], after["limits"]["goalsPerMonth"], after["limits"]["apiKeys"]) == ("ecosystem", None, 20)
    assert "plan.changed" in events_of(made["account"]["id"])


@pytest.mark.parametrize(
    "domain", ["notajuda.digital", "ajuda.digital.example.com", "sub.ajuda.digital", "example.com"]
)
def test_E_R10_other_domains_stay_free_when_verified(db, anonymous, run_jobs, domain):
    made = sign_up(anonymous, email=f"bia@{domain}").json()
    run_jobs()
    assert post(anonymous, "verify", {"token": mailed_token()}).status_code == 200
    assert bearer(made["apiKey"]).get("/api/auth/account").json()["plan"] == "free"


# -- password reset ---------------------------------------------------------------------------------


def test_password_reset_ends_every_session(db, run_jobs):
    browser, other = Client(), Client()
    made = sign_up(browser).json()
    run_jobs()
    post(other, "verify", {"token": mailed_token()})
    token = sign_in(browser).json()["token"]
    answer = post(other, "password/forgot", {"email": "ADA@example.com"})
    assert answer.status_code == 202
    run_jobs()
    link = mailed_token()
    assert link.startswith("reset_")
    assert post(other, "password/reset", {"token": link, "password": "short"}).json()["errors"].keys() == {"password"}
    assert post(other, "password/reset", {"token": link, "password": "new-staple-battery-7"}).status_code == 204
    assert post(other, "password/reset", {"token": link, "password": "new-staple-battery-8"}).status_code == 410
    assert bearer(token).get("/api/auth/me").status_code == 401
    assert browser.get("/api/auth/me").status_code == 401
    assert bearer(made["apiKey"]).get("/api/auth/me").status_code == 200
    assert sign_in(other).status_code == 401
    assert sign_in(other, password="new-staple-battery-7").status_code == 200
    assert "password.changed" in events_of(made["account"]["id"])


@pytest.mark.parametrize("verified", [False, True])
def test_a_reset_takes_the_keys_of_whoever_signed_up_with_an_address_that_was_not_theirs(
    db, anonymous, run_jobs, verified
):
    key = sign_up(anonymous).json()["apiKey"]
    run_jobs()
    if verified:
        post(anonymous, "verify", {"token": mailed_token()})
    post(anonymous, "password/forgot", {"email": EMAIL})
    run_jobs()
    post(anonymous, "password/reset", {"token": mailed_token(), "password": "another-horse-battery-9"})
    assert bearer(key).get("/api/auth/me").status_code == (200 if verified else 401)


def test_password_forgot_answers_alike_for_unknown_addresses(db, anonymous, run_jobs):
    sign_up(anonymous)
    run_jobs()
    known, unknown = (post(anonymous, "password/forgot", {"email": one}) for one in (EMAIL, "nobody@example.com"))
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    mail.outbox.clear()
    assert run_jobs() == 2
    assert len(mail.outbox) == 1


def test_password_forgot_is_limited_per_mailbox(db, anonymous, settings):
    settings.LOGIN_RATE = (2, 900)
    tries = [
        post(anonymous, "password/forgot", {"email": EMAIL}, REMOTE_ADDR=f"10.0.0.{n}").status_code for n in range(3)
    ]
    assert tries == [202, 202, 429]


def test_links_are_stored_as_digests(db, anonymous, run_jobs):
    sign_up(anonymous)
    run_jobs()
    assert mailed_token() not in str(list(OneTimeToken.objects.values()))
    token = sign_in(anonymous).json()["token"]
    with account_scope(memberships_of(User.objects.get())[0].account_id):
        assert token not in str(list(SessionToken.objects.values()))
        assert Account.objects.get().number >= 1
