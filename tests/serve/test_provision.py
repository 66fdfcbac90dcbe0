"""Two roles on any server: one owns the tables, the other can do nothing but rows."""

import os
import secrets
from collections.abc import Iterator

import psycopg
import pytest

from executor_one.serve.provision import (
    APP,
    OWNER,
    ProvisionError,
    Urls,
    connect,
    create_test_database,
    database_of,
    demand_harmless,
    drop_test_database,
    grant_own_rows,
    is_privileged,
    provision,
    rewrite,
)

pytestmark = pytest.mark.smoke  # true of the embedded server and of a PostgreSQL of one's own

ADMIN = "EXECUTOR_TEST_ADMIN"  # set by tests/conftest.py


class Place:
    """A database and two roles of our own on the suite's server."""

    def __init__(self) -> None:
        self.admin_url = os.environ[ADMIN]
        self.suffix = f"_serve_{secrets.token_hex(4)}"
        self.database = f"serve{self.suffix}"

    def provision(self, admin_url: str = "", password: str = "first") -> Urls:
        return provision(
            admin_url or self.admin_url,
            app_password=password,
            owner_password="o:wn/er@",
            database=self.database,
            suffix=self.suffix,
        )

    def drop(self) -> None:
        drop_test_database(self.admin_url, self.database)
        with connect(self.admin_url) as admin:
            for role in (f"{OWNER}{self.suffix}", f"{APP}{self.suffix}", f"boss{self.suffix}"):
                if admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                    admin.execute(f"DROP OWNED BY {role} CASCADE")  # type: ignore[arg-type]
                    admin.execute(f"DROP ROLE {role}")  # type: ignore[arg-type]


@pytest.fixture
def place() -> Iterator[Place]:
    made = Place()
    yield made
    made.drop()


@pytest.fixture(scope="module")
def bounded() -> Iterator[Urls]:
    """Provisioned once, with one table of the owner's."""
    place = Place()
    urls = place.provision()
    with connect(urls.owner_url) as owner:
        owner.execute("CREATE TABLE things (id bigserial PRIMARY KEY, name text)")
    yield urls
    place.drop()


@pytest.mark.parametrize(
    "query",
    [
        "TRUNCATE things",
        "DROP TABLE things",
        "ALTER TABLE things DISABLE ROW LEVEL SECURITY",
        "CREATE TABLE mine (n int)",
        "CREATE TEMPORARY TABLE mine (n int)",
        "CREATE SCHEMA mine",
        "CREATE ROLE mine",
        "CREATE DATABASE mine",
        "SELECT * FROM pg_authid",
        "COPY things TO PROGRAM 'cat'",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ],
)
def test_the_application_may_not(bounded: Urls, query: str) -> None:
    with connect(bounded.app_url) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(query)  # type: ignore[arg-type]


def test_the_application_may_read_and_write_rows_of_tables_made_later(bounded: Urls) -> None:
    with connect(bounded.app_url) as app:
        app.execute("INSERT INTO things (name) VALUES ('a')")
        app.execute("UPDATE things SET name = 'b'")
        row = app.execute("DELETE FROM things RETURNING name").fetchone()
    assert row == ("b",)


def test_the_application_cannot_become_the_owner(bounded: Urls) -> None:
    owner = str(psycopg.conninfo.conninfo_to_dict(bounded.owner_url)["user"])
    with connect(bounded.app_url) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(f"SET ROLE {owner}")  # type: ignore[arg-type]


def test_neither_role_is_privileged(bounded: Urls) -> None:
    for url in (bounded.app_url, bounded.owner_url):
        with connect(url) as connection:
            attributes = connection.execute(
                "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication"
                " FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
        assert attributes == (False,) * 5
        assert not is_privileged(url)


def test_again_changes_nothing_and_a_role_that_grew_is_cut_back(place: Place) -> None:
    first = place.provision()
    with connect(place.admin_url) as admin:
        admin.execute(f"ALTER ROLE {APP}{place.suffix} SUPERUSER BYPASSRLS")  # type: ignore[arg-type]
    assert place.provision() == first
    demand_harmless(first.app_url)


def test_a_login_with_createrole_and_createdb_is_enough(place: Place) -> None:
    boss = f"boss{place.suffix}"
    with connect(place.admin_url) as admin:
        admin.execute(f"CREATE ROLE {boss} LOGIN CREATEROLE CREATEDB PASSWORD 'b'")  # type: ignore[arg-type]
    boss_url = rewrite(place.admin_url, user=boss, password="b")
    for _ in range(2):
        urls = place.provision(boss_url)
    with connect(urls.owner_url) as owner, connect(urls.app_url) as app:
        owner.execute("CREATE TABLE t (n int)")
        app.execute("INSERT INTO t VALUES (1)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("TRUNCATE t")


def test_the_database_may_be_the_one_the_login_names(place: Place) -> None:
    with connect(place.admin_url) as admin:
        admin.execute(f"CREATE DATABASE {place.database}")  # type: ignore[arg-type]
    urls = place.provision(rewrite(place.admin_url, database=place.database))
    demand_harmless(urls.app_url)


def test_a_powerless_login_is_told_what_to_do(bounded: Urls, place: Place) -> None:
    with pytest.raises(ProvisionError, match=r"may not create roles\. Give DATABASE_URL a login"):
        place.provision(bounded.app_url)


def test_an_owner_or_superuser_is_no_application(bounded: Urls) -> None:
    for url in (bounded.owner_url, os.environ[ADMIN]):
        with pytest.raises(ProvisionError, match="is privileged, so nothing would keep tenants"):
            demand_harmless(url)


def test_roles_made_by_the_operator_get_their_privileges_from_the_owner(place: Place) -> None:
    owner, app = f"{OWNER}{place.suffix}", f"{APP}{place.suffix}"
    with connect(place.admin_url) as admin:
        for statement in (
            f"CREATE ROLE {owner} LOGIN PASSWORD 'x'",
            f"CREATE ROLE {app} LOGIN PASSWORD 'x'",
            f"CREATE DATABASE {place.database} OWNER {owner}",
        ):
            admin.execute(statement)  # type: ignore[arg-type]
    mine = rewrite(place.admin_url, user=owner, password="x", database=place.database)
    urls = Urls(owner_url=mine, app_url=rewrite(mine, user=app))
    grant_own_rows(urls)
    with connect(urls.owner_url) as owning, connect(urls.app_url) as serving:
        owning.execute("CREATE TABLE t (n int)")
        serving.execute("INSERT INTO t VALUES (1)")


def test_an_unreachable_server_is_one_sentence() -> None:
    with pytest.raises(ProvisionError, match=r"^The database cannot be reached: .*refused") as caught:
        is_privileged("postgresql://nobody@127.0.0.1:1/x")
    assert "\n" not in str(caught.value)


def test_a_copy_of_a_template_has_its_tables_and_its_privileges(place: Place) -> None:
    urls = place.provision()
    with connect(urls.owner_url) as owner:
        owner.execute("CREATE TABLE t (n int)")
    copy = f"copy{place.suffix}"
    try:
        for _ in range(2):  # an earlier one is replaced
            create_test_database(place.admin_url, copy, template=place.database, suffix=place.suffix)
        with connect(rewrite(urls.app_url, database=copy)) as app:
            app.execute("INSERT INTO t VALUES (1)")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute("CREATE TEMPORARY TABLE mine (n int)")
    finally:
        drop_test_database(place.admin_url, copy)


def test_a_url_keeps_its_other_parameters_and_a_system_database_is_not_ours() -> None:
    url = "postgres://boss:pw@db.lan:5433/postgres?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem"
    parsed = psycopg.conninfo.conninfo_to_dict(rewrite(url, user="app", password="x", database="d"))
    assert parsed == {
        "user": "app", "password": "x", "dbname": "d", "host": "db.lan", "port": "5433",
        "sslmode": "verify-full", "sslrootcert": "/etc/ca.pem",
    }  # fmt: skip
    assert database_of(url) == "executor"
    assert database_of("postgresql://boss@db.lan/shop") == "shop"
