"""Snapshots: several reads as one query, with the same rows and types as a batch has them."""

import re

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from executor_one.kit import tenancy
from executor_one.kit.batch import Batch, columns, load
from executor_one.kit.snapshot import Snapshot
from memory.models import Memory

pytestmark = pytest.mark.smoke
ROOMS = {"accounts", "billing", "goals", "memory", "events", "runners", "executor_one"}


@pytest.fixture
def scope(member):
    with tenancy.account_scope(member.account):
        yield member


def test_each_statement_has_its_own_numbers_and_its_rows_in_their_order(scope):
    reading = Snapshot()
    reading.sql("SELECT $2::int AS second, $1::text AS first", "it's \\ %s $1", 2)
    reading.sql("SELECT 'no value' AS one, '100 %' AS other")
    reading.sql("SELECT at FROM generate_series(1, $1::int) at ORDER BY at DESC", 3)
    reading.sql("SELECT 1 AS none WHERE false")
    assert reading.run() == [[(2, "it's \\ %s $1")], [("no value", "100 %")], [(3,), (2,), (1,)], []]
    assert reading.run() == [], "what was asked is not asked again"


def test_what_waits_is_sent_before(member):
    """BEGIN and the account travel with the first statement of a transaction."""
    with tenancy.account_scope(member.account):
        reading = Snapshot()
        reading.sql("SELECT current_setting('app.account') AS account")
        assert reading.run() == [[(member.id,)]]


SAMPLES = {
    "varchar": "'wörter'", "text": "'text'", "bigint": "12345678901", "integer": "7", "smallint": "3",
    "boolean": "true", "double precision": "0.1", "timestamp with time zone": "'2026-02-03 04:05:06.789012+05'",
    "date": "'2026-02-03'", "uuid": "'01a2254e-7714-73f5-b2c4-50cbd88f5244'", "bytea": r"'\x00ff'",
    "inet": "'10.0.0.1'",
    "varchar[]": "ARRAY['a', 'b']", "integer[]": "ARRAY[1, 2]", "jsonb": """'{"a": [1, "b", null]}'""",
}  # fmt: skip


def test_every_type_of_column_comes_as_it_comes_out_of_a_batch(scope):
    """What `load` makes a row of; a type that is not among the samples has to be looked at first."""
    ours = {one.__module__.split(".")[0] for one in apps.get_models()} & ROOMS
    fields = [field for one in apps.get_models() for field in one._meta.concrete_fields
              if one.__module__.split(".")[0] in ours]  # fmt: skip
    kinds = sorted({re.sub(r"\(\d+\)", "", field.rel_db_type(connection)) for field in fields})
    kinds.remove("bit")  # no page reads one
    values = ", ".join(f"{SAMPLES[kind]}::{kind} AS c{at}" for at, kind in enumerate(kinds))
    found = []
    for way in (Batch, Snapshot):
        reading = way()
        reading.sql(f"SELECT {values} UNION ALL SELECT {', '.join('NULL' for _ in kinds)} ORDER BY 1 NULLS LAST")
        found.append([tuple(map(plain, row)) for row in reading.run()[0]])
    assert len(kinds) > 10
    assert dict(zip(kinds, found[0][0], strict=True)) == dict(zip(kinds, found[1][0], strict=True))
    assert found[1][1] == (None,) * len(kinds)


def plain(value):
    return bytes(value) if isinstance(value, (bytes, memoryview)) else value


def test_a_memory_is_the_same_either_way(scope, api):
    api.post("/api/memory", {"key": "a/b", "value": {"x": [1]}, "tags": ["t"]}, content_type="application/json")
    statement = f"SELECT {columns(Memory, 'one')} FROM memory_memory one WHERE account_id = $1"
    rows = []
    for kind in (Batch, Snapshot):
        reading = kind()
        reading.sql(statement, scope.id)
        ((row,),) = reading.run()
        rows.append({name: getattr(load(Memory, row), name) for name in ("key", "value", "tags", "created_at", "pk")})
    assert rows[0] == rows[1]
    assert rows[0]["tags"] == ["t"]


def test_both_walls_stand(account_a, account_b):
    with tenancy.account_scope(account_a):
        reading = Snapshot()
        reading.sql("SELECT count(*) AS n FROM goals_goal WHERE account_id = $1", account_b.pk)
        assert reading.run() == [[(0,)]]


def test_an_error_is_djangos_and_the_next_one_works(scope):
    reading = Snapshot()
    reading.sql("SELECT 1 / $1::int AS broken", 0)
    with pytest.raises(DatabaseError), transaction.atomic():
        reading.run()
    reading.sql("SELECT 1 AS fine")
    assert reading.run() == [[(1,)]]
