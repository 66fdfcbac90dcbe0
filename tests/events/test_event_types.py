"""The catalogue of events is what the product publishes: each type, and what its data holds."""

import ast
import re

import pytest
from django.core.management import call_command

from events.catalogue import EVENTS, OPTIONAL
from executor_one.kit import tenancy
from tests.test_architecture import calls, product

ANY = "\0"  # stands for what a type is put together from


def said_types(node):
    """The types that an expression may be; ANY in the place of what is not known."""
    if isinstance(node, ast.Constant):
        return {node.value}
    if isinstance(node, ast.IfExp):
        return said_types(node.body) | said_types(node.orelse)
    if isinstance(node, ast.JoinedStr):
        return {"".join(part.value if isinstance(part, ast.Constant) else ANY for part in node.values)}
    return set()


def published():
    found = set()
    for path, tree in product().items():
        for call in calls(tree, "event", "tell", "publish_for_all", "_publish"):
            if call.args and path != "events/actions.py":
                found |= said_types(call.args[0])
    return {one for one in found if isinstance(one, str) and "." in one}


def patterns():
    return {one: re.compile(re.escape(one).replace(re.escape(ANY), r"\w+")) for one in published()}


def test_what_is_published_anywhere_is_in_the_catalogue():
    unknown = [one for one, pattern in patterns().items() if not any(map(pattern.fullmatch, EVENTS))]
    assert not unknown


def test_what_is_in_the_catalogue_is_published_somewhere():
    known = patterns().values()
    assert not [type for type in EVENTS if not any(pattern.fullmatch(type) for pattern in known)]


def test_the_reference_page_is_the_catalogue():
    call_command("event_types", "--check")


def wrong_fields(row):
    """What the catalogue does not say of an event's data, or says and is not there."""
    data, said = set(row["data"]), EVENTS[row["type"]].data
    needed = {name for name in said if not name.endswith(OPTIONAL)}
    return (data - {name.rstrip(OPTIONAL) for name in said}) | (needed - data)


@pytest.fixture
def stream(db, member):
    from events.queries import following

    def read():
        with tenancy.account_scope(member.account):
            return following(member.id, 0, limit=1000)

    return read


def state(api, *path, **more):
    body = {"description": "Ship it with password=hunter2secret please", "semanticPath": list(path), **more}
    answer = api.post("/api/goals", body, content_type="application/json")
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def test_E22_a_goal_tells_what_the_catalogue_says(api, stream, work):
    goal = state(api, "true", "false", selfCorrect=False)
    work(exit_code=0, duration_ms=12)
    work("failed", exit_code=3, error_code="exit_code", error="It ended with exit code 3.")
    rows = [row for row in stream() if row["type"].startswith(("goal.", "task."))]
    assert [row["type"] for row in rows] == [
        "goal.created", "goal.planned", "task.started", "task.completed", "goal.progress", "task.started",
        "task.failed", "goal.failed",
    ]  # fmt: skip
    assert not [(row["type"], wrong) for row in rows if (wrong := wrong_fields(row))]
    data = [row["data"] for row in rows]
    assert {one["goal"] for one in data} == {goal}
    assert data[0]["description"] == "Ship it with password=[secret] please"
    assert data[1]["tasks"] == 2
    assert (data[3]["attempt"], data[3]["exitCode"], data[3]["durationMs"]) == (1, 0, 12)
    progress = {"goal": goal, "progress": 0.5, "tasksCompleted": 1, "tasksTotal": 2}
    assert data[4] == progress
    assert (data[6]["exitCode"], data[6]["code"]) == (3, "exit_code")
    assert (data[7]["error"], "It ended with exit code 3." in data[7]["message"]) == ("exit_code", True)


def test_a_failure_of_ours_is_an_error_of_the_executor(api, stream, work):
    state(api, "true", selfCorrect=False)
    work("failed", error_code="sandbox_unavailable", error="No sandbox on this runner, so nothing was run: x")
    types = [row["type"] for row in stream()]
    assert types[-3:] == ["executor.error", "task.failed", "goal.failed"]
    assert not [wrong for row in stream() if (wrong := wrong_fields(row))]


def test_a_direct_execution_tells_no_command(api, stream, work):
    from billing.queries import plan_of
    from goals.actions import execute_directly

    account = stream()[0]["account_id"]
    with tenancy.account_scope(account):
        execute_directly(
            plan=plan_of(account), actor="test", type="shell", params={"command": "cat of-mine"}, timeout_ms=1000
        )
    work("failed", exit_code=1, error_code="exit_code", error="It ended with exit code 1.")
    rows = [row for row in stream() if row["type"].startswith(("goal.", "task."))]
    assert "goal.failed" in [row["type"] for row in rows]
    assert "of-mine" not in str([row["data"] for row in rows])


def test_other_deeds_tell_what_the_catalogue_says(api, stream):
    key = api.post("/api/auth/keys", {"name": "x", "role": "viewer"}, content_type="application/json").json()
    api.delete(f"/api/auth/keys/{key['id']}")
    api.post("/api/memory", {"key": "a", "value": 1}, content_type="application/json")
    api.put("/api/memory/a", {"value": 2}, content_type="application/json")
    api.delete("/api/memory/a")
    goal = state(api, "true")
    api.delete(f"/api/goals/{goal}")
    rows = stream()
    expected = {"key.created", "key.revoked", "memory.stored", "memory.updated", "memory.deleted", "goal.cancelled"}
    assert expected <= {row["type"] for row in rows}
    assert not [(row["type"], wrong) for row in rows if (wrong := wrong_fields(row))]
