"""What happens to the installation: every account reads it, none can write it."""

import pytest
from django.db import ProgrammingError, connection, transaction

from events.actions import event, publish, publish_for_all
from events.models import Event
from events.queries import following
from executor_one.kit import tenancy
from executor_one.kit.ids import uuid7
from runners.actions import say_goodbye, say_hello
from runners.models import Runner

INSERT = (
    "INSERT INTO events_event (account_id, type, data, actor, receipt, created_at) "
    "VALUES (NULL, 'executor.booted', '{}', 'x', 'x', now())"
)


def runner(sandbox="on"):
    from django.utils import timezone

    now, problem = timezone.now(), "/secret/path of a host" if sandbox == "unavailable" else ""
    return Runner(
        id=uuid7(), host="host.example", pid=4711, slots=8, sandbox=sandbox, problem=problem, started_at=now,
        seen_at=now,
    )  # fmt: skip


def told(account):
    with tenancy.account_scope(account):
        return [(row["type"], row["data"]) for row in following(account, 0) if row["account_id"] is None]


def count():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM events_event WHERE account_id IS NULL")
        return cursor.fetchone()[0]


def test_E22_every_account_is_told_that_a_runner_comes_and_goes(db, make_member):
    mine = runner()
    say_hello(mine)
    say_goodbye(mine.pk)
    name = str(mine.pk)
    for email in ("one@example.com", "two@example.com"):
        assert told(make_member(email).id) == [
            ("executor.booted", {"runner": name, "slots": 8, "sandbox": "on"}),
            ("executor.shutting_down", {"runner": name}),
        ]
    assert not Runner.objects.exists()


def test_a_runner_without_a_sandbox_is_an_error_that_says_nothing_of_the_host(db, member):
    say_hello(runner("unavailable"))
    ((type, data),) = told(member.id)
    assert (type, data["code"]) == ("executor.error", "sandbox_unavailable")
    assert not {"host.example", "4711", "/secret"} & set(str(data).split())
    assert "/secret" not in str(data)


def test_both_kinds_are_one_stream(db, member, make_member):
    other = make_member("two@example.com").id
    with tenancy.account_scope(member.id):
        before = Event.objects.order_by("-id").first().pk
        publish(event("test.mine", {}))
    say_hello(runner())
    with tenancy.account_scope(other):
        publish(event("test.theirs", {}))
    with tenancy.account_scope(member.id):
        publish(event("test.mine", {}))
        rows = following(member.id, before)
        assert [row["type"] for row in rows] == ["test.mine", "executor.booted", "test.mine"]
        assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
        assert [row["type"] for row in following(member.id, rows[0]["id"], limit=1)] == ["executor.booted"]


def test_an_account_cannot_write_what_happened_to_the_installation(db, member):
    say_hello(runner())
    with tenancy.account_scope(member.id):
        with pytest.raises(tenancy.ForeignAccount):
            publish_for_all("executor.booted", {})
        statements = (INSERT, "UPDATE events_event SET type = 'x'", "DELETE FROM events_event WHERE account_id IS NULL")
        for statement in statements:
            with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
        assert count() == 1


def test_nobody_changes_one_inside_all_accounts_either(db):
    say_hello(runner())
    with tenancy.all_accounts(reason="a test of the walls"):
        for statement in ("UPDATE events_event SET type = 'x'", "DELETE FROM events_event"):
            with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)


@pytest.mark.parametrize("scope", ["none", "proof"])
def test_without_an_account_nobody_reads_them(db, scope):
    say_hello(runner())
    with connection.cursor() as cursor:
        proof = "something" if scope == "proof" else ""
        cursor.execute("SELECT set_config('app.account', '', true), set_config('app.proof', %s, true)", [proof])
    assert count() == 0
