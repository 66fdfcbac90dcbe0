"""Second factors as people use them: an authenticator app, recovery codes, and passkeys of a virtual authenticator."""

from __future__ import annotations

import base64
import hmac
import re
import struct
import time
from collections.abc import Callable
from secrets import token_hex
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.people import PASSWORD, Person
from tests.live.conftest import Stack

pytestmark = [pytest.mark.live, pytest.mark.timeout(180)]

FACTORS = "/dashboard/settings/second-factors"
STEP = 30  # seconds that a code is shown
DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


def digits(secret: str, ahead: int = 0) -> str:
    """What an authenticator app shows (RFC 6238), `ahead` steps from now: the server takes no code twice."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    mac = hmac.digest(key, struct.pack(">Q", int(time.time()) // STEP + ahead), "sha1")
    at = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


@pytest.fixture
def person(installation: Stack, new_context: Callable[..., Any]) -> Person:
    """Somebody who is signed in at localhost: browsers take passkeys for names only, never for an IP address."""
    email = f"{token_hex(4)}@example.com"
    context = new_context(base_url=installation.url.replace("127.0.0.1", "localhost"))
    made = Person(email, installation.member(email, "free"), context.new_page())
    made.sign_in()
    verify(made, installation)
    return made


def verify(person: Person, installation: Stack) -> None:
    """Follow the mailed link: second factors are for addresses that are proven."""
    deadline = time.monotonic() + 30
    while not (mails := [one for one in mailed(installation) if f"To: {person.email}" in one]):
        assert time.monotonic() < deadline, "no mail"
        time.sleep(0.1)
    found = re.search(r"/verify\?token=\S+", mails[-1])
    assert found
    person.page.goto(found[0])
    person.page.get_by_role("button", name="Yes, it is mine").click()
    expect(person.page.get_by_text(person.email)).to_be_visible()


def mailed(installation: Stack) -> list[str]:
    return [one.read_text() for one in (installation.base / "data" / "mail").glob("*.log")]


def change(page: Page, link: str) -> None:
    """Follow a link of the page of factors; who was not asked lately is asked for the password first."""
    page.goto(FACTORS)
    page.get_by_role("link", name=link).click()
    page.wait_for_url(lambda url: not url.endswith(FACTORS))
    if "/again" in page.url:
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Go on").click()
        page.wait_for_url(lambda url: "/again" not in url)


def turn_on_the_app(page: Page) -> str:
    """The secret of a new authenticator app."""
    change(page, "Set up")
    secret = page.locator("[data-code]").inner_text().strip()
    page.get_by_label("code").fill(digits(secret))
    page.get_by_role("button", name="Turn it on").click()
    page.wait_for_url("**/recovery-codes")
    return secret


def sign_out(page: Page) -> None:
    page.goto("/dashboard")
    page.get_by_role("button", name="Sign out").first.click()
    page.wait_for_url("**/login")


def give_password(person: Person) -> None:
    """The first step of the sign-in of somebody who has a second factor."""
    page = person.page
    page.goto("/login")
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/login/2fa*")


def give_code(page: Page, code: str) -> None:
    page.get_by_label("code").fill(code)
    page.get_by_role("button", name="Sign in", exact=True).click()


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
