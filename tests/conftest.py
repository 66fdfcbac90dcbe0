"""The suite's database: one embedded Postgres per run, one database per worker, the app's own powerless role."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from executor_one.serve.postgres import EmbeddedPostgres
from executor_one.serve.provision import create_test_database, drop_test_database, provision

ROOT = Path(__file__).parent.parent
TEMPLATE = "executor_template"
ADMIN, SUFFIX, PASSWORDS, RUN = (
    "EXECUTOR_TEST_ADMIN",
    "EXECUTOR_TEST_SUFFIX",
    "EXECUTOR_TEST_PASSWORD",
    "EXECUTOR_TEST_RUN",
)


def pytest_configure(config: pytest.Config) -> None:
    """Once per run, before the workers start: a server with a migrated template."""
    if hasattr(config, "workerinput"):
        return
    base = Path(tempfile.mkdtemp(prefix="executor-tests-"))
    base.chmod(0o711)
    # Told to keep no bytecode, each process that we start would compile our code anew: most of what its start costs.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["EXECUTOR_DATA_DIR"] = str(base / "data")
    os.environ["SECRET_KEY"] = "test-" + secrets.token_hex(16)
    os.environ[PASSWORDS], os.environ[RUN] = secrets.token_hex(16), secrets.token_hex(4)
    os.environ[SUFFIX] = ""
    config._executor_base, config._executor_server = base, None  # type: ignore[attr-defined]
    if foreign := os.environ.get("DATABASE_URL"):
        os.environ[ADMIN], os.environ[SUFFIX] = foreign, "_test_" + os.environ[RUN]
    else:
        server = EmbeddedPostgres(base / "data")
        server.start()
        config._executor_server = server  # type: ignore[attr-defined]
        os.environ[ADMIN] = server.admin_url
    urls = urls_of(template_name())
    migrated = subprocess.run(
        [sys.executable, "manage.py", "migrate", "-v", "0", "--skip-checks"],
        cwd=ROOT, env={**os.environ, "DATABASE_URL": urls.owner_url}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if migrated.returncode:
        pytest.exit(migrated.stdout + migrated.stderr, 3)
    keep_statistics(urls.owner_url)


def keep_statistics(owner_url: str) -> None:
    """No autovacuum: what it happens to learn from the rows of one test would sway the plans that others look at.

    So every plan is that of a new installation, which Postgres knows nothing about yet.
    """
    with psycopg.connect(owner_url) as owner:
        tables = owner.execute(
            "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relowner = "
            "(SELECT oid FROM pg_roles WHERE rolname = current_user)"
        ).fetchall()
        for (table,) in tables:
            owner.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = false)")  # type: ignore[arg-type]


def pytest_unconfigure(config: pytest.Config) -> None:
    base = getattr(config, "_executor_base", None)
    if base is None:
        return
    server = config._executor_server  # type: ignore[attr-defined]
    if server:
        server.stop()
    else:
        drop_test_database(os.environ[ADMIN], template_name())
        with psycopg.connect(os.environ[ADMIN], autocommit=True) as admin:
            for role in ("executor_app", "executor_owner"):
                admin.execute(f"DROP OWNED BY {role}{os.environ[SUFFIX]} CASCADE")
                admin.execute(f"DROP ROLE {role}{os.environ[SUFFIX]}")
    shutil.rmtree(base, ignore_errors=True)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What was left out for want of an engine is said at the end, as `make test` says it of a browser."""
    reasons = {
        str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", ())
        if isinstance(report.longrepr, tuple) and "NOT TESTED" in report.longrepr[2]
    }  # fmt: skip
    for reason in sorted(reasons):
        terminalreporter.write_line(f"!! {reason.removeprefix('Skipped: ')}", yellow=True)


def template_name() -> str:
    return f"{TEMPLATE}_{os.environ[RUN]}"


def urls_of(database: str) -> Any:
    password = os.environ[PASSWORDS]
    return provision(
        os.environ[ADMIN],
        app_password=password,
        owner_password=password,
        database=database,
        suffix=os.environ[SUFFIX],
    )


@pytest.fixture(scope="session")
def fresh_database(worker_id: str) -> Iterator[Callable[[str], Any]]:
    """`fresh_database("name")` -> Urls of a new migrated database, dropped at the end of the run."""
    made = []

    def make(name: str) -> Any:
        full = f"{name}_{worker_id}_{os.environ[RUN]}"
        create_test_database(os.environ[ADMIN], full, template=template_name(), suffix=os.environ[SUFFIX])
        made.append(full)
        return urls_of(full)

    yield make
    from django.db import connections

    connections.close_all()
    # Who listens does so for the life of the process, and would say of each database that it is gone.
    logging.getLogger("executor_one.kit.notices").disabled = True
    for name in made:
        drop_test_database(os.environ[ADMIN], name)


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    return str(getattr(request.config, "workerinput", {}).get("workerid", "main"))


@pytest.fixture(scope="session")
def database_urls(fresh_database: Callable[[str], Any]) -> Any:
    return fresh_database("suite")


@pytest.fixture(scope="session")
def django_db_setup(database_urls: Any) -> None:
    """pytest-django's hook: our database instead of one that Django would make as a superuser."""
    from django.db import connections

    from executor_one import environment

    parsed = environment.database(database_urls.app_url)
    connections["default"].close()
    settings_dict = connections["default"].settings_dict
    settings_dict.update({name: parsed[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")})
    settings_dict["OPTIONS"] = dict(parsed.get("OPTIONS", {}))


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Most tests need an account and none of them its password's strength; `settings_hasher` is for those that do."""
    from django.test import override_settings

    with override_settings(PASSWORD_HASHERS=["tests.passwords.QuickArgon2"]):
        yield


@pytest.fixture
def settings_hasher(settings: Any) -> None:
    """Passwords are hashed as the product does it, at the product's price."""
    from executor_one import settings as ours

    settings.PASSWORD_HASHERS = ours.PASSWORD_HASHERS


@pytest.fixture
def owner_connection(database_urls: Any) -> Iterator[psycopg.Connection[Any]]:
    """A connection as the owner of the tables."""
    with psycopg.connect(database_urls.owner_url) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any, database_urls: Any) -> Iterator[None]:
    """Real commits, for tests with threads or processes; afterwards every table but the seeded ones is emptied."""
    from django.db import connections

    with django_db_blocker.unblock():
        yield
        connections.close_all()
    with psycopg.connect(database_urls.owner_url, autocommit=True) as owner:
        owner.execute("SET lock_timeout = '10s'")
        keep = ("django_migrations", "django_content_type", "auth_permission", "billing_plan", "billing_package")
        tables = owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        emptied = ", ".join(name for (name,) in tables if name not in keep)
        owner.execute(f"TRUNCATE {emptied} CASCADE")


class Member:
    """An account with a key, as tests use it."""

    def __init__(self, account: Any, key: str) -> None:
        self.account, self.key, self.id = account, key, account.pk


def register(email: str, plan: str = "enterprise") -> Member:
    """An account on a plan, through the product's own actions."""
    from accounts.actions import register as register_account
    from billing.actions import set_plan
    from executor_one.kit.tenancy import account_scope

    account, key = register_account(email=email, password="correct-horse-battery-9")
    with account_scope(account):
        set_plan(account, plan, actor="test")
    return Member(account, key)


@pytest.fixture
def member(request: pytest.FixtureRequest) -> Member:
    """One account without a goal, on a plan without ceilings."""
    if "committed" not in request.fixturenames:
        request.getfixturevalue("db")
    return register("one@example.com")


@pytest.fixture
def make_member() -> Callable[..., Member]:
    return register


def api_client(key: str = "") -> Any:
    """A Django test client that speaks as a key; JSON bodies by `content_type="application/json"`.

    What the API answers it is held against the OpenAPI document: an undocumented status fails the test.
    """
    from tests.documented import DocumentedClient

    return DocumentedClient(headers={"Authorization": f"Bearer {key}"} if key else {})


@pytest.fixture
def anonymous() -> Any:
    return api_client()


@pytest.fixture
def api(member: Member) -> Any:
    return api_client(member.key)


@pytest.fixture
def client_of() -> Callable[[str], Any]:
    return api_client


@pytest.fixture
def account_a(db: None) -> Any:
    return with_goal("a@example.com")


@pytest.fixture
def account_b(db: None) -> Any:
    return with_goal("b@example.com")


def with_goal(email: str) -> Any:
    made = register(email)
    answer = api_client(made.key).post(
        "/api/goals",
        {"description": "theirs", "semanticPath": ["true"]},
        content_type="application/json",
    )
    assert answer.status_code == 201, answer.content
    memory = {"key": f"of/{email}", "value": {"whose": email}, "tags": ["theirs"]}
    answer = api_client(made.key).post("/api/memory", memory, content_type="application/json")
    assert answer.status_code == 201, answer.content
    return made.account


@pytest.fixture
def client_for() -> Callable[..., Any]:
    """`client_for(account, role="viewer")`: a client with a new key of that role."""

    def make(account: Any, role: str = "owner") -> Any:
        from accounts import secrets as ours
        from accounts.models import ApiKey
        from executor_one.kit.tenancy import account_scope

        raw = ours.make(ours.KEY)
        with account_scope(account):
            ApiKey.objects.create(
                account=account,
                name="test",
                prefix=raw[: ours.SHOWN],
                digest=ours.digest(raw),
                role=role,
                scopes=["*", "credentials.read"],
            )
        return api_client(raw)

    return make


@pytest.fixture
def run_jobs() -> Callable[[], int]:
    """Run what django-q2 would: every queued job, until there are none."""

    def drain() -> int:
        import pydoc

        from django_q.models import OrmQ
        from django_q.signing import SignedPackage

        ran = 0
        while jobs := list(OrmQ.objects.order_by("id")):
            for job in jobs:
                package = SignedPackage.loads(job.payload)
                job.delete()
                pydoc.locate(package["func"])(*package["args"], **package["kwargs"])  # type: ignore[operator]
                ran += 1
        return ran

    return drain


@pytest.fixture
def work() -> Callable[..., int]:
    """Be the runner at the database: claim what is released and hand in a result for each; answers how many."""
    from uuid import uuid4

    from goals.claims import Result, claim, hand_in
    from goals.models import Attempt

    def do(outcome: str = "succeeded", **fields: Any) -> int:
        runner = uuid4()
        leases = claim(runner, 100)
        for lease in leases:
            assert hand_in(lease, runner, Result(outcome=Attempt.Outcome(outcome), **fields))
        return len(leases)

    return do
