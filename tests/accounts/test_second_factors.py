"""Second factors: an app's codes, recovery codes, passkeys; nobody signs in around them (E4)."""

import re
import time

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.db import connection
from django.test import Client

from accounts import actions
from accounts.models import User
from executor_one.kit.errors import Unauthorized
from tests.accounts.browser import EMAIL, PASSWORD, Browser, mailed, text

FACTORS = "/dashboard/settings/second-factors"


def code_now(secret):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def log_in(code=None, password=PASSWORD):
    body = {"email": EMAIL, "password": password} | ({"code": code} if code else {})
    return Client().post("/api/auth/login", body, content_type="application/json")


def verified(run_jobs):
    browser = Browser()
    browser.sign_up()
    run_jobs()
    browser.send("/verify", f"/verify?token={mailed('verify')}", token=mailed("verify"))
    return browser


def set_up_app(browser):
    """Turn an authenticator app on, as a person does: password again, scan, type the code. Its key."""
    asked = browser.open(f"{FACTORS}/app")
    assert asked["Location"].startswith("/dashboard/settings/again")
    browser.send(asked["Location"], password=PASSWORD)
    page = browser.open(f"{FACTORS}/app").content.decode()
    assert 'src="data:image/svg+xml;base64,' in page
    assert "style=" not in page
    secret = re.search(r'data-copy="([A-Z2-7]{32})"', page)[1]
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    done = browser.client.post(f"{FACTORS}/app", {"code": code_now(secret), "csrfmiddlewaretoken": token})
    assert done["Location"] == f"{FACTORS}/recovery-codes"
    return secret


@pytest.fixture
def browser(db, run_jobs):
    return verified(run_jobs)


@pytest.fixture
def later():
    """Half a minute later at each call: a code works once."""
    with time_machine.travel(time.time()) as clock:
        yield lambda: clock.shift(31)


def recovery_codes(browser):
    page = browser.open(f"{FACTORS}/recovery-codes").content.decode()
    return re.search(r"data-recovery-codes>([\d\s]+)<", page)[1].split()


def test_E4_an_app_is_asked_for_after_the_password(browser, run_jobs, later, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        secret = set_up_app(browser)
    run_jobs()
    assert "authenticator app is now your second factor" in mail.outbox[-1].body
    assert secret not in str(list(Authenticator.objects.values())), "sealed in the database"
    browser.send("/logout")
    later()
    answer = browser.sign_in(next="/dashboard/keys")
    assert answer["Location"] == "/login/2fa"
    assert not browser.is_in
    assert browser.open("/dashboard/keys").status_code == 302
    wrong = browser.send("/login/2fa", code="000000")
    assert "This code is wrong" in text(wrong)
    assert not browser.is_in
    used = code_now(secret)
    right = browser.send("/login/2fa", code=used)
    assert right["Location"] == "/dashboard/keys"
    assert browser.is_in
    other = Browser()
    other.sign_in()
    assert "was used already" in text(other.send("/login/2fa", code=used))
    assert not other.is_in


def test_E4_a_recovery_code_signs_in_once(browser, later):
    set_up_app(browser)
    codes = recovery_codes(browser)
    assert len(codes) == 10
    for expected in (True, False):
        other = Browser()
        other.sign_in()
        other.send("/login/2fa", code=codes[0])
        assert other.is_in is expected
    assert codes[0] not in recovery_codes(browser)
    assert codes[1] in browser.open(f"{FACTORS}/recovery-codes/download").content.decode()


def test_E4_the_api_asks_for_the_second_factor_too(browser, later):
    secret = set_up_app(browser)
    codes = recovery_codes(browser)
    later()
    answer = log_in()
    assert (answer.status_code, answer.json()["name"]) == (401, "unauthorized")
    assert answer.json()["secondFactor"] == ["recovery_codes", "totp"]
    assert "sessionid" not in answer.cookies
    assert "secondFactor" not in log_in(password="wrong-horse-battery-9").json(), "only who knows the password hears it"
    assert log_in("123456").status_code == 401
    code = code_now(secret)
    assert [log_in(code).status_code for _ in range(2)] == [200, 401], "a code works once"
    assert [log_in(codes[0]).status_code for _ in range(2)] == [200, 401]


def test_E4_guessed_codes_are_counted_by_person_on_page_and_api(browser, settings, later):
    secret = set_up_app(browser)
    later()
    settings.LOGIN_RATE = (3, 900)
    assert [log_in("000000").status_code for _ in range(2)] == [401, 401]
    other = Browser()
    other.sign_in()
    other.send("/login/2fa", code="000000")
    refused = other.send("/login/2fa", code=code_now(secret))
    assert "Too many tries with codes. Try again in 5 min." in text(refused), "three in 900 s"
    assert refused.status_code == 429
    assert 270 <= int(refused["Retry-After"]) <= 300
    assert not other.is_in
    assert log_in(code_now(secret)).status_code == 429


def test_who_is_signed_in_and_guesses_is_told_when_to_try_again(browser, settings, later):
    for _ in range(12):  # until what was asked for at sign-in is asked for again
        later()
    settings.LOGIN_RATE = (2, 7200)
    again = "/dashboard/settings/again"
    refused = [browser.send(again, password="wrong-horse-battery-9") for _ in range(3)][-1]
    assert "Too many tries to sign in. Try again in 60 min." in text(refused)
    assert refused.status_code == 429
    assert 3500 <= int(refused["Retry-After"]) <= 3600


def test_a_reset_does_not_get_around_the_second_factor(browser, run_jobs, later):
    set_up_app(browser)
    other = Browser()
    other.send("/reset", email=EMAIL)
    run_jobs()
    link = mailed("reset")
    other.send("/reset", f"/reset?token={link}", token=link, password="new-staple-battery-7")
    assert other.sign_in(password="new-staple-battery-7")["Location"] == "/login/2fa"
    assert not other.is_in


@pytest.mark.parametrize("what", ["app", "passkeys/add"])
def test_an_address_must_be_verified_first_and_the_page_says_how(db, run_jobs, what):
    browser = Browser()
    browser.sign_up()
    run_jobs()
    answer = browser.client.get(f"{FACTORS}/{what}", follow=True)
    assert f"Verify {EMAIL} before you set up a second factor" in text(answer)
    assert "activate two-factor" not in text(answer)
    assert 'action="/dashboard/settings/verify"' in answer.content.decode()
    sent = len(mail.outbox)
    browser.send("/dashboard/settings/verify", FACTORS)
    run_jobs()
    assert len(mail.outbox) == sent + 1
    assert not Authenticator.objects.exists()


def test_who_wants_another_address_is_told_to_prove_it_first(browser, run_jobs):
    browser.send("/dashboard/settings/email", "/dashboard/settings", email="new@example.com", current=PASSWORD)
    words = text(browser.open(FACTORS))
    assert "Follow the link that was mailed to new@example.com before" in words
    assert "Send the mail again" not in words


def test_the_code_that_activated_an_app_signs_nobody_in(browser):
    with time_machine.travel(time.time(), tick=False) as clock:
        secret = set_up_app(browser)
        assert log_in(code_now(secret)).status_code == 401
        clock.shift(31)
        assert log_in(code_now(secret)).status_code == 200


def test_how_one_signs_in_is_changed_only_after_the_password_again(browser, later):
    set_up_app(browser)
    later()
    for _ in range(40):
        later()
    for path in (f"{FACTORS}/app/remove", f"{FACTORS}/recovery-codes", f"{FACTORS}/recovery-codes/new",
                 f"{FACTORS}/passkeys/add"):  # fmt: skip
        assert browser.open(path)["Location"].startswith("/dashboard/settings/again"), path
    wrong = browser.send("/dashboard/settings/again", password="wrong-horse-battery-9")
    assert wrong.status_code == 200
    browser.send("/dashboard/settings/again", password=PASSWORD)
    browser.send(f"{FACTORS}/app/remove")
    assert not Authenticator.objects.exists(), "the recovery codes go with the last factor"
    assert Browser().sign_in()["Location"] == "/dashboard"


def test_the_used_codes_are_remembered_by_the_database(browser, later):
    """Not by the process: another one would take the same code again."""
    secret = set_up_app(browser)
    later()
    user, code = User.objects.get(), code_now(secret)
    actions.use_code(user, code)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM kit_cache WHERE cache_key LIKE %s", [f"%{code}"])
        assert cursor.fetchone()[0] == 1
    with pytest.raises(Unauthorized):
        actions.use_code(user, code)


def test_a_passkey_ceremony_begins_and_a_forged_answer_fails(browser, later):
    browser.send("/dashboard/settings/again", password=PASSWORD)
    page = browser.open(f"{FACTORS}/passkeys/add").content.decode()
    assert "imposes additional requirements" not in page
    assert "No password is asked for then" in page
    assert '"rp": {"name": "executor.one", "id": "testserver"}' in page
    assert not re.search(r"<script(?! src=| id=\"passkey-options\" type=\"application/json\")", page), "none inline"
    response = {"clientDataJSON": "e30", "attestationObject": "oA"}
    forged = {"id": "AA", "rawId": "AA", "type": "public-key", "response": response}
    answer = browser.send(f"{FACTORS}/passkeys/add", name="x", credential=str(forged).replace("'", '"'))
    assert answer.status_code < 500
    assert not Authenticator.objects.exists()
    options = Client().get("/login/passkey", headers={"Accept": "application/json"}).json()
    assert options["request_options"]["publicKey"]["userVerification"] == "required"
