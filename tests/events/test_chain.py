"""Each account's events are numbered without a gap and chained, by the database itself, whoever inserts them."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from events.actions import event, gathered, publish, publish_for_all
from events.models import Event, Head
from executor_one.kit import tenancy
from tests.events.audited import Log, owning, tell, verified_by_the_operator

INSERT = "INSERT INTO events_event (account_id, type, data, actor, receipt, created_at) VALUES (%s, 'test.x', '{}', 'x', 'x', now())"  # noqa: E501 - one statement
WRITERS, EACH = 8, 25


def chain(account):
    """(seq, hash, line) of an account, in the order of the seqs; None: the installation's."""
    with tenancy.all_accounts(reason="a test reads a chain"):
        rows = Event.objects.filter(account_id=account).order_by("seq")
        return [(row.seq, bytes(row.hash), line(row)) for row in rows]


def line(row):
    """What is hashed, from Python's side: only for data without numbers that are written differently."""
    digest = hashlib.sha256(json.dumps(row.data, ensure_ascii=False).encode()).hexdigest()
    at = row.created_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    fields = [row.pk, row.seq, row.account_id, row.type, row.actor, row.receipt, at, digest]
    return json.dumps(fields, ensure_ascii=False).encode()


def is_whole(account):
    """Whether seqs count from 1, each hash is made of the one before, and how many there are."""
    before, found = bytes(32), chain(account)
    for number, (seq, hash, text) in enumerate(found, 1):
        assert seq == number
        assert hash == hashlib.sha256(before + text).digest()
        before = hash
    return len(found)


def publish_many(accounts, writer):
    """Transactions with one event or three, every fifth of which is rolled back."""
    try:
        for at in range(EACH):
            account = accounts[(at + writer) % len(accounts)]
            try:
                with tenancy.account_scope(account):
                    publish(*[event("test.told", {"writer": str(writer)}) for _ in range(1 + 2 * (at % 2))])
                    if at % 5 == 4:
                        raise ZeroDivisionError
            except ZeroDivisionError:
                pass
    finally:
        connection.close()


@pytest.mark.parametrize("count", [1, 2])
def test_seqs_have_no_gap_under_parallel_publishers_and_rollbacks(committed, make_member, count):
    accounts = [make_member(f"{at}@example.com").id for at in range(count)]
    before = sum(map(is_whole, accounts))
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(lambda writer: publish_many(accounts, writer), range(WRITERS)))
    kept = [1 + 2 * (at % 2) for at in range(EACH) if at % 5 != 4]
    assert sum(map(is_whole, accounts)) - before == WRITERS * sum(kept)
    for account in accounts:
        ids = [json.loads(text)[0] for _, _, text in chain(account)]
        assert ids == sorted(ids), "who reads on by the ids reads the chain in its order"


def test_several_accounts_and_the_installation_in_one_transaction(committed, member, make_member):
    other = make_member("two@example.com").id
    with tenancy.all_accounts(reason="a test of what staff do to many accounts"):
        for account in sorted((member.id, other)):
            with tenancy.account_scope(account):
                told = []
                with gathered(told):
                    publish(event("test.told", {}))
                publish(*told)
        publish_for_all("executor.booted", {"runner": "x", "slots": 1, "sandbox": "on"})
    assert is_whole(member.id) > 1
    assert is_whole(other) > 1
    assert is_whole(None) == 1


def test_who_inserts_by_hand_takes_the_turn_too(committed, database_urls, member):
    """Eight connections without a lock of their own: neither an error nor two that follow the same one."""
    before = is_whole(member.id)

    def insert(_):
        with psycopg.connect(database_urls.app_url) as app:
            app.execute("SELECT set_config('app.account', %s, true)", [member.id])
            for _ in range(EACH):
                app.execute(INSERT, [member.id])

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(insert, range(WRITERS)))
    assert is_whole(member.id) - before == WRITERS * EACH


def test_a_transaction_that_sees_an_old_moment_is_refused_instead_of_forking(committed, database_urls, member):
    with psycopg.connect(database_urls.app_url) as app:
        app.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        app.execute("SELECT set_config('app.account', %s, true)", [member.id])
        app.execute("SELECT count(*) FROM events_event")
        tell(member.id, 1)
        with pytest.raises(psycopg.errors.UniqueViolation):
            app.execute(INSERT, [member.id])
    assert is_whole_in_the_database(member.id)


def is_whole_in_the_database(account):
    return verified_by_the_operator(account)[0]


def test_many_rows_of_one_statement_are_chained_one_after_the_other(committed, database_urls, member):
    with psycopg.connect(database_urls.app_url) as app:
        app.execute("SELECT set_config('app.account', %s, true)", [member.id])
        insert = INSERT.partition("VALUES")[0]
        app.execute(
            f"{insert} SELECT %s, 'test.x', '{{}}', 'x', 'x', now() FROM generate_series(1, 99)",
            [member.id],
        )
    assert is_whole(member.id) > 99


def test_nobody_chooses_their_place(db, member):
    with tenancy.account_scope(member.id):
        chosen = Event.objects.create(
            account_id=member.id, type="test.x", data={"goal": "g"}, actor="x", receipt="x",
            created_at="2026-01-01T00:00Z", seq=77, hash=bytes(32), goal="another",
        )  # fmt: skip
        kept = Event.objects.get(pk=chosen.pk)
    assert kept.seq != 77
    assert bytes(kept.hash) != bytes(32)
    assert kept.goal == "g"


KILLED = """
import django, os, sys
django.setup()
from events.actions import event, publish
from executor_one.kit import tenancy
with tenancy.account_scope(sys.argv[1]):
    publish(*[event("test.killed", {}) for _ in range(5)])
    print("told", flush=True)
    sys.stdin.read()
"""


def test_who_is_killed_between_telling_and_commit_leaves_no_gap(committed, database_urls, member):
    before = is_whole(member.id)
    killed = subprocess.Popen(
        [sys.executable, "-c", KILLED, member.id], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "DATABASE_URL": database_urls.app_url, "DJANGO_SETTINGS_MODULE": "executor_one.settings"},
    )  # fmt: skip
    assert killed.stdout.readline() == "told\n"
    waiting = threading.Thread(target=lambda: (tell_simply(member.id), connection.close()))
    waiting.start()
    killed.send_signal(signal.SIGKILL)
    killed.wait(30)
    waiting.join(30)
    assert is_whole(member.id) == before + 1


def tell_simply(account):
    with tenancy.account_scope(account):
        publish(event("test.told", {}))


FORBIDDEN = (
    "UPDATE {table} SET seq = seq", "DELETE FROM {table}", "TRUNCATE {table}",
    "ALTER TABLE {table} DISABLE TRIGGER ALL", "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    "DROP TRIGGER chain ON events_event", "SET session_replication_role = 'replica'",
    "CREATE OR REPLACE FUNCTION events_event_chain() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "CREATE TEMP TABLE events_event (id int)",
)  # fmt: skip


@pytest.mark.parametrize("table", [Event._meta.db_table, Head._meta.db_table])
@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_app_s_role_can_only_add(db, member, table, statement):
    refused = pytest.raises(DatabaseError, match=r"permission denied|must be owner")
    with tenancy.account_scope(member.id), connection.cursor() as cursor, refused, transaction.atomic():
        cursor.execute(statement.format(table=table))


def test_a_head_is_nobody_else_s(db, member, make_member):
    from events.heads import sign_heads

    other = make_member("two@example.com").id
    sign_heads()
    with tenancy.account_scope(member.id):
        assert {head.account_id for head in Head.objects.all()} == {member.id}
        refused = pytest.raises(DatabaseError, match="row-level security")
        with refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO events_head (event_id, account_id, seq, hash, previous, signed_at, key, signature)"
                " VALUES (1, %s, 99, 'x', 0, now(), 'x', 'x')", [other]
            )  # fmt: skip


ACCOUNT = """
    INSERT INTO accounts_account (id, name, email, number, workspace, created_at, suspended_for, egress_hosts)
    SELECT %s, 'x', %s, count(*), %s, now(), '', '{}' FROM accounts_account"""


def test_rows_from_before_are_chained_by_the_migration(fresh_database, member, db):
    urls = fresh_database("before_the_chain")
    migrate(urls, "0003")
    with owning(urls) as owner:
        for account in ("acc_a", "acc_b"):
            owner.execute(ACCOUNT, [account, f"{account}@example.com", account])
        for at in range(60):
            owner.execute(INSERT, [("acc_a", "acc_b", None)[at % 3]])
    migrate(urls, "0004")
    with owning(urls) as owner:
        rows = owner.execute("SELECT account_id, array_agg(seq ORDER BY id) FROM events_event GROUP BY 1 ORDER BY 1")
        assert rows.fetchall() == [(account, [*range(1, 21)]) for account in ("acc_a", "acc_b", None)]
        owner.execute(INSERT, ["acc_a"])
    done = manage(urls.app_url, "verify_audit")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "61 events" in done.stdout


def migrate(urls, to):
    done = manage(urls.owner_url, "migrate", "events", to, "--skip-checks")
    assert done.returncode == 0, done.stderr


def manage(url, *arguments):
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env={**os.environ, "DATABASE_URL": url}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_chain_of_the_api_is_that_of_the_database(committed, member):
    tell(member.id)
    shown, stored = Log(member.id, member.key).all("events"), chain(member.id)
    assert [event["hash"] for event in shown] == [hash.hex() for _, hash, _ in stored]
    assert [event["prevHash"] for event in shown] == ["0" * 64, *[hash.hex() for _, hash, _ in stored[:-1]]]
