"""A log with signed heads, the two programs that verify it, and somebody who owns the tables."""

import json
import subprocess
import sys
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from pathlib import Path

import psycopg
from django.core.management import CommandError, call_command
from django.utils import timezone

from events.actions import event, publish
from events.heads import sign_heads
from executor_one.kit import tenancy
from tests.conftest import api_client

PROGRAM = Path(__file__).parents[2] / "docs/examples/verify_audit.py"
AN_HOUR_AGO = timedelta(hours=1)
TOLD = 9
SAID = {
    "text": 'Ärger \u2028 "quoted" \\ \t \x01 \U0001f600',
    "zz": 1,
    "a": [1.5, 1e-7, 1e22, -0.0, None, True, {}],
    "é": {"b": [], "aa": 2},
}


def tell(account, count=TOLD, **more):
    """Events of an hour ago, with whatever JSON can hold."""
    for at in range(count):
        with tenancy.account_scope(account):
            data = {"goal": f"goal-{at}", "at": at, **SAID}
            publish(event("test.told", data, actor=f"user:{at}", at=timezone.now() - AN_HOUR_AGO, **more))


def told_and_signed(account, rounds=3):
    """The seqs of the heads of a log that was signed after every third event."""
    for _ in range(rounds):
        tell(account, TOLD // rounds)
        sign_heads()
    return [head["seq"] for head in Log(account, "").rows("events_head")]


class Log:
    """What the API says of an account's chain."""

    def __init__(self, account, key, chain="account"):
        self.account, self.api, self.chain = account, api_client(key), chain

    def all(self, what):
        found, after = [], 0
        while after is not None:
            address = f"/api/v1/audit/{what}?order=asc&limit=7&after={after}&chain={self.chain}"
            page = self.api.get(address)
            assert page.status_code == 200, page.content
            found += page.json()["data"]
            after = page.json()["meta"]["next"]
        return found

    def rows(self, table):
        from django.db import connection

        with tenancy.account_scope(self.account), connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table} WHERE account_id = %s ORDER BY seq", [self.account])
            names = [column.name for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def verified_by_a_customer(self, folder, *more, python=sys.executable):
        """(whether it is right, what was said) of the program in the documents, given what the API answers."""
        for what in ("events", "heads"):
            lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in self.all(what)]
            (folder / f"{what}.jsonl").write_text("".join(lines), "utf-8")
        (folder / "keys.json").write_bytes(self.api.get("/api/v1/audit/keys").content)
        return run_program(folder, *more, python=python)


def program(folder, *more, python=sys.executable):
    given = ["--events", "events.jsonl", "--heads", "heads.jsonl", "--keys", "keys.json", *more]
    return subprocess.run(
        [python, "-W", "error", PROGRAM, *given], cwd=folder, capture_output=True, text=True, check=False
    )


def run_program(folder, *more, python=sys.executable):
    done = program(folder, *more, python=python)
    assert not done.stderr, done.stderr
    return done.returncode == 0, done.stdout


def verified_by_the_operator(account=""):
    """(whether it is right, what was said) of manage.py verify_audit."""
    said = StringIO()
    try:
        call_command("verify_audit", stdout=said, stderr=said, **({"account": account} if account else {}))
    except CommandError:  # which ends with 1
        return False, said.getvalue()
    return True, said.getvalue()


@contextmanager
def owning(urls):
    """A connection that may do what it wants with the tables, and no trigger in its way."""
    with psycopg.connect(urls.owner_url, autocommit=True) as owner:
        owner.execute("SELECT set_config('app.account', '*', false)")
        yield owner
