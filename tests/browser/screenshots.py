"""Takes the pictures of docs/screenshots (`make screenshots`): a real installation in light, in dark and on a phone."""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.people import Person
from tests.live.conftest import ROOT, Stack, ended
from tests.stripe_fake import FakeStripe

FOLDER = ROOT / "docs" / "screenshots"
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
}
EMAIL = "dana@example.com"
BUILD = (
    "for i in $(seq 1 400); do printf '\\033[32m  ok\\033[0m module %s\\n' $i; sleep 0.3; done",
    "echo ready > out/report.txt",
)


def fill(person: Person) -> dict[str, str]:
    """An account that has been at work: goals of every kind, memories, corrections. Answers what to show."""
    api = person.api
    for description, *steps in (
        ("Build the frontend", "echo installing; sleep 1", "echo building", "cat missing.txt || true"),
        ("Write the weekly report", "mkdir -p notes", "echo done > reports/week.txt", "cat reports/week.txt"),
        ("Check the links", "echo 128 links, none broken"),
        ("Publish the site", "echo uploading; sleep 1", "echo no credentials >&2; exit 3"),
        ("Write the weekly report", "mkdir -p notes", "echo done > reports/week.txt", "cat reports/week.txt"),
    ):
        ended(api, person.state_goal(*steps, description=description))
    for key, value, tags, importance in (
        ("nginx-config", {"upstream": "app.internal:3000", "ssl": True}, ["infra", "nginx"], 0.9),
        ("deploy/last", {"version": "2.4.1", "by": "dana", "at": "2026-11-27T16:20:00Z"}, ["deploy"], 0.6),
        ("style/dates", "ISO 8601, always UTC", ["style"], 0.4),
        ("db-credentials", {"host": "db.internal", "port": 5432}, ["infra", "secrets"], 1.0),
    ):
        api.post("/api/memory", json={"key": key, "value": value, "tags": tags, "importance": importance})
    api.post("/api/memory/nginx-config/crystallize")
    healed = person.state_goal(
        "mkdir build && echo sources",
        "echo compiled > dist/app.js",
        "wc -c dist/app.js",
        description="Build the bundle",
    )
    ended(api, healed)
    running = person.state_goal(*BUILD, description="Compile and test every module")
    time.sleep(6)
    return {
        "overview": "/dashboard", "goals": "/dashboard/goals", "running": f"/dashboard/goals/{running}",
        "healed": f"/dashboard/goals/{healed}?task=1", "new-goal": "/dashboard/goals/new",
        "memory": "/dashboard/memory?q=nginx", "corrections": "/dashboard/corrections", "usage": "/dashboard/usage",
        "developers": "/dev", "billing": "/dashboard/billing", "console": "/admin/",
    }  # fmt: skip


def take(page: Page, name: str, address: str, look: str) -> None:
    page.goto(address)
    if name == "new-goal":
        page.locator("#id_description").fill("Write the weekly report")
        page.locator("#id_steps").fill("mkdir -p notes\necho done > reports/week.txt\ncat reports/week.txt")
    page.wait_for_timeout(2500)
    page.screenshot(path=FOLDER / f"{name}-{look}.png")


def buy(person: Person, stripe: FakeStripe) -> None:
    """Pro, paid at the stand-in for Stripe."""
    assert person.api.post("/api/billing/checkout", json={"tier": "pro"}).status_code == 200
    stripe.pay(stripe.all("checkout.session")[0]["id"])
    assert stripe.settle()


def take_all(browser: Browser, stack: Stack, stripe: FakeStripe) -> None:
    person = Person(EMAIL, stack.member(EMAIL, "free"), None)
    buy(person, stripe)
    stack.manage("make_staff", EMAIL, "owner")
    shown = fill(person)
    for look, options in LOOKS.items():
        context = browser.new_context(base_url=stack.url, device_scale_factor=1, **options)
        page = context.new_page()
        take(page, "front-page", "/", look)
        Person(EMAIL, person.api, page).sign_in()
        for name, address in shown.items():
            take(page, name, address, look)
        context.close()


def main() -> None:
    chromium = shutil.which("chromium") or sys.exit("chromium is missing")
    FOLDER.mkdir(exist_ok=True)
    stripe = FakeStripe()
    stack = Stack(
        STRIPE_API_BASE=stripe.url, STRIPE_SECRET_KEY=stripe.api_key, STRIPE_WEBHOOK_SECRET=stripe.webhook_secret,
        STAFF_MFA="off",
    )  # fmt: skip
    stripe.postman.address = f"{stack.url}/api/billing/webhook"
    try:
        stack.until("healthy", seconds=180)
        stack.manage("stripe_prices")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=str(chromium), args=["--no-sandbox"])
            take_all(browser, stack, stripe)
            browser.close()
    finally:
        stack.destroy()
        stripe.close()
    for picture in sorted(Path(FOLDER).glob("*.png")):
        print(picture.relative_to(ROOT), picture.stat().st_size)


if __name__ == "__main__":
    main()
