"""What people do with their second factors."""

from __future__ import annotations

import base64
import hmac
import re
import struct
import time

from playwright.sync_api import Page, expect

from tests.browser.people import PASSWORD, Person
from tests.live.conftest import Stack

FACTORS = "/dashboard/settings/second-factors"
STEP = 30  # seconds that a code is shown


def digits(secret: str, ahead: int = 0) -> str:
    """What an authenticator app shows (RFC 6238), `ahead` steps from now: the server takes no code twice."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    mac = hmac.digest(key, struct.pack(">Q", int(time.time()) // STEP + ahead), "sha1")
    at = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


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
