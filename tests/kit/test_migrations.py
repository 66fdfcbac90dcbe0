"""The squashed migrations make what the ones that they replace make (docs/decisions/0044)."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from executor_one.serve.provision import Urls, create_test_database, drop_test_database, rewrite

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
# The last of those that are replaced; runners, whose only one is not, comes along with the goals.
REPLACED = [
    ("accounts", "0012_keys_and_requests"),
    ("billing", "0008_notices_of_a_limit"),
    ("events", "0004_chain"),
    ("goals", "0012_readings"),
    ("kit", "0004_rates"),
    ("memory", "0008_undecided_tasks"),
    ("webhooks", "0005_slow_streams"),
]
# What an installation that was left at an earlier commit may have.
EARLIER = [
    ("accounts", "0011_egress"),
    ("billing", "0005_told_once"),
    ("events", "0003_installation"),
    ("goals", "0012_readings"),
    ("kit", "0002_cache"),
    ("memory", "0005_vacuum_often"),
]
SCHEMA = {
    "columns": """
        SELECT attrelid::regclass::text, attname, format_type(atttypid, atttypmod), attnotnull, attstorage, attidentity,
            attcollation::regcollation::text, pg_get_expr(adbin, adrelid)
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
            LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S', 'v') AND attnum > 0
            AND NOT attisdropped""",
    "tables": """
        SELECT relname, relkind, relpersistence, relrowsecurity, relforcerowsecurity, reloptions::text,
            array(SELECT item::text FROM unnest(relacl) item ORDER BY 1)::text
        FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S', 'v')""",
    "indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    # "IN" over varchar is written with the casts inside or outside of the array, as the column came to its type.
    "constraints": """
        SELECT conrelid::regclass::text, conname, contype, condeferrable, condeferred, regexp_replace(
            replace(replace(pg_get_constraintdef(oid), '::text[]', ''), '::text', ''), '[()]', '', 'g')
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
    "policies": "SELECT tablename, policyname, permissive, roles::text, cmd, qual, with_check FROM pg_policies",
    "triggers": "SELECT pg_get_triggerdef(oid), tgenabled FROM pg_trigger WHERE NOT tgisinternal",
    "functions": """
        SELECT proname, prosrc, proacl::text FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'""",
    "plans": "SELECT to_jsonb(plan)::text FROM billing_plan plan",
    "packages": "SELECT to_jsonb(package)::text FROM billing_package package",
}


# Up to the migrations that are named, as if there were no squashed ones; nothing offers that from outside.
AS_BEFORE = """
import json, sys
import django
django.setup()
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
executor = MigrationExecutor(connection)
executor.loader.replace_migrations = False
executor.loader.build_graph()
executor.check_replacements = lambda: None
executor.migrate([tuple(one) for one in json.loads(sys.argv[1])])
"""


@pytest.fixture
def empty(database_urls: Urls) -> Iterator[Callable[[str], str]]:
    """`empty("name")` -> the owner's URL of a new database without tables, dropped at the end."""
    admin, suffix, made = os.environ["EXECUTOR_TEST_ADMIN"], os.environ["EXECUTOR_TEST_SUFFIX"], []

    def make(name: str) -> str:
        full = f"migrations_{name}_{os.environ['EXECUTOR_TEST_RUN']}"
        create_test_database(admin, full, suffix=suffix)
        made.append(full)
        return rewrite(database_urls.owner_url, database=full)

    yield make
    for full in made:
        drop_test_database(admin, full)


def run(url: str, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "executor_one.settings"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def migrate(url: str) -> str:
    return run(url, "manage.py", "migrate", "--skip-checks")


def as_before(url: str, targets: list[tuple[str, str]]) -> None:
    run(url, "-c", AS_BEFORE, json.dumps(targets))


def schema(url: str) -> dict[str, list[str]]:
    with psycopg.connect(url) as owner:
        return {name: sorted(map(repr, owner.execute(query).fetchall())) for name, query in SCHEMA.items()}


@pytest.fixture
def new(empty: Callable[[str], str]) -> dict[str, list[str]]:
    """What a new installation has."""
    url = empty("new")
    assert "_squashed" in migrate(url)
    return schema(url)


@pytest.mark.parametrize("at", [pytest.param(EARLIER, id="earlier"), pytest.param(REPLACED, id="latest")])
def test_an_installation_of_before_gets_what_a_new_one_has(
    at: list[tuple[str, str]], new: dict[str, list[str]], empty: Callable[[str], str]
) -> None:
    url = empty("before")
    as_before(url, at)
    migrate(url)
    had = schema(url)
    for name, rows in new.items():
        assert had[name] == rows, name
    assert "No migrations to apply" in migrate(url)
