"""Receivers of the tests, real sockets on loopback, and the steps of a courier one by one."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from django.conf import settings

from events.actions import event, publish
from executor_one.kit import tenancy
from tests.actuators.loopback import Site
from webhooks.claims import claim, due_accounts, hand_in, settle
from webhooks.sending import send
from webhooks.spreading import spread, with_endpoints
from webhooks.turns import Turn

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0


class Receiver(Site):
    """Answers 200 at /hook; what came is in `requests`."""

    def __init__(self, loop):
        super().__init__(loop)
        self.url = f"http://127.0.0.1:{self.port}/hook"
        self.say("/hook", 200, body=b"thanks")

    def ids(self):
        return [request.headers["webhook-id"] for request in self.requests]

    def events(self):
        return [json.loads(request.body) for request in self.requests]

    def hang(self, seconds=60):
        async def wait(request, writer):
            await asyncio.sleep(seconds)

        self.serve("/hook", wait)

    def until(self, number, seconds=PATIENCE):
        """Wait until so many requests came."""
        wait_for(lambda: len(self.requests) >= number, seconds)
        return self.requests


def wait_for(holds, seconds=PATIENCE):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def signed_by(secret, request):
    """The signature that this secret makes of a request."""
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def tell(account, *goals, type="goal.completed"):
    """Something happens to goals of an account."""
    with tenancy.account_scope(account):
        publish(*(event(type, {"goal": str(goal)}) for goal in goals))


def spread_all():
    """Every courier's look at what happened; how many deliveries it made."""
    made = 0
    for account in with_endpoints():
        while True:
            found = spread(account)
            made += found.made
            if not found.is_behind:
                break
    return made


def send_due():
    """Claim once and send what is due, one after the other; the outcomes."""
    outcomes = []
    for lease in claim_due():
        if lease.is_held or not lease.delivery:
            settle(lease, rest=lease.is_held)
            continue
        outcome = asyncio.run(send(lease.account, lease.url, lease.delivery, lease.secrets(), lease.text))
        hand_in(lease, outcome)
        outcomes.append(outcome)
    return outcomes


def claim_due(room=100, more=100):
    """The leases of what is due, of each account so many."""
    return claim([Turn(account, room, more) for account in due_accounts()])


class CourierProcess:
    """`manage.py courier` on the suite's database."""

    def __init__(self, urls, log, *ports):
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "REDIS_"))}
        environment = {
            **kept, "DATABASE_URL": urls.app_url, "OUTBOUND_EXCEPTIONS": "127.0.0.1/32",
            "SECRET_KEY": settings.SECRET_KEY,  # of this process, which has sealed the secrets
            "OUTBOUND_PORTS": ",".join(map(str, ports)),
        }  # fmt: skip
        self.log = log
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "courier", "--skip-checks"],
            cwd=ROOT, env=environment, stdout=log.open("ab"), stderr=subprocess.STDOUT,
        )  # fmt: skip

    def end(self, signum=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(signum)
        return self.process.wait(PATIENCE)
