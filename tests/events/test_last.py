"""Publishing is the last thing that a transaction does: who has its turn waits for nobody else's lock.

Two transactions of which one publishes first and the other last would wait for each other.
"""

import re

import pytest
from django.db import connection

from executor_one.kit.postgres import base
from goals.loop import tick

TURN = "pg_advisory_xact_lock_shared"
# What may follow: rows of one's own, reads, locks that are not waited for, the transaction's end. Django's session is
# written by its middleware, outside of the request's transaction.
HARMLESS = re.compile(
    r"\s*(?:INSERT INTO (?!.*ON CONFLICT)|SELECT(?!.*FOR (?:NO KEY )?UPDATE(?! SKIP LOCKED))|WITH .*SKIP LOCKED"
    r"|WITH job AS \(INSERT INTO django_q_ormq|PREPARE|COMMIT|BEGIN|(?:RELEASE )?SAVEPOINT|UPDATE \"?django_session|$)",
    re.DOTALL,
)


@pytest.fixture
def sent(monkeypatch, db):
    """Every statement that is sent, in its order."""
    messages, execute = [], base.Cursor.execute

    def record(self, query, params=None, **options):
        messages.extend([*self.waiting, query if isinstance(query, str) else str(query)])
        return execute(self, query, params, **options)

    monkeypatch.setattr(base.Cursor, "execute", record)
    return messages


def statements(messages):
    """The statements of these messages; those that were prepared, by their text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")  # each is the message that it came in
        prepared = [part for (message,) in cursor.fetchall() for part in message.split(";\n")]
    known = {part.split()[1]: part.partition(" AS ")[2].lstrip() for part in prepared if part.startswith("PREPARE")}
    for message in messages:
        for part in message.split(";\n"):
            name = re.match(r"EXECUTE (batch_\d+)", part)
            yield known[name[1]] if name else part


def after_the_turn(messages):
    found = list(statements(messages))
    turns = [at for at, text in enumerate(found) if TURN in text and not text.startswith("PREPARE")]
    assert turns, "nothing was published"
    return [text for text in found[turns[0] :] if TURN not in text]


def late(sent):
    """What was sent after the turn was taken and may wait for somebody."""
    found = [text for text in after_the_turn(sent[:]) if not HARMLESS.match(text)]
    sent.clear()
    return found


def call(api, method, path, **body):
    answer = getattr(api, method)(path, body, content_type="application/json")
    assert answer.status_code < 300, answer.content
    return answer.json() if answer.content else {}


def test_keys_and_sessions(sent, api, anonymous, member):
    sent.clear()
    key = call(api, "post", "/api/auth/keys", name="x", role="viewer")
    assert not late(sent)
    call(api, "delete", f"/api/auth/keys/{key['id']}")
    assert not late(sent)
    token = call(anonymous, "post", "/api/auth/login", email="one@example.com", password="correct-horse-battery-9")
    assert not late(sent)
    assert token
    anonymous.post("/api/auth/logout", headers={"Authorization": f"Bearer {token['token']}"})
    assert not late(sent)


def test_an_address_that_is_verified_and_a_new_password(sent, anonymous, member, settings):
    from accounts.actions import make_link_token
    from accounts.models import User

    settings.ECOSYSTEM_DOMAINS = ["example.com"]
    user = User.objects.get(email="one@example.com")
    for path, purpose, more in (
        ("/api/auth/verify", "verify", {}),
        ("/api/auth/password/reset", "reset", {"password": "another-horse-battery-9"}),
    ):
        token = make_link_token(user, purpose, email=user.email)
        sent.clear()
        call(anonymous, "post", path, token=token, **more)
        assert not late(sent), path


def test_memories(sent, api):
    sent.clear()
    for method, path, body in (
        ("post", "/api/memory", {"key": "a", "value": "the build runs on Fridays", "ttl": 1}),
        ("put", "/api/memory/a", {"value": "the build runs on Mondays"}),
        ("post", "/api/memory", {"key": "b", "value": "the build runs on Mondays", "dedupe": True}),
        ("patch", "/api/memory/a", {"importance": 0.9}),
        ("post", "/api/memory/a/crystallize", {}),
        ("delete", "/api/memory/a", {}),
    ):
        call(api, method, path, **body)
        assert not late(sent), path


def test_expired_memories_that_a_write_sweeps(sent, api, member):
    from datetime import timedelta

    from django.utils import timezone

    from executor_one.kit.tenancy import account_scope
    from memory.models import Memory

    call(api, "post", "/api/memory", key="old", value=1, ttl=60)
    with account_scope(member.account):
        Memory.objects.filter(key="old").update(expires_at=timezone.now() - timedelta(hours=1))
    sent.clear()
    call(api, "post", "/api/memory", key="new", value=2)
    assert not late(sent)


def test_corrections(sent, api):
    sent.clear()
    failure = {"output": "cannot create build/out: Directory nonexistent", "exitCode": 2}
    made = call(api, "post", "/api/corrections", failure=failure, fix={"kind": "run-before", "command": "mkdir build"})
    assert not late(sent)
    path = f"/api/corrections/{made['id']}"
    call(api, "post", f"{path}/crystallize")
    assert not late(sent)
    call(api, "delete", path)
    assert not late(sent)


def goal(api, *path):
    return call(api, "post", "/api/goals", description="x", semanticPath=list(path))["id"]


def test_goals(sent, api, work):
    sent.clear()
    one = goal(api, "true", "true")
    assert not late(sent)
    assert work(exit_code=0) == 1
    assert not late(sent)
    call(api, "delete", f"/api/goals/{one}")
    assert not late(sent)
    call(api, "post", f"/api/goals/{one}/retry")
    assert not late(sent)
    assert work(exit_code=0) == 1
    assert not late(sent)


def test_a_goal_that_is_healed_and_learned_from(sent, api, work):
    goal(api, "echo hi > build/out.txt")
    sent.clear()
    error = "/bin/sh: 1: cannot create build/out.txt: Directory nonexistent\n"
    assert work("failed", exit_code=2, error_code="exit_code", error="It ended with exit code 2.", stderr=error)
    assert not late(sent)
    assert work(exit_code=0) == 1
    assert not late(sent)


def test_a_goal_that_fails_on_the_heartbeat(sent, api, work, run_jobs, settings, member):
    settings.FAST_LANE = False
    goal(api, "false")
    run_jobs()
    assert work("failed", exit_code=3, error_code="exit_code", error="It ended with exit code 3.", stderr="Nope: x")
    sent.clear()
    tick(member.id)
    assert not late(sent)
