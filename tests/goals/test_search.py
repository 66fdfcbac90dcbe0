"""Searching the descriptions of goals: any part of them, at a bounded cost, and honest about what was not looked at."""

import json
from datetime import timedelta

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from executor_one.kit.tenancy import account_scope
from goals import queries, views
from goals.queries import SEARCHED, goals_wanted
from tests.pages.visitors import told, visitor

MANY = 50_000
FILL = """
    INSERT INTO goals_goal (account_id, id, kind, description, semantic_path, priority, planner, state, tasks_total,
        tasks_completed, error_code, error, self_correct, planned_from, fixes_applied, fixes_worked, model_asks,
        model_calls, model_asking, created_by, created_at, finished_at)
    SELECT %s, gen_random_uuid(), 'goal', 'Deploy the shop number ' || n || repeat(' and more', 10), '[]', 'normal',
        'path', 'completed', 1, 1, '', '', true, 0, 0, 0, 0, 0, false, 'executor',
        now() - n * interval '1 minute', now()
    FROM generate_series(1, %s) n"""


def fill(member, count):
    with account_scope(member.account), connection.cursor() as cursor:
        cursor.execute(FILL, [member.id, count])


def visited(plan):
    """The rows that the nodes of a plan have read from tables and indexes."""
    own = (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"]
    below = sum(visited(one) for one in plan.get("Plans", []))
    return below + (own if "Scan" in plan["Node Type"] else 0)


@pytest.fixture
def few(monkeypatch):
    for module in (queries, views):
        monkeypatch.setattr(module, "SEARCHED", 3)


def test_any_part_of_a_description_is_found_in_any_case(api):
    body = {"description": "Deploy the Shop-Front to 50% of users", "semanticPath": ["true"]}
    goal = api.post("/api/goals", body, content_type="application/json").json()["id"]
    for part in ("deploy", "shop-front", "FRONT", "50%", "ploy the", "users"):
        found = api.get("/api/goals", {"search": part}).json()
        assert ([one["id"] for one in found["data"]], found["meta"]["total"]) == ([goal], 1), part
    for part in ("5_%", "deployed", "%"):
        assert (api.get("/api/goals", {"search": part}).json()["meta"]["total"] == 1) == (part == "%"), part


@pytest.fixture
def analyzed(database_urls):
    """`analyzed()`: let Postgres learn what the tables hold, as autovacuum does; forgotten again for other tests."""
    forget = "SELECT pg_clear_attribute_stats('public', 'goals_goal', attname, false) FROM pg_attribute "
    with psycopg.connect(database_urls.owner_url, autocommit=True) as owner:
        yield lambda: owner.execute("ANALYZE goals_goal")
        if owner.info.server_version >= 180000:
            owner.execute(f"{forget} WHERE attrelid = 'goals_goal'::regclass AND attnum > 0 AND NOT attisdropped")
            owner.execute("SELECT pg_clear_relation_stats('public', 'goals_goal')")


def test_a_search_reads_the_newest_goals_of_its_account_and_no_more(committed, member, make_member, analyzed):
    fill(member, MANY)
    fill(make_member("two@example.com"), MANY)
    analyzed()
    with account_scope(member.account):
        for wanted in ({"search": "number 49999 "}, {"search": "number 1999 ", "sort": "state"}, {"search": "shop"}):
            text, params = goals_wanted(**wanted)[:51].query.sql_with_params()
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {text}", params)
                (plan,) = json_of(cursor)
            assert visited(plan["Plan"]) <= 3 * SEARCHED + 100, json.dumps(plan, indent=1)
        assert not goals_wanted(search="number 49999 ").exists()
        assert goals_wanted(search="number 1999 ").count() == 1


def test_who_and_when_are_found_by_index(committed, member, analyzed):
    fill(member, MANY)
    with account_scope(member.account), connection.cursor() as cursor:
        cursor.execute("UPDATE goals_goal SET created_by = 'key:rare' WHERE description LIKE '%number 4999_ %'")
    analyzed()
    now = timezone.now()
    with account_scope(member.account):
        for wanted in (
            {"created_by": "key:rare"},
            {"created_by": "key:rare", "stated": (now - timedelta(days=40), None)},
            {"stated": (now - timedelta(days=40), now - timedelta(days=34))},
        ):
            text, params = goals_wanted(**wanted)[:51].query.sql_with_params()
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {text}", params)
                (plan,) = json_of(cursor)
            assert visited(plan["Plan"]) <= 200, json.dumps(plan, indent=1)
        assert goals_wanted(created_by="key:rare").count() == 10


def json_of(cursor):
    found = cursor.fetchone()[0]
    return json.loads(found) if isinstance(found, str) else found


def test_the_page_says_when_it_has_not_looked_at_every_goal(member, few):
    fill(member, 3)
    browser = visitor(member)
    assert "Searched the newest" not in told(browser.get("/dashboard/goals?search=shop"))
    fill(member, 1)
    assert "Searched the newest 3 goals." in told(browser.get("/dashboard/goals?search=shop"))
    assert "Searched the newest" not in told(browser.get("/dashboard/goals"))
    assert "number 3 " not in told(browser.get("/dashboard/goals?search=number%203%20"))
