"""Roles and databases: `executor_owner` migrates, `executor_app` only reads and writes rows.

Works alike on the embedded server and on a Postgres of one's own (15 and newer). Idempotent, and
safe to run on several hosts at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from executor_one.serve.postgres import database_url

OWNER = "executor_owner"
APP = "executor_app"
OLDEST = 150000  # server_version_num of PostgreSQL 15
ADVISORY_LOCK = 7_316_204_511_873  # "one host provisions at a time"; any constant of our own
SYSTEM_DATABASES = ("postgres", "template1", "")
CONNECT_SECONDS = 10

WHAT_TO_DO = (
    "Give DATABASE_URL a login that is superuser or has CREATEROLE and CREATEDB, or make the two "
    "roles yourself and set DATABASE_URL (application) and DATABASE_OWNER_URL (migrations)."
)


class ProvisionError(Exception):
    """The database cannot be used as it is; the text says what to do about it."""


@dataclass(frozen=True)
class Urls:
    """What the processes connect with: `owner_url` for migrations only, `app_url` for the rest."""

    owner_url: str
    app_url: str


def provision(admin_url: str, *, app_password: str, owner_password: str, database: str, suffix: str = "") -> Urls:
    """Make or refresh both roles, `database` and its privileges; answers the two URLs.

    `admin_url` is a superuser or has CREATEROLE and CREATEDB. `suffix` is appended to the role
    names, for tests on a shared server. Raises ProvisionError, in one sentence for the operator.
    """
    owner, app = OWNER + suffix, APP + suffix
    urls = Urls(
        rewrite(admin_url, user=owner, password=owner_password, database=database),
        rewrite(admin_url, user=app, password=app_password, database=database),
    )
    with _explained(), connect(_maintenance_url(admin_url, database)) as admin:
        _demand_rights(admin)
        admin.execute("SELECT pg_advisory_lock(%s)", [ADVISORY_LOCK])
        _ensure_role(admin, owner, owner_password, urls.owner_url)
        _ensure_role(admin, app, app_password, urls.app_url)
        _ensure_database(admin, database, owner)
        _grant_rows_only(rewrite(admin_url, database=database), owner, app, database)
        _ensure_logins(urls)
    return urls


def create_test_database(admin_url: str, name: str, *, template: str | None = None, suffix: str = "") -> None:
    """Make the database `name` anew, empty or as a copy of `template` (about 50 ms).

    A database of that name is dropped first, connections to it included. Nobody may be connected to
    `template`. Default privileges and grants inside come along with a template; an empty one gets
    them here. Reach it with `rewrite(url, database=name)`.
    """
    owner, app = OWNER + suffix, APP + suffix
    with connect(_maintenance_url(admin_url, "postgres")) as admin:
        _sql(admin, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        if template is None:
            _create_database(admin, name, owner)
        else:
            _sql(admin, "CREATE DATABASE {} OWNER {} TEMPLATE {}", name, owner, template)
    _grant_rows_only(rewrite(admin_url, database=name), owner, app, name)


def drop_test_database(admin_url: str, name: str) -> None:
    """Drop the database `name` if it is there, whoever is connected to it."""
    with connect(_maintenance_url(admin_url, "postgres")) as admin:
        _sql(admin, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def grant_own_rows(urls: Urls) -> None:
    """The privileges inside the database, when the operator made both roles: done by the owner."""
    with _explained():
        owner, app = (str(conninfo_to_dict(url)["user"]) for url in (urls.owner_url, urls.app_url))
        with connect(urls.owner_url) as admin, admin.transaction():
            _grant_in_schema(admin, owner, app)
        demand_harmless(urls.app_url)


def demand_harmless(app_url: str) -> None:
    """Refuse an application login that row-level security does not bind or that may make tables."""
    with _explained(), connect(app_url) as app:
        row = app.execute(
            "SELECT current_user, rolsuper OR rolbypassrls OR rolcreaterole"
            " OR has_schema_privilege('public', 'CREATE') OR EXISTS (SELECT FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace AND pg_has_role(relowner, 'USAGE'))"
            " FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    if row is None or row[1]:
        raise ProvisionError(
            f"The application's role {row and row[0]} is privileged, so nothing would keep tenants apart. {WHAT_TO_DO}"
        )


def is_privileged(url: str) -> bool:
    """Whether this login can provision: superuser, or CREATEROLE."""
    with _explained(), connect(_reachable(url)) as admin:
        row = admin.execute("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user").fetchone()
    return bool(row and row[0])


def rewrite(url: str, *, user: str | None = None, password: str | None = None, database: str | None = None) -> str:
    """The same server by another login or database; every other parameter of `url` is kept."""
    parts = {name: str(value) for name, value in conninfo_to_dict(url).items() if value is not None}
    given = {"user": user, "password": password, "dbname": database}
    parts |= {name: value for name, value in given.items() if value is not None}
    user, password = parts.pop("user", ""), parts.pop("password", "")
    return database_url(user, password, parts.pop("dbname", ""), **parts)


def database_of(url: str) -> str:
    """The database a URL names, `executor` when it names none or one of the server's own."""
    name = str(conninfo_to_dict(url).get("dbname") or "")
    return "executor" if name in SYSTEM_DATABASES else name


def connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    """An autocommit connection, or psycopg.OperationalError within CONNECT_SECONDS."""
    return psycopg.connect(url, autocommit=True, connect_timeout=CONNECT_SECONDS)


# -- steps ----------------------------------------------------------------------------------


@contextmanager
def _explained() -> Iterator[None]:
    """Turn what the server says into a sentence: an operator's mistake is not a traceback."""
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        raise ProvisionError(f"{_first_line(error)}. {WHAT_TO_DO}") from error
    except psycopg.OperationalError as error:
        raise ProvisionError(f"The database cannot be reached: {_first_line(error)}") from error
    except psycopg.Error as error:
        raise ProvisionError(f"The database cannot be used: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _sql(admin: psycopg.Connection[tuple[object, ...]], text: LiteralString, *names: str) -> None:
    admin.execute(sql.SQL(text).format(*map(sql.Identifier, names)))


def _reachable(url: str) -> str:
    """The URL itself, or that of the server's own database while ours does not exist yet."""
    try:
        connect(url).close()
    except psycopg.OperationalError as error:
        if "does not exist" not in str(error):
            raise
        return rewrite(url, database="postgres")
    return url


def _maintenance_url(admin_url: str, database: str) -> str:
    """A database of this server that exists and is not the one to be made."""
    if conninfo_to_dict(admin_url).get("dbname") == database:
        return _reachable(admin_url)
    return admin_url


def _demand_rights(admin: psycopg.Connection[tuple[object, ...]]) -> None:
    if admin.info.server_version < OLDEST:
        version = admin.info.parameter_status("server_version")
        raise ProvisionError(f"PostgreSQL 15 or newer is needed; this one is {version}.")
    row = admin.execute(
        "SELECT current_user, rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    if row is None or not row[1]:
        raise ProvisionError(f"{row and row[0]} may not create roles. {WHAT_TO_DO}")


def _ensure_role(admin: psycopg.Connection[tuple[object, ...]], role: str, password: str, url: str) -> None:
    """The role with exactly our attributes. Its password is only written when it does not open."""
    known = admin.execute(
        "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR rolreplication"
        " OR NOT rolcanlogin FROM pg_roles WHERE rolname = %s",
        [role],
    ).fetchone()
    if known is None:
        _sql(admin, "CREATE ROLE {} LOGIN", role)
    elif known[0]:
        _sql(
            admin,
            "ALTER ROLE {} LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB NOBYPASSRLS NOREPLICATION",
            role,
        )
    if known is None or not _opens(url):
        # hashed here, so that the server's statement log never sees it
        hashed = admin.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
        admin.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(hashed)))


def _opens(url: str) -> bool:
    """Whether the password is right; that the database is missing counts as an open door."""
    try:
        connect(url).close()
    except psycopg.OperationalError as error:
        return "does not exist" in str(error)
    return True


def _ensure_database(admin: psycopg.Connection[tuple[object, ...]], database: str, owner: str) -> None:
    if not _is_superuser(admin):  # only a member of a role may give things to it
        _sql(admin, "GRANT {} TO CURRENT_USER", owner)
    found = admin.execute("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s", [database]).fetchone()
    if found is None:
        _create_database(admin, database, owner)
    elif found[0] != owner:
        _sql(admin, "ALTER DATABASE {} OWNER TO {}", database, owner)


def _create_database(admin: psycopg.Connection[tuple[object, ...]], name: str, owner: str) -> None:
    # template0: a local template1 may carry objects of others, or another encoding
    _sql(admin, "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'", name, owner)


def _grant_rows_only(admin_url: str, owner: str, app: str, database: str) -> None:
    """Privileges inside the database. What single tables withhold is for migrations to say."""
    with connect(admin_url) as admin:
        _ensure_vector(admin)
        with admin.transaction():
            if not _is_superuser(admin):
                _sql(admin, "SET LOCAL ROLE {}", owner)
            _sql(admin, "REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC", database)
            _sql(admin, "GRANT CONNECT ON DATABASE {} TO {}", database, app)
            _grant_in_schema(admin, owner, app)


def _grant_in_schema(admin: psycopg.Connection[tuple[object, ...]], owner: str, app: str) -> None:
    """No TRUNCATE for the application: it ignores row-level security."""
    _sql(admin, "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    _sql(admin, "GRANT CREATE, USAGE ON SCHEMA public TO {}", owner)
    _sql(admin, "GRANT USAGE ON SCHEMA public TO {}", app)
    prefix: LiteralString = "ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA public "
    _sql(admin, prefix + "GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {}", owner, app)
    _sql(admin, prefix + "GRANT USAGE, SELECT ON SEQUENCES TO {}", owner, app)


def _ensure_vector(admin: psycopg.Connection[tuple[object, ...]]) -> None:
    """The extension `vector`, where the server has it and this login may add it."""
    row = admin.execute(
        "SELECT bool_or(trusted) FROM pg_available_extension_versions"
        " WHERE name = 'vector' HAVING bool_and(NOT installed)"
    ).fetchone()
    if row is not None and row[0] is not None and (row[0] or _is_superuser(admin)):
        admin.execute("CREATE EXTENSION IF NOT EXISTS vector SCHEMA public")


def _is_superuser(admin: psycopg.Connection[tuple[object, ...]]) -> bool:
    return admin.info.parameter_status("is_superuser") == "on"


def _ensure_logins(urls: Urls) -> None:
    for url in (urls.owner_url, urls.app_url):
        connect(url).close()
    demand_harmless(urls.app_url)
