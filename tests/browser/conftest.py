"""A real installation and a real browser: Debian's Chromium, driven by Playwright.

Every page that a test opens is watched: an error on its console, a violation of its content policy or a request to
another host fails the test. BROWSER=required (CI) makes a missing Chromium a failure instead of a skip.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.people import Person
from tests.live.conftest import Stack
from tests.stripe_fake import FakeStripe

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
MISSING = "Chromium is missing, so NO page was looked at: apt-get install chromium"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("BROWSER") == "required":
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def stripe() -> Iterator[FakeStripe]:
    """The Stripe that the installation sells by."""
    with FakeStripe() as fake:
        yield fake


@pytest.fixture(scope="session")
def installation(chromium: Browser, stripe: FakeStripe) -> Iterator[Stack]:
    """One installation for all pages."""
    made = Stack(
        STRIPE_API_BASE=stripe.url, STRIPE_SECRET_KEY=stripe.api_key, STRIPE_WEBHOOK_SECRET=stripe.webhook_secret
    )
    stripe.postman.address = f"{made.url}/api/billing/webhook"
    try:
        made.until("healthy")
        yield made
    finally:
        made.destroy()


class Watched:
    """What went wrong on the pages of one context."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.address, self.faults = address, []  # type: tuple[str, list[str]]
        self.forgiven: list[str] = []
        self.allowed = ["data:", "blob:", "about:", address, address.replace("http", "ws", 1)]
        context.on("page", self._watch)
        context.on("weberror", lambda error: self.faults.append(f"error: {error.error}"))

    def _watch(self, page: Page) -> None:
        page.on("console", self._hear)
        page.on("request", lambda request: self._see(request.url))

    def _hear(self, message: Any) -> None:
        if message.type == "error" and not any(words in message.text for words in self.forgiven):
            self.faults.append(f"console on {message.page.url if message.page else '?'}: {message.text}")

    def _see(self, url: str) -> None:
        if not url.startswith(tuple(self.allowed)):
            self.faults.append(f"request to another host: {url}")

    def forgive(self, words: str) -> None:
        """An error that the test provokes on purpose: a console message with these words is none."""
        self.forgiven.append(words)


@pytest.fixture
def new_context(chromium: Browser, installation: Stack) -> Iterator[Callable[..., BrowserContext]]:
    """`new_context(color_scheme="dark")`: a fresh browser profile; its faults fail the test at the end."""
    opened: list[tuple[BrowserContext, Watched]] = []

    def make(**options: Any) -> BrowserContext:
        options = {"base_url": installation.url, **options}
        context = chromium.new_context(**options)
        context.set_default_timeout(15_000)
        watched = Watched(context, options["base_url"])
        context.forgive = watched.forgive  # type: ignore[attr-defined]
        context.allow = watched.allowed.append  # type: ignore[attr-defined]
        opened.append((context, watched))
        return context

    yield make
    faults = [fault for _, watched in opened for fault in watched.faults]
    for context, _ in opened:
        context.close()
    assert not faults


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    """A page of somebody who is not signed in."""
    return new_context().new_page()


@pytest.fixture
def new_person(installation: Stack, new_context: Callable[..., BrowserContext]) -> Callable[..., Person]:
    """`new_person("developer@example.com", plan="pro")`: signed up by the API, signed in on a page of their own."""

    def make(email: str, *, plan: str = "enterprise", **options: Any) -> Person:
        client = installation.member(email, plan)
        context = new_context(**options)
        person = Person(email, client, context.new_page())
        person.sign_in()
        return person

    return make
