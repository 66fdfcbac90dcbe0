"""`python -m tests.stripe_fake --port 12111 --webhook http://127.0.0.1:8000/api/billing/webhook`."""

from __future__ import annotations

import argparse
import signal
import threading

from tests.stripe_fake.control import FakeStripe

# The same at every start, so that executor.one need not be started anew with it.
KEY, SECRET = "sk_test_0fake0stripe0of0executor0one0", "whsec_fake0stripe0of0executor0one0"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.stripe_fake", description=__doc__)
    parser.add_argument("--port", type=int, default=12111)
    parser.add_argument("--webhook", default="http://127.0.0.1:8000/api/billing/webhook")
    parser.add_argument("--key", default=KEY, help="sk_test_... or sk_live_..., which decides the mode")
    parser.add_argument("--secret", default=SECRET, help="what webhooks are signed with")
    given = parser.parse_args()
    with FakeStripe(webhook=given.webhook, api_key=given.key, webhook_secret=given.secret, port=given.port) as fake:
        print(f"A fake Stripe: {fake.url}/ in a browser. Ctrl-C stops it. Start executor.one with", end="\n\n")
        print(f"export STRIPE_API_BASE={fake.url}")
        print(f"export STRIPE_SECRET_KEY={fake.api_key}")
        print(f"export STRIPE_WEBHOOK_SECRET={fake.webhook_secret}", end="\n\n")
        print(f"Webhooks go to {given.webhook}", flush=True)
        stopped = threading.Event()
        for one in (signal.SIGINT, signal.SIGTERM):  # also where a shell started it deaf to Ctrl-C
            signal.signal(one, lambda *_: stopped.set())
        stopped.wait()


if __name__ == "__main__":
    main()
