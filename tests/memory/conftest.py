"""What the tests of recall by meaning share."""

import pytest


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
