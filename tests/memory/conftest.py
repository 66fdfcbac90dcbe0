"""What the tests of memory share."""

import pytest
from django.db import connection

from executor_one.kit import tenancy


@pytest.fixture
def store(api):
    """`store(key="a", value=1)`: the answer of POST /api/memory, `value` being {} when not said."""

    def post(client=api, **fields):
        return client.post("/api/memory", {"value": {}, **fields}, content_type="application/json")

    return post


@pytest.fixture
def keys_of(api):
    """`keys_of("tags=infra")`: the keys of a list, in its order."""

    def get(query="", client=api):
        answer = client.get(f"/api/memory?{query}")
        assert answer.status_code == 200, answer.content
        return [one["key"] for one in answer.json()["data"]]

    return get


@pytest.fixture
def rows_of(member):
    """`rows_of("SELECT ...")`: what a statement of the application's role finds in the member's account."""

    def select(statement, *params):
        with tenancy.account_scope(member.account), connection.cursor() as cursor:
            cursor.execute(statement, params)
            return cursor.fetchall() if cursor.description else cursor.rowcount

    return select


@pytest.fixture
def events_of(member):
    """`events_of()`: (type, data) of what happened to memories, in order."""

    def read():
        from events.models import Event

        with tenancy.account_scope(member.account):
            found = Event.objects.filter(type__startswith="memory.").order_by("id")
            return [(one.type, one.data) for one in found]

    return read


@pytest.fixture
def ask():
    """`ask(api, "a question", tags=...)`: what recall by meaning answers."""

    def do(client, question, **more):
        answer = client.get("/api/memory", {"query": question, "mode": "semantic", **more})
        assert answer.status_code == 200, answer.content
        return answer.json()["data"]

    return do


@pytest.fixture
def remember(run_jobs):
    """`remember(api, key=value, ...)`: store memories over the API, and let the queue make their vectors."""

    def do(client, memories, *, embed=True, **more):
        for key, value in memories.items():
            body = {"key": key, "value": value, **more}
            answer = client.post("/api/memory", body, content_type="application/json")
            assert answer.status_code in (200, 201), answer.content
        return run_jobs() if embed else 0

    return do
