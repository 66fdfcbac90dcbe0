"""Keys, team, usage, settings and sessions on the pages (E6-E10), and who sees them."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.test import Client
from django.utils import timezone

from accounts.actions import memberships_of
from accounts.models import Account, ApiKey, Membership, SessionToken, User
from billing.actions import set_plan
from events.models import Event
from executor_one.kit.tenancy import account_scope
from goals.models import Goal
from tests.accounts.browser import EMAIL, PASSWORD, Browser, mailed, shown_key, text

NEW = "new-staple-battery-7"
TEAM, KEYS, SETTINGS = "/dashboard/team", "/dashboard/keys", "/dashboard/settings"


def account_of(email):
    return memberships_of(User.objects.get(email=email))[0].account_id


@pytest.fixture
def browser(db):
    found = Browser()
    found.sign_up()
    with account_scope(account_of(EMAIL)):
        set_plan(Account.objects.get(), "enterprise", actor="test")
    return found


def joined(browser, run_jobs, role, email="bob@example.com"):
    """Somebody whom `browser` has invited, at their own browser, looking at the account that they joined."""
    browser.send(TEAM, email=email, role=role)
    run_jobs()
    link = mailed("join")
    other = Browser()
    other.sign_up(email=email)
    answer = other.send("/join", f"/join?token={link}", token=link)
    assert answer["Location"] == "/dashboard"
    return other


# -- keys -------------------------------------------------------------------------------------------


def test_E8_E9_E10_a_key_is_made_shown_once_listed_and_revoked(browser, client_of):
    made = browser.send(KEYS, name="Builder", role="operator", expires="30", scopes=["goals.view", "account.view"])
    assert (made.status_code, made["Location"]) == (302, KEYS)
    page = browser.open(KEYS)
    key = shown_key(page)
    assert "Builder" in text(page)
    assert "account.view, goals.view" in text(page) or "goals.view, account.view" in text(page)
    assert shown_key(browser.open(KEYS)) == ""
    assert client_of(key).get("/api/auth/account").status_code == 200
    with account_scope(account_of(EMAIL)):
        row = ApiKey.objects.get(name="Builder")
    assert timedelta(days=29) < row.expires_at - timezone.now() < timedelta(days=31)
    browser.send(f"{KEYS}/{row.pk}/revoke", KEYS)
    assert client_of(key).get("/api/auth/account").status_code == 401
    assert "Builder" not in text(browser.open(KEYS))


def test_E8_a_rotated_key_goes_on_for_its_grace(browser, client_of):
    browser.send(KEYS, name="CI", role="operator")
    old = shown_key(browser.open(KEYS))
    with account_scope(account_of(EMAIL)):
        row = ApiKey.objects.get(name="CI")
    browser.send(f"{KEYS}/{row.pk}/rotate", KEYS, grace="1")
    new = shown_key(browser.open(KEYS))
    assert new not in ("", old)
    assert [client_of(one).get("/api/auth/account").status_code for one in (old, new)] == [200, 200]
    with time_machine.travel(timezone.now() + timedelta(hours=1, minutes=1)):
        assert [client_of(one).get("/api/auth/account").status_code for one in (old, new)] == [401, 200]


def test_E_R7_the_ceiling_is_said_beside_the_form(browser):
    with account_scope(account_of(EMAIL)):
        set_plan(Account.objects.get(), "free", actor="test")
    answer = browser.send(KEYS, name="CI", role="operator")
    assert answer.status_code == 402
    assert "Pro lifts it" in text(answer)


def test_foreign_keys_members_and_invitations_answer_like_ones_that_never_were(browser, run_jobs):
    other = Browser()
    other.sign_up(email="eve@example.com")
    other.send(TEAM, email="asked@example.com", role="viewer")
    with account_scope(account_of("eve@example.com")):
        key = ApiKey.objects.get().pk
        member = Membership.objects.get().user_id
    absent = "01928d5e-0000-7000-8000-000000000000"
    for path, theirs, never in (
        (KEYS + "/{}/revoke", key, "key_0"), (KEYS + "/{}/rotate", key, "key_0"),
        (TEAM + "/members/{}/role", member, absent), (TEAM + "/members/{}/remove", member, absent),
    ):  # fmt: skip
        answers = [browser.send(path.format(one), TEAM, role="viewer") for one in (theirs, never)]
        assert [one.status_code for one in answers] == [404, 404], path
    assert other.is_in
    theirs = account_of("eve@example.com")
    switched = [browser.send("/dashboard/account", TEAM, account=one) for one in (theirs, "acc_0")]
    assert [one.status_code for one in switched] == [404, 404]
    assert browser.client.get("/api/auth/account").json()["email"] == EMAIL


# -- team -------------------------------------------------------------------------------------------


def test_an_invited_person_joins_and_switches(browser, run_jobs):
    bob = joined(browser, run_jobs, "viewer")
    theirs = account_of(EMAIL)
    assert bob.client.get("/api/auth/account").json()["id"] == theirs, "the API honours the chosen account"
    own = account_of("bob@example.com")
    page = bob.open(TEAM)
    assert f'value="{own}"' in page.content.decode()
    bob.send("/dashboard/account", TEAM, account=own)
    assert bob.client.get("/api/auth/account").json()["id"] == own
    with account_scope(theirs):
        types = list(Event.objects.order_by("id").values_list("type", flat=True))
    assert types[-2:] == ["invitation.created", "member.joined"]


def test_a_form_of_an_account_that_one_was_removed_from_does_nothing_in_another(browser, run_jobs):
    bob = joined(browser, run_jobs, "operator")
    form = bob.open("/dashboard/goals/new").content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)">', form))
    with account_scope(account_of(EMAIL)):
        Membership.objects.filter(user__email="bob@example.com").delete()
    stated = {"description": "x", "steps": "true", "priority": "normal", **hidden}
    assert stated["of_account"] == account_of(EMAIL)
    answer = bob.client.post("/dashboard/goals/new", stated)
    assert answer.status_code == 403
    assert "not in the account any more" in answer.content.decode()
    with account_scope(account_of("bob@example.com")):
        assert not Goal.objects.exists()
    bob.open("/dashboard")  # in another tab, which tells them
    for partial in ({}, {"HX-Request": "true"}):
        answer = bob.client.post("/dashboard/goals/new", stated, headers=partial)
        assert (answer.status_code, "of another account" in answer.content.decode()) == (409, True)
    with account_scope(account_of("bob@example.com")):
        assert not Goal.objects.exists()


@pytest.mark.parametrize("partial", [False, True])
def test_who_was_removed_is_told_where_they_are_now(browser, run_jobs, partial):
    bob = joined(browser, run_jobs, "operator")
    bob.open("/dashboard/goals")
    with account_scope(account_of(EMAIL)):
        Membership.objects.filter(user__email="bob@example.com").delete()
    assert bob.client.get("/api/auth/account").status_code == 403
    if partial:
        answer = bob.client.get("/dashboard/goals", headers={"HX-Request": "true"})
        assert answer.headers["HX-Redirect"] == "/dashboard"
    assert "not in the account any more" in bob.open("/dashboard").content.decode()
    assert "not in the account any more" not in bob.open("/dashboard").content.decode()
    assert bob.client.get("/api/auth/account").json()["id"] == account_of("bob@example.com")


def test_roles_bind_on_every_page(browser, run_jobs):
    viewer = joined(browser, run_jobs, "viewer")
    assert viewer.open(KEYS).status_code == 403
    assert "keys" not in viewer.open(TEAM).content.decode().split("<main")[0].lower().replace("keyboard", "")
    for path in ("/dashboard/usage", TEAM, SETTINGS, f"{SETTINGS}/sessions", f"{SETTINGS}/second-factors"):
        assert viewer.open(path).status_code == 200, path
    owner = User.objects.get(email=EMAIL).pk
    for path, fields in ((TEAM, {"email": "x@example.com", "role": "viewer"}), (KEYS, {"name": "x", "role": "viewer"}),
                         (f"{TEAM}/members/{owner}/remove", {}), (f"{TEAM}/members/{owner}/role", {"role": "viewer"}),
                         (f"{SETTINGS}/account", {"name": "mine"}), ("/welcome", {})):  # fmt: skip
        assert viewer.send(path, SETTINGS, **fields).status_code == 403, path


def test_an_admin_reaches_no_owner(browser, run_jobs):
    admin = joined(browser, run_jobs, "admin")
    owner = User.objects.get(email=EMAIL).pk
    assert admin.send(f"{TEAM}/members/{owner}/role", TEAM, role="viewer").status_code == 403
    assert admin.send(f"{TEAM}/members/{owner}/remove", TEAM).status_code == 403
    answer = admin.send(TEAM, email="x@example.com", role="owner")
    assert answer.status_code == 400
    with account_scope(account_of(EMAIL)):
        assert Membership.objects.get(user_id=owner).role == "owner"


def test_the_last_owner_stays(browser, run_jobs):
    me = User.objects.get(email=EMAIL).pk
    answers = [browser.send(f"{TEAM}/leave", TEAM), browser.send(f"{TEAM}/members/{me}/role", TEAM, role="viewer")]
    assert [one.status_code for one in answers] == [409, 409]
    joined(browser, run_jobs, "owner")
    assert browser.send(f"{TEAM}/members/{me}/role", TEAM, role="viewer").status_code == 302


def test_who_is_removed_loses_the_account_at_once(browser, run_jobs):
    bob = joined(browser, run_jobs, "developer")
    theirs = account_of(EMAIL)
    browser.send(f"{TEAM}/members/{User.objects.get(email='bob@example.com').pk}/remove", TEAM)
    assert bob.client.get("/api/auth/account").status_code == 403
    bob.open("/dashboard")
    assert bob.client.get("/api/auth/account").json()["id"] != theirs


def test_an_invitation_is_for_one_address_once_and_can_be_revoked(browser, run_jobs):
    browser.send(TEAM, email="bob@example.com", role="viewer")
    run_jobs()
    link = mailed("join")
    other = Browser()
    other.sign_up(email="carol@example.com")
    assert other.send("/join", SETTINGS, token=link).status_code == 403
    assert browser.send(TEAM, email="bob@example.com", role="viewer").status_code == 409
    page = browser.open(TEAM).content.decode()
    revoke = page.split("/dashboard/team/invitations/")[1].split('"')[0]
    browser.send(f"{TEAM}/invitations/{revoke}", TEAM)
    assert Browser().open(f"/join?token={link}").status_code == 410
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        assert Browser().open("/join?token=invite_x").status_code == 400


# -- usage, settings, sessions ----------------------------------------------------------------------


def test_E7_usage_names_the_plan_that_lifts_a_limit(db):
    browser = Browser()
    browser.sign_up()
    page = text(browser.open("/dashboard/usage"))
    assert "is on Free" in page
    assert "0 / 10" in page
    assert "1 / 1" in page
    assert "Pro allows more" in page


def test_name_account_and_theme_are_saved(browser):
    browser.send(f"{SETTINGS}/profile", SETTINGS, name="Ada L.", theme="dark")
    assert 'data-theme="dark"' in browser.open(SETTINGS).content.decode()
    browser.send(f"{SETTINGS}/account", SETTINGS, name="Engines")
    assert browser.client.get("/api/auth/account").json()["name"] == "Engines"
    assert browser.send(f"{SETTINGS}/profile", SETTINGS, name="x", theme="pink").status_code == 400


def test_a_changed_password_ends_every_other_session(browser):
    other = Browser()
    other.sign_in()
    token = Client().post("/api/auth/login", {"email": EMAIL, "password": PASSWORD}, content_type="application/json")
    wrong = browser.send(f"{SETTINGS}/password", SETTINGS, current="wrong-horse-battery-9", password=NEW)
    assert wrong.status_code == 400
    assert "This is not your password." in text(wrong)
    weak = browser.send(f"{SETTINGS}/password", SETTINGS, current=PASSWORD, password="short")
    assert weak.status_code == 400
    assert browser.send(f"{SETTINGS}/password", SETTINGS, current=PASSWORD, password=NEW).status_code == 302
    assert browser.is_in
    assert not other.is_in
    bearer = Client(headers={"Authorization": f"Bearer {token.json()['token']}"})
    assert bearer.get("/api/auth/me").status_code == 401
    with account_scope(account_of(EMAIL)):
        assert Event.objects.filter(type="password.changed").count() == 1


def test_wrong_current_passwords_are_counted(browser, settings):
    settings.LOGIN_RATE = (2, 900)
    for _ in range(2):
        browser.send(f"{SETTINGS}/password", SETTINGS, current="wrong-horse-battery-9", password=NEW)
    answer = browser.send(f"{SETTINGS}/password", SETTINGS, current=PASSWORD, password=NEW)
    assert "Too many tries" in text(answer)
    assert User.objects.get().check_password(PASSWORD)


def test_a_new_address_counts_once_its_link_was_followed(browser, run_jobs):
    browser.send(f"{SETTINGS}/email", SETTINGS, email="ada@new.example.com", current=PASSWORD)
    run_jobs()
    assert User.objects.get().email == EMAIL
    assert "A link is with ada@new.example.com" in text(browser.open(SETTINGS))
    link = mailed("verify")
    browser.send("/verify", f"/verify?token={link}", token=link)
    user = User.objects.get()
    assert (user.email, user.is_verified) == ("ada@new.example.com", True)
    assert Browser().sign_in(email="ada@new.example.com")["Location"] == "/dashboard"
    assert Browser().sign_in().status_code == 401


def test_the_address_of_somebody_else_is_neither_told_nor_taken(browser, run_jobs):
    Browser().sign_up(email="eve@example.com")
    run_jobs()
    answer = browser.send(f"{SETTINGS}/email", SETTINGS, email="eve@example.com", current=PASSWORD)
    assert answer.status_code == 302
    assert run_jobs() == 0


def test_sessions_are_listed_and_ended(browser):
    second = Browser()
    second.sign_in()
    login = Client().post("/api/auth/login", {"email": EMAIL, "password": PASSWORD}, content_type="application/json")
    bearer = Client(headers={"Authorization": f"Bearer {login.json()['token']}"})
    page = browser.open(f"{SETTINGS}/sessions")
    assert page.content.decode().count("/end") == 3
    row = UserSession.objects.get(session_key=second.client.cookies["sessionid"].value)
    browser.send(f"{SETTINGS}/sessions/{row.pk}/end", f"{SETTINGS}/sessions")
    assert not second.is_in
    assert browser.send(f"{SETTINGS}/sessions").status_code == 302
    assert bearer.get("/api/auth/me").status_code == 401
    assert browser.is_in
    with account_scope(account_of(EMAIL)):
        assert not SessionToken.objects.filter(revoked_at=None).exists()


def test_the_session_of_somebody_else_is_not_there(browser):
    other = Browser()
    other.sign_up(email="eve@example.com")
    row = UserSession.objects.get(user__email="eve@example.com")
    page = f"{SETTINGS}/sessions"
    answers = [browser.send(f"{page}/{one}/end", page) for one in (row.pk, row.pk + 1000)]
    assert [one.status_code for one in answers] == [404, 404]
    assert other.is_in


def test_sign_out_by_the_api_ends_the_token_also_after_a_switch(browser, run_jobs):
    joined(browser, run_jobs, "viewer")
    client = Client()
    body = {"email": "bob@example.com", "password": PASSWORD}
    token = client.post("/api/auth/login", body, content_type="application/json").json()["token"]
    session = client.session
    session["account"] = account_of(EMAIL)
    session.save()
    assert client.get("/api/auth/account").json()["id"] == account_of(EMAIL)
    assert client.post("/api/auth/logout").status_code == 204
    assert Client(headers={"Authorization": f"Bearer {token}"}).get("/api/auth/me").status_code == 401
