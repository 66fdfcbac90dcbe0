"""Two walls below the view: the ORM refuses, and Postgres shows nothing."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction

from accounts import checks, secrets
from accounts.actions import memberships_of, start_session
from accounts.callers import person
from accounts.members import invite
from accounts.models import Account, ApiKey, Invitation, Membership, SessionToken, User
from billing.actions import consume
from billing.models import Metric, Plan, Subscription, UsageCounter
from billing.queries import plan_of
from events.models import Event
from executor_one.kit import tenancy

TENANT_MODELS = [Account, Membership, ApiKey, SessionToken, Invitation, Subscription, UsageCounter, Event]


@pytest.fixture
def two(db, make_member):
    """Two accounts, each with at least one row in every table."""
    return tuple(with_rows_everywhere(make_member(email)) for email in ("one@example.com", "two@example.com"))


def with_rows_everywhere(member):
    with tenancy.account_scope(member.account):
        owner = Membership.objects.select_related("user").get()
        start_session(member.account, owner.user)
        invite(email="asked@example.com", role="viewer", by=person(owner, "cookie"))
        consume(Metric.GOALS)
        assert all(model.objects.exists() for model in TENANT_MODELS)
    return member


def count(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return cursor.fetchone()[0]


def no_scope():
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.account', '', true), set_config('app.proof', '', true)")


@pytest.mark.parametrize("model", TENANT_MODELS)
def test_without_a_scope_raw_sql_sees_no_row(two, model):
    no_scope()
    assert count(model._meta.db_table) == 0


def test_a_fresh_connection_sees_no_row(committed, make_member):
    with_rows_everywhere(make_member("one@example.com"))
    connection.close()
    assert [count(model._meta.db_table) for model in TENANT_MODELS] == [0] * len(TENANT_MODELS)


@pytest.mark.parametrize("model", TENANT_MODELS)
def test_without_a_scope_the_orm_refuses(db, model):
    with pytest.raises(tenancy.NoActiveAccount):
        list(model.objects.all())


@pytest.mark.parametrize("model", TENANT_MODELS)
def test_raw_sql_sees_the_active_account_only(two, model):
    column = "id" if model is Account else "account_id"
    with tenancy.account_scope(two[0].account), connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT {column} FROM {model._meta.db_table}")
        assert cursor.fetchall() == [(two[0].id,)]


def test_a_proof_shows_one_row_and_writes_none(two):
    with tenancy.proof_scope(secrets.digest(two[0].key)):
        assert count("accounts_apikey") == 1
        assert count("accounts_account") == count("accounts_membership") == 0
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE accounts_apikey SET name = 'mine'")


def test_an_empty_proof_shows_nothing(two):
    with tenancy.proof_scope(""):
        assert count("accounts_apikey") == count("accounts_sessiontoken") == count("accounts_membership") == 0


def test_a_user_proves_their_own_memberships(two):
    user = User.objects.get(email="one@example.com")
    assert [one.account_id for one in memberships_of(user)] == [two[0].id]


def test_a_user_proves_the_accounts_of_their_memberships_and_can_write_none(two):
    user = User.objects.get(email="one@example.com")
    with tenancy.proof_scope(str(user.pk)):
        assert [one.pk for one in Account.objects.all()] == [two[0].id]
        with pytest.raises(ProgrammingError), transaction.atomic():
            Account.objects.update(name="taken")
    with tenancy.account_scope(two[0].account):
        Membership.objects.all().delete()
    with tenancy.proof_scope(str(user.pk)):
        assert count("accounts_account") == 0


def test_a_row_cannot_be_moved_into_or_written_for_another_account(two):
    mine, theirs = two
    user = User.objects.get(email="one@example.com")
    with tenancy.account_scope(mine.account):
        with pytest.raises(tenancy.ForeignAccount):
            Membership.objects.create(account=theirs.account, user=user, role="owner")
        for sql in (
            "UPDATE accounts_apikey SET account_id = %s",
            "INSERT INTO accounts_membership (account_id, user_id, role, created_at) "
            "SELECT %s, user_id, 'owner', now() FROM accounts_membership",
        ):
            with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(sql, [theirs.id])


@pytest.mark.parametrize("verb", ["UPDATE events_event SET type = 'x'", "DELETE FROM events_event"])
def test_events_are_append_only(two, verb):
    with tenancy.account_scope(two[0].account), pytest.raises(ProgrammingError), transaction.atomic():
        connection.cursor().execute(verb)


def test_the_apps_role_is_powerless(db):
    assert checks.role_is_powerless(databases=["default"]) == []
    assert checks.role_is_powerless() == []


def test_tenancy_E001_names_each_power(db, monkeypatch):
    monkeypatch.setattr(checks, "QUERY", "SELECT true, true, true")
    found = checks.role_is_powerless(databases=["default"])
    assert [one.id for one in found] == ["tenancy.E001"] * 3


def test_set_plan_command(db, make_member):
    member, out = make_member("ops@example.com", "free"), StringIO()
    call_command("set_plan", "OPS@example.com", "pro", stdout=out)
    assert member.id in out.getvalue()
    with tenancy.account_scope(member.account):
        assert plan_of(member.id).code == "pro"
        assert Event.objects.filter(type="plan.changed", actor="operator").exists()
    with pytest.raises(CommandError, match="no user"):
        call_command("set_plan", "nobody@example.com", "pro")
    with pytest.raises(CommandError, match="there are free, pro, enterprise, ecosystem"):
        call_command("set_plan", "ops@example.com", "gold")
    User.objects.create_superuser("root@example.com", "correct-horse-battery-9")
    with pytest.raises(CommandError, match="owns no account"):
        call_command("set_plan", "root@example.com", "pro")
    assert Plan.objects.count() == 4


def test_staff_find_people_in_the_admin_and_can_switch_them_off(db, client, make_member, settings):
    settings.STAFF_MFA = False  # tests/console has it on
    make_member("ada@example.com")
    root = User.objects.create_superuser("root@example.com", "correct-horse-battery-9")
    client.force_login(root)
    assert b"ada@example.com" in client.get("/admin/accounts/user/?q=ada").content
    user = User.objects.get(email="ada@example.com")
    assert client.get(f"/admin/accounts/user/{user.pk}/change/").status_code == 200
    client.post(f"/admin/accounts/user/{user.pk}/change/", {"name": "Ada"})
    user.refresh_from_db()
    assert (user.is_active, user.name) == (False, "Ada")
    assert client.get("/admin/accounts/user/add/").status_code == 403
