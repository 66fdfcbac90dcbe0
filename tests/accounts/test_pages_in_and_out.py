"""Sign-up, sign-in, verification, reset and sign-out on the pages (E3-E5, E-R10)."""

from datetime import timedelta
from unittest import mock

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.actions import memberships_of
from accounts.models import ApiKey, User
from events.models import Event
from executor_one.kit.tenancy import account_scope
from tests.accounts.browser import EMAIL, PASSWORD, Browser, mailed, shown_key, text


@pytest.fixture
def browser(db):
    return Browser()


def events_of(email):
    with account_scope(memberships_of(User.objects.get(email=email))[0].account_id):
        return list(Event.objects.order_by("id").values_list("type", flat=True))


def test_E3_the_page_makes_what_the_api_makes(browser):
    answer = browser.sign_up(email="Ada@Example.com", name="Ada")
    assert (answer.status_code, answer["Location"]) == (302, "/welcome")
    user = User.objects.get()
    assert (user.email, user.name) == (EMAIL, "Ada")
    assert events_of(EMAIL) == ["account.registered", "key.created", "session.started"]
    assert browser.is_in
    assert not EmailAddress.objects.get(user=user).verified


def test_E3_the_first_key_is_shown_once_and_works(browser, client_of):
    browser.sign_up()
    (row,) = Session.objects.all()
    first = browser.open("/welcome")
    key = shown_key(first)
    assert key not in str(row.get_decoded()), "sealed while it waited"
    assert client_of(key).get("/api/auth/account").status_code == 200
    assert f'Authorization: Bearer {key}" ' in text(first)
    assert "http://127.0.0.1:8000/api/goals" in text(first)
    again = browser.open("/welcome")
    assert shown_key(again) == ""
    assert "shown already" in text(again)
    assert first["Cache-Control"] == "no-store"


def test_E3_a_key_that_nobody_looked_at_is_not_shown_later(browser):
    browser.sign_up()
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert shown_key(browser.open("/welcome")) == ""


def test_E13_the_first_goal_runs_by_a_button(browser):
    browser.sign_up()
    answer = browser.send("/welcome")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/dashboard/goals/")
    goal_id = answer["Location"].rpartition("/")[2]
    goal = browser.client.get(f"/api/goals/{goal_id}").json()
    assert goal["semanticPath"] == ["echo hello executor.one"]


def test_E3_a_known_address_and_a_weak_password_are_named(browser):
    browser.sign_up()
    other = Browser()
    taken = other.sign_up()
    assert taken.status_code == 409
    assert "There is an account with this e-mail address already." in text(taken)
    weak = other.sign_up(email="b@example.com", password="password123")
    assert weak.status_code == 400
    assert "too common" in text(weak)
    assert User.objects.count() == 1


def test_sign_ups_of_pages_and_api_share_one_limit(browser, anonymous, settings):
    settings.SIGNUP_RATE = (2, 3600)
    body = {"email": "api@example.com", "password": PASSWORD}
    assert anonymous.post("/api/auth/register", body, content_type="application/json").status_code == 201
    assert browser.sign_up().status_code == 302
    answer = Browser().sign_up(email="third@example.com")
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 3600


def test_E4_sign_in_goes_where_one_was_going(browser):
    browser.sign_up()
    browser.send("/logout")
    assert browser.open("/dashboard/keys")["Location"] == "/login?next=%2Fdashboard%2Fkeys"
    before = browser.client.cookies.get("sessionid")
    answer = browser.sign_in(next="/dashboard/keys")
    assert (answer.status_code, answer["Location"]) == (302, "/dashboard/keys")
    cookie = browser.client.cookies["sessionid"]
    assert before is None or cookie.value != before.value
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


@pytest.mark.parametrize("away", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"])
def test_E4_sign_in_leads_nowhere_else(browser, away):
    browser.sign_up()
    browser.send("/logout")
    assert browser.sign_in(next=away)["Location"] == "/dashboard"


def test_E4_unknown_address_and_wrong_password_look_alike_and_cost_alike(browser):
    browser.sign_up()
    browser.send("/logout")
    with mock.patch("accounts.actions.make_password") as dummy:
        known = browser.sign_in(password="wrong-horse-battery-9")
        assert not dummy.called
        unknown = browser.sign_in(email="nobody@example.com", password="wrong-horse-battery-9")
        assert dummy.call_count == 1
    assert known.status_code == unknown.status_code == 401
    assert text(known) == text(unknown)
    assert not browser.is_in


def test_E4_wrong_tries_on_page_and_api_share_one_limit(browser, anonymous, settings):
    settings.LOGIN_RATE = (3, 900)
    browser.sign_up()
    browser.send("/logout")
    wrong = {"email": EMAIL, "password": "wrong-horse-battery-9"}
    tries = [browser.sign_in(**wrong).status_code for _ in range(2)]
    tries.append(anonymous.post("/api/auth/login", wrong, content_type="application/json").status_code)
    assert tries == [401, 401, 401]
    assert browser.sign_in().status_code == 429


def test_sign_out_ends_the_session_and_only_by_post(browser):
    browser.sign_up()
    key = browser.client.cookies["sessionid"].value
    assert browser.open("/logout").status_code == 200
    assert browser.is_in
    assert browser.send("/logout")["Location"] == "/login"
    assert not browser.is_in
    assert not Session.objects.filter(session_key=key).exists()


def test_no_form_is_taken_without_its_token(browser):
    browser.sign_up()
    for path in ("/login", "/signup", "/logout", "/reset", "/verify", "/join", "/welcome", "/dashboard/keys",
                 "/dashboard/team", "/dashboard/account", "/dashboard/settings/password",
                 "/dashboard/settings/sessions"):  # fmt: skip
        assert browser.client.post(path, {}).status_code == 403, path


# -- mailed links -----------------------------------------------------------------------------------


def test_E5_opening_the_link_changes_nothing_and_its_button_verifies(browser, run_jobs):
    browser.sign_up()
    run_jobs()
    link = f"/verify?token={mailed('verify')}"
    assert browser.open(link).status_code == 200
    assert not User.objects.get().is_verified
    answer = Browser().send("/verify", link, token=mailed("verify"))
    assert "is yours" in text(answer)
    assert User.objects.get().is_verified
    assert EmailAddress.objects.get().verified, "allauth knows it too"
    again = Browser().send("/verify", link, token=mailed("verify"))
    assert again.status_code == 410
    assert "used already" in text(again)


def test_E_R10_an_ecosystem_address_is_ecosystem_by_the_page_too(db, run_jobs):
    browser = Browser()
    browser.sign_up(email="bia@ajuda.digital")
    run_jobs()
    browser.send("/verify", f"/verify?token={mailed('verify')}", token=mailed("verify"))
    assert "is on Ecosystem" in text(browser.open("/dashboard/usage"))


def test_a_reset_ends_sessions_and_tokens(browser, run_jobs):
    browser.sign_up()
    bearer = Client().post("/api/auth/login", {"email": EMAIL, "password": PASSWORD}, content_type="application/json")
    token = bearer.json()["token"]
    other = Browser()
    asked = other.send("/reset", email=EMAIL)
    assert asked.status_code == 200
    run_jobs()
    link = mailed("reset")
    weak = other.send("/reset", f"/reset?token={link}", token=link, password="short")
    assert weak.status_code == 400
    done = other.send("/reset", f"/reset?token={link}", token=link, password="new-staple-battery-7")
    assert "Your password is set" in text(done)
    assert not browser.is_in
    assert not other.is_in, "a reset signs nobody in"
    assert Client(headers={"Authorization": f"Bearer {token}"}).get("/api/auth/me").status_code == 401
    assert other.sign_in().status_code == 401
    assert other.sign_in(password="new-staple-battery-7").status_code == 302
    assert "password.changed" in events_of(EMAIL)


def test_reset_does_not_say_who_has_an_account(browser, run_jobs):
    browser.sign_up()
    run_jobs()
    mail.outbox.clear()
    known, unknown = (Browser().send("/reset", email=one) for one in (EMAIL, "eda@example.com"))
    assert known.content.replace(EMAIL.encode(), b"") == unknown.content.replace(b"eda@example.com", b"")
    run_jobs()
    assert [one.to for one in mail.outbox] == [[EMAIL]]


def test_staff_sign_in_where_everybody_does(browser, settings):
    settings.STAFF_MFA = False  # tests/console has it on
    answer = browser.client.get("/admin/login/?next=/admin/")
    assert answer["Location"] == "/login?next=%2Fadmin%2F"
    User.objects.create_superuser("staff@example.com", PASSWORD)
    assert browser.sign_in(email="staff@example.com", next="/admin/")["Location"] == "/admin/"
    assert browser.client.get("/admin/").status_code == 200
    person = Browser()
    person.sign_up()
    assert person.client.get("/admin/login/").status_code == 403


def test_keys_of_the_first_minute_are_digests(browser):
    browser.sign_up()
    key = shown_key(browser.open("/welcome"))
    with account_scope(memberships_of(User.objects.get())[0].account_id):
        assert key not in str(ApiKey.objects.values())
    assert key not in str([one.get_decoded() for one in Session.objects.all()])
