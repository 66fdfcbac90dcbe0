"""docs/howto/take-payments.md as printed, up to the port: the stand-in for Stripe, an installation that sells by it."""

import json
import re
import signal
import socket
import subprocess
import sys

import pytest

from executor_one import environment
from tests.live.pages import ROOT, Page, like, printed_json

pytestmark = [pytest.mark.live, pytest.mark.timeout(180)]
HOWTO = "docs/howto/take-payments.md"


@pytest.fixture
def fake():
    """The stand-in, started as the Makefile does; on a port of its own, what it printed."""
    asked = subprocess.run(["make", "-n", "stripe-fake"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "-m tests.stripe_fake" in asked
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    running = subprocess.Popen(
        [sys.executable, "-m", "tests.stripe_fake", "--port", port], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    said = []
    while not said or not said[-1].startswith("Webhooks go to"):
        said.append(running.stdout.readline())
    yield "".join(said).replace(port, "12111"), port
    running.send_signal(signal.SIGINT)
    running.wait(20)


def test_taking_payments(fake, shared_stack):
    page = Page(HOWTO, {})
    said, port = fake
    page.take("make stripe-fake")
    *exports, run = page.take("export STRIPE_API_BASE").text.splitlines()
    assert run.strip() == "make run"
    assert [line.strip() for line in exports] == re.findall("^export .*", said, re.MULTILINE)
    settings = dict(line.strip().removeprefix("export ").split("=", 1) for line in exports)
    stack = shared_stack(**settings | {"STRIPE_API_BASE": f"http://127.0.0.1:{port}"})
    names = [line.split("=")[0].strip() for line in page.take("STRIPE_SECRET_KEY=sk_live_").text.splitlines()]
    assert names == ["STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"]
    assert environment.stripe_key("sk_live_abc")
    command = page.take(".venv/bin/python manage.py stripe_prices").text.split()
    assert stack.manage(*command[2:]).stdout.splitlines() == [
        "enterprise: 299.00 USD a month", "pro: 29.00 USD a month",
        "calls-100: 5.00 USD once, for 100 model calls", "calls-2000: 60.00 USD once, for 2000 model calls",
        "calls-500: 20.00 USD once, for 500 model calls",
    ]  # fmt: skip
    member = stack.member("howto@example.com", "free")
    answer = member.post("/api/billing/checkout", json={"tier": "pro"})
    assert answer.json()["url"].startswith(f"http://127.0.0.1:{port}/")
    buy_calls(page, stack.member("calls@example.com", "pro"))


def buy_calls(page, member):
    """What the page asks with curl, and what it says is answered."""
    asked = page.take("curl -s http://127.0.0.1:8000/api/billing/create-payment-intent").text
    body = json.loads(re.search(r"-d '(.*)'", asked)[1])
    printed = printed_json(page.take('{"clientSecret"').text)
    answer = member.post("/api/billing/create-payment-intent", json=body)
    assert like(printed, answer.json()), answer.text
    assert member.post("/api/billing/create-payment-intent", json=body).json() == answer.json()
    other = member.post("/api/billing/create-payment-intent", json=body | {"packageSlug": "calls-100"})
    assert other.status_code == 409
