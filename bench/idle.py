"""What a pulse and a tick cost as idle accounts pile up; they must not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent

# Runs inside Django, on the installation that is being measured.
PROBE = """
import json, statistics, sys, time
from django.db import connection
from accounts.models import Account
from accounts.actions import register
from executor_one.kit import tenancy
from goals import loop
from goals.tasks import pulse
from goals.models import ExecutorState
from billing.models import Subscription

def fill(count):
    with tenancy.all_accounts(reason="bench"):
        have = Account.objects.count()
        with connection.cursor() as cursor:
            cursor.execute("SELECT max(number) FROM accounts_account")
            top = cursor.fetchone()[0] + 1_000_000
        new = [Account(name="idle", email="idle@example.com", number=top + n) for n in range(max(0, count - have))]
        Account.objects.bulk_create(new)
        Subscription.objects.bulk_create(Subscription(account_id=a.pk, plan_id="free") for a in new)
        ExecutorState.objects.bulk_create(ExecutorState(account_id=a.pk) for a in new)

def median_ms(call, rounds=200):
    for _ in range(20): call()
    samples = []
    for _ in range(rounds):
        began = time.perf_counter(); call(); samples.append(time.perf_counter() - began)
    return 1000 * statistics.median(samples)

busy, _ = register(email=f"tick-{time.time_ns()}@example.com", password="correct-horse-battery-9")
out = {}
for count in json.loads(sys.argv[1]):
    fill(count)
    out[count] = (median_ms(lambda: loop.tick(busy.pk)), median_ms(pulse))
print("RESULT" + json.dumps(out))
"""


def measure(environment: dict[str, str], counts: tuple[int, ...]) -> dict[str, Any]:
    """Medians in milliseconds of one account's tick and of one pulse, with so many idle accounts beside it."""
    script = "import sys, django; sys.argv = sys.argv[0:1] + sys.argv[1:]; django.setup()\n" + PROBE
    ran = subprocess.run(
        [sys.executable, "-c", script, json.dumps(counts)],
        cwd=ROOT, env={**environment, "DJANGO_SETTINGS_MODULE": "executor_one.settings"}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    if ran.returncode:
        raise SystemExit(ran.stderr)
    found = json.loads(ran.stdout.partition("RESULT")[2])
    rows: dict[str, Any] = {}
    for count in counts:
        tick, pulse = found[str(count)]
        rows[f"tick with {count:,} idle accounts, ms"] = tick
        rows[f"pulse with {count:,} idle accounts, ms"] = pulse
    first, last = found[str(counts[0])], found[str(counts[-1])]
    rows["tick cost, most idle accounts / none"] = last[0] / first[0]
    rows["pulse cost, most idle accounts / none"] = last[1] / first[1]
    return rows
