"""A look leaves no trace in what it looks at: nothing that staff open as a customer changes a row of anybody."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection

from accounts.models import ApiKey, User
from executor_one.kit import tenancy
from executor_one.kit.routes import api_routes
from executor_one.kit.tenancy import account_scope
from goals.models import Goal
from memory.models import Memory
from tests.console.test_looking import look_as
from tests.pages.addresses import addresses
from tests.test_routes import known_correction, known_tree

# It is told, it is staff's session, and requests are counted and logged, whoever makes them.
OF_THE_LOOK = {"django_session", "accounts_look", "events_event", "kit_ratebucket", "accounts_apirequest"}


def rows():
    """What is in every table: {table: digest of its rows}."""
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True) if model._meta.managed}
    with tenancy.all_accounts(reason="a test sees every row"), connection.cursor() as cursor:
        found = {}
        for table in sorted(tables - OF_THE_LOOK):
            cursor.execute(f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t")
            found[table] = cursor.fetchone()[0]
    return found


@pytest.fixture
def customer(db, make_member, client_of, work):
    """An account with something to see in it."""
    member = make_member("customer@example.com", "pro")
    api = client_of(member.key)
    for body in ({"key": "notes/deploy", "value": "by hand"}, {"key": "audit", "value": 1}):
        assert api.post("/api/memory", body, content_type="application/json").status_code == 201
    goal = {"description": "Ship it", "semanticPath": ["true"]}
    assert api.post("/api/goals", goal, content_type="application/json").status_code == 201
    while work(stdout="x"):
        pass
    with account_scope(member.account):
        member.ids = {
            "goal_id": Goal.objects.get().pk, "key_id": ApiKey.objects.get().pk, "key": "notes/deploy",
            "correction_id": known_correction(member.account).pk, "tree_id": known_tree(member.account).pk,
        }  # fmt: skip
    return member


def api_addresses(ids):
    """The address of every GET of the API of which the ids are known."""
    for route in api_routes():
        if route.method == "GET" and set(route.parameters) <= ids.keys() and "events/stream" not in route.path:
            yield route.path.format(**ids)


def test_nothing_that_can_be_opened_changes_a_row(customer, operator):
    before, person = rows(), User.objects.get(email="customer@example.com")
    look_as(operator, person.email)
    ids = {name: str(value) for name, value in customer.ids.items()}
    more = ["/api/memory?mode=semantic&q=how+is+it+deployed", "/api/memory/audit?exact=true", "/dashboard/memory?q=by"]
    asked = [*addresses(ids), *api_addresses(ids), *more]
    seen = []
    for address in asked:
        if address in ("/logout", "/admin/leave") or "stream" in address:
            continue
        answer = operator.get(address)
        seen.append(answer.status_code)
        after = rows()
        assert {table for table in before if before[table] != after[table]} == set(), address
    assert seen.count(200) > 50
    person.refresh_from_db()
    operator.post("/admin/leave")
    assert rows() == before


def test_E19_a_look_at_a_memory_is_no_access_and_its_person_s_is(customer, client_of, operator):
    look_as(operator, "customer@example.com")
    for _ in range(12):
        assert operator.get("/api/memory/notes/deploy").status_code == 200
        assert operator.get("/dashboard/memory/item?key=notes/deploy").status_code == 200
    with account_scope(customer.account):
        seen = Memory.objects.get(key="notes/deploy")
    assert (seen.access_count, seen.accessed_at, seen.suggest_crystallize) == (0, None, False)
    answer = client_of(customer.key).get("/api/memory/notes/deploy").json()
    assert answer["accessCount"] == 1
