"""Second factors as people use them: an authenticator app, recovery codes, and passkeys of a virtual authenticator."""

from __future__ import annotations

from collections.abc import Callable
from secrets import token_hex
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.factors import (
    FACTORS,
    change,
    digits,
    give_code,
    give_password,
    sign_out,
    turn_on_the_app,
    verify,
)
from tests.browser.people import Person
from tests.live.conftest import Stack

pytestmark = [pytest.mark.live, pytest.mark.timeout(180)]

DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture
def person(installation: Stack, new_context: Callable[..., Any]) -> Person:
    """Somebody who is signed in at localhost: browsers take passkeys for names only, never for an IP address."""
    email = f"{token_hex(4)}@example.com"
    context = new_context(base_url=installation.url.replace("127.0.0.1", "localhost"))
    made = Person(email, installation.member(email, "free"), context.new_page())
    made.sign_in()
    verify(made, installation)
    return made


def test_an_authenticator_app_is_asked_for_at_the_next_sign_in(person: Person) -> None:
    page = person.page
    secret = turn_on_the_app(page)
    sign_out(page)
    give_password(person)
    page.goto("/dashboard")
    page.wait_for_url("**/login*")  # the password alone opens nothing
    give_password(person)
    expect(page.get_by_role("button", name="Use a passkey")).to_have_count(0)
    page.context.forgive("400")  # type: ignore[attr-defined]
    give_code(page, "000000")
    expect(page.locator("#id_code_error")).to_be_visible()
    give_code(page, digits(secret, ahead=1))
    page.wait_for_url("**/dashboard")
    change(page, "Remove")
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_role("link", name="Set up")).to_be_visible()
    sign_out(page)
    person.sign_in()


def test_a_recovery_code_signs_in_once(person: Person) -> None:
    page = person.page
    turn_on_the_app(page)
    code = page.locator("[data-recovery-codes]").inner_text().split()[0]
    sign_out(page)
    give_password(person)
    give_code(page, code)
    page.wait_for_url("**/dashboard")
    change(page, "See them")
    assert code not in page.locator("[data-recovery-codes]").inner_text()
    sign_out(page)
    give_password(person)
    give_code(page, code)
    expect(page.locator("#id_code_error")).to_be_visible()
    page.goto("/dashboard")
    page.wait_for_url("**/login*")


@pytest.fixture
def device(person: Person) -> CDPSession:
    """Chromium's own authenticator in the place of a fingerprint reader: it always agrees."""
    session = person.page.context.new_cdp_session(person.page)
    session.send("WebAuthn.enable")
    answer = session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    session.authenticator = answer["authenticatorId"]  # type: ignore[attr-defined]
    return session


def add_passkey(page: Page, *, passwordless: bool) -> None:
    change(page, "Add a passkey")
    page.get_by_label("Name").fill("Laptop")
    page.locator("[name=passwordless]").set_checked(passwordless)
    page.get_by_role("button", name="Add it").click()
    page.wait_for_url(lambda url: not url.endswith("/add"))


def test_a_passkey_signs_in_without_the_password_until_it_is_removed(person: Person, device: CDPSession) -> None:
    page = person.page
    add_passkey(page, passwordless=True)
    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/dashboard")
    change(page, "Remove")
    expect(page.get_by_text("Laptop")).to_be_visible()
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("Laptop")).to_have_count(0)
    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("status")).to_contain_text("This passkey was not accepted.")
    person.sign_in()


def test_a_passkey_is_the_second_factor_beside_the_password(person: Person, device: CDPSession) -> None:
    page = person.page
    add_passkey(page, passwordless=False)
    sign_out(page)
    give_password(person)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/dashboard")
    page.goto(f"{FACTORS}/app")
    page.get_by_role("link", name="Use a security key").click()  # in the place of the password once more
    page.get_by_role("button", name="Use the passkey").click()
    expect(page.get_by_role("button", name="Turn it on")).to_be_visible()


def test_a_passkey_that_is_called_off_changes_nothing(person: Person, device: CDPSession) -> None:
    page, name = person.page, {"authenticatorId": device.authenticator}  # type: ignore[attr-defined]
    device.send("WebAuthn.setUserVerified", {**name, "isUserVerified": False})
    change(page, "Add a passkey")
    page.get_by_label("Name").fill("Laptop")
    page.locator("[name=passwordless]").check()
    page.get_by_role("button", name="Add it").click()
    expect(page.locator("[data-passkey-error]")).to_contain_text("called off")
    expect(page.get_by_role("button", name="Add it")).to_be_enabled()
    page.goto(FACTORS)
    expect(page.get_by_text("Laptop")).to_have_count(0)
