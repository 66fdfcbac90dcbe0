"""Who signed in and out, and which second factors came and went, stands in the account's events: once each."""

from __future__ import annotations

import time
from collections import Counter

import pytest
import time_machine
from django.test import Client

from accounts.models import Membership, User
from events.models import Event
from executor_one.kit.tenancy import account_scope, all_accounts
from tests.accounts.browser import EMAIL, PASSWORD, Browser
from tests.accounts.test_second_factors import FACTORS, code_now, recovery_codes, set_up_app, verified

LOGIN = {"email": EMAIL, "password": PASSWORD}
SESSIONS = "/dashboard/settings/sessions"


@pytest.fixture
def browser(db):
    made = Browser()
    made.sign_up()
    return made


def account_of(email):
    with all_accounts(reason="test"):
        return Membership.objects.get(user__email=email).account_id


def told(*families):
    """How many events there are of each type of these families, and who they are said to be of."""
    with all_accounts(reason="test"):
        found = [one for one in Event.objects.all() if one.type.startswith(families or ("session.",))]
    user = str(User.objects.get(email=EMAIL).pk)
    assert all((one.data["user"], one.actor) == (user, f"user:{user}") for one in found)
    return Counter(one.type for one in found)


def log_in_by_api():
    answer = Client().post("/api/auth/login", LOGIN, content_type="application/json")
    return answer.json()["token"]


@pytest.fixture
def later():
    """Half a minute later at each call: a code works once."""
    with time_machine.travel(time.time()) as clock:
        yield lambda: clock.shift(31)


def test_signing_up_in_and_out_at_the_dashboard_is_told_once_each(browser):
    assert told() == {"session.started": 1}
    browser.send("/logout")
    assert told() == {"session.started": 1, "session.ended": 1}
    assert browser.sign_in(password="wrong-horse-battery-9").status_code == 401
    assert told() == {"session.started": 1, "session.ended": 1}
    browser.sign_in()
    assert told() == {"session.started": 2, "session.ended": 1}


def test_who_signs_up_as_somebody_else_has_signed_out(browser):
    page = Browser().open("/signup")
    token = page.cookies["csrftoken"].value
    browser.client.cookies["csrftoken"] = token
    fields = {"email": "two@example.com", "password": PASSWORD, "csrfmiddlewaretoken": token}
    assert browser.client.post("/signup", fields).status_code == 302
    with account_scope(account_of(EMAIL)):
        assert Event.objects.filter(type="session.ended").count() == 1


def test_a_session_with_a_token_beside_its_cookie_ends_once(browser):
    both = Client()
    token = both.post("/api/auth/login", LOGIN, content_type="application/json").json()["token"]
    assert told() == {"session.started": 2}
    Client().post("/api/auth/logout", headers={"Authorization": f"Bearer {token}"})
    assert told() == {"session.started": 2, "session.ended": 1}
    both.post("/logout")
    assert told() == {"session.started": 2, "session.ended": 1}, "it had ended with its token"


def test_ending_one_session_and_all_others_is_told_for_each(browser):
    other = Browser()
    other.sign_in()
    row = browser.open(SESSIONS).context["sessions"]
    other_id = next(one.pk for one in row if one.session_key == other.client.session.session_key)
    browser.send(f"{SESSIONS}/{other_id}/end", SESSIONS)
    assert not other.is_in
    assert told()["session.ended"] == 1
    other.sign_in()
    Browser().sign_in()
    log_in_by_api()
    before = told()["session.started"]
    assert before == 5
    browser.send(SESSIONS)
    assert told() == {"session.started": 5, "session.ended": 4}
    browser.send(SESSIONS)
    assert told()["session.ended"] == 4, "there are no others any more"


def test_a_sign_in_is_told_after_the_second_factor_only(run_jobs, db, later):
    browser = verified(run_jobs)
    secret = set_up_app(browser)
    later()
    before = told()["session.started"]
    other = Browser()
    other.sign_in()
    assert told()["session.started"] == before
    other.send("/login/2fa", code=code_now(secret))
    assert told()["session.started"] == before + 1


def test_second_factors_that_come_and_go_are_told(run_jobs, db, later):
    browser = verified(run_jobs)
    set_up_app(browser)
    assert told("factor.") == {"factor.added": 2}, "the app, and the recovery codes that come with it"
    recovery_codes(browser)
    browser.send(f"{FACTORS}/recovery-codes/new")
    assert told("factor.") == {"factor.added": 3, "factor.removed": 1}
    browser.send(f"{FACTORS}/app/remove")
    assert told("factor.") == {"factor.added": 3, "factor.removed": 3}
    with all_accounts(reason="test"):
        kinds = [one.data["kind"] for one in Event.objects.filter(type__startswith="factor.").order_by("pk")]
    assert sorted(kinds[:2]) == ["recovery_codes", "totp"]
    assert kinds[2:4] == ["recovery_codes", "recovery_codes"]
    assert sorted(kinds[4:]) == ["recovery_codes", "totp"]
