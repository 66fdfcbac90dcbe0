"""The registry of tools against what it names: the OpenAPI document, the permissions of views, the known scopes."""

import json

import jsonschema  # type: ignore[import-untyped]
import pytest
from django.urls import Resolver404, resolve

from accounts import roles
from accounts.callers import Principal
from executor_one.kit.errors import Malformed
from executor_one.kit.routes import PARAMETER, api_routes
from mcp_server.arguments import RENAMED, arguments_of, input_schema, request_of
from mcp_server.tools import TOOLS, scopes_of, visible_to
from tests.documented import document, statuses

each_tool = pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
MOST_CHARACTERS = 20_000  # of all schemas together: they stand in the context of a model
GOAL = "01960b4e-5c00-7000-8000-6f2b1d9c3a10"


def operation_of(tool):
    return document()["paths"][tool.path][tool.method.lower()]


def inlined(schema):
    """What a schema of the document says, with what it refers to."""
    if isinstance(schema, list):
        return [inlined(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return inlined(document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    return {name: inlined(one) for name, one in schema.items()}


def test_E_R22_the_tools_are_these():
    assert list(TOOLS) == [
        "create_goal", "get_goal", "list_goals", "cancel_goal", "goal_logs", "preview_plan", "remember", "recall",
        "corrections", "usage",
    ]  # fmt: skip


@each_tool
def test_E_R22_a_tool_is_an_operation_of_the_document_and_needs_what_its_view_says(tool):
    assert operation_of(tool)["operationId"]
    (route,) = [route for route in api_routes() if str(route) == tool.operation]
    assert tool.permissions == route.permission.split()
    assert set(tool.permissions) <= roles.ALL_PERMISSIONS


@each_tool
def test_E_R22_a_tool_takes_all_that_its_operation_takes(tool):
    operation = operation_of(tool)
    wanted = {one["name"] for one in operation.get("parameters", []) if one["in"] != "header" or not tool.is_reading}
    content = operation.get("requestBody", {}).get("content", {})
    if content:
        wanted |= set(inlined(content["application/json"]["schema"])["properties"])
    assert {one.api_name for one in arguments_of(tool.name)} == wanted
    assert {one.name for one in arguments_of(tool.name)} == {RENAMED.get(name, name) for name in wanted}


@each_tool
def test_E_R22_its_schema_is_one_and_stands_alone(tool):
    schema = input_schema(tool)
    jsonschema.Draft202012Validator.check_schema(schema)
    text = json.dumps(schema)
    assert "$ref" not in text
    assert "x-spec" not in text
    assert schema["additionalProperties"] is False


def test_E_R22_all_schemas_together_leave_room_for_thoughts():
    assert sum(len(json.dumps(input_schema(tool))) for tool in TOOLS.values()) < MOST_CHARACTERS


@pytest.mark.parametrize(
    "step",
    [
        "echo hello",
        {"type": "shell", "params": {"command": "true"}, "name": "n", "dependsOn": [], "timeoutMs": 5,
         "verify": {"exitCode": [0, 2], "outputContains": "x"}},
        {"type": "file-writer", "params": {"action": "write", "path": "a", "content": "b"}},
        {"type": "http-client", "params": {"url": "https://example.com"}, "verify": {"status": "2xx"}},
        {"type": "database", "params": {"engine": "sqlite", "path": "a.db", "sql": "select 1"}},
    ],
)  # fmt: skip
def test_E_R22_a_step_that_the_document_takes_the_tools_take_too(step):
    body = {"description": "x", "semanticPath": [step]}
    inlined_body = inlined(operation_of(TOOLS["create_goal"])["requestBody"]["content"]["application/json"]["schema"])
    jsonschema.validate(body, inlined_body)
    jsonschema.validate(body, input_schema(TOOLS["create_goal"]))
    jsonschema.validate(body, input_schema(TOOLS["preview_plan"]))


@each_tool
def test_E_R22_a_call_becomes_the_request_of_the_operation(tool):
    asked = request_of(tool, {"goal_id": GOAL} if "{goal_id}" in tool.path else {})
    assert asked.method == tool.method
    assert "/" + PARAMETER.sub(r"{\1}", resolve(asked.path).route) == tool.path
    assert "200" in statuses(asked.path, asked.method) or "201" in statuses(asked.path, asked.method)


def test_E_R22_arguments_go_where_the_operation_has_them():
    asked = request_of(
        TOOLS["create_goal"],
        {"description": "ä", "selfCorrect": False, "wait_seconds": 5, "idempotency_key": "k", "unknown": [1]},
    )
    assert (asked.path, asked.query, asked.headers) == ("/api/goals", "wait=5", {"Idempotency-Key": "k"})
    assert json.loads(asked.body) == {"description": "ä", "selfCorrect": False, "unknown": [1]}
    recall = request_of(TOOLS["recall"], {"query": "a b&c", "crystallizedOnly": True, "tags": None, "unknown": "x"})
    assert (recall.query, recall.body) == ("query=a+b%26c&crystallizedOnly=true&unknown=x", None)


@pytest.mark.parametrize("wrong", [None, 5, "", "..", "a/b", "a?b", "a%2fb", "a\n", "ä", "x" * 101, ["a"]])
def test_E_R22_an_id_cannot_lead_to_another_address(wrong):
    with pytest.raises(Malformed) as refused:
        request_of(TOOLS["get_goal"], {"goal_id": wrong})
    assert list(refused.value.errors) == ["goal_id"]


def test_E_R22_the_same_said_in_another_order_is_the_same_request():
    said = {"description": "x", "semanticPath": ["ls"], "priority": 0.5}
    turned = dict(reversed(said.items()))
    assert request_of(TOOLS["create_goal"], said).body == request_of(TOOLS["create_goal"], turned).body


@pytest.mark.parametrize(
    "wrong", [{"wait": 1}, {"Idempotency-Key": "k"}, {"idempotency_key": 5}, {"idempotency_key": ["k"]}], ids=str
)
def test_E_R22_arguments_have_the_names_and_kinds_that_the_tool_says(wrong):
    with pytest.raises(Malformed):
        request_of(TOOLS["create_goal"], {"description": "x", **wrong})


def test_E_R22_what_is_wrong_is_told_by_the_tool_s_names():
    from mcp_server.protocol import renamed

    body = {"message": "wait: This must be a whole number.", "errors": {"wait": ["..."], "x": []}}
    assert renamed(body) == {
        "message": "wait_seconds: This must be a whole number.", "errors": {"wait_seconds": ["..."], "x": []}
    }  # fmt: skip
    assert renamed({"message": "wait: no"}) == {"message": "wait: no", "errors": {}}


def test_E_R22_no_tool_that_claims_to_read_writes():
    for tool in TOOLS.values():
        assert tool.is_reading == (tool.method == "GET" or tool.name == "preview_plan")


@pytest.mark.parametrize(("scopes", "seen"), [
    (["keys.view"], []),
    (["goals.view"], ["get_goal", "list_goals", "goal_logs"]),
    (["memory.view", "memory.edit"], ["remember", "recall"]),
    (["*"], list(TOOLS)),
])  # fmt: skip
def test_E_R22_who_has_the_scopes_sees_the_tools(scopes, seen):
    caller = Principal("acc_1", roles.DEVELOPER, scopes, "key", "key_1")
    assert [tool.name for tool in visible_to(caller)] == seen


def test_E_R22_a_viewers_key_sees_what_changes_nothing():
    caller = Principal("acc_1", roles.VIEWER, ["*"], "key", "key_1")
    assert scopes_of(visible_to(caller)) == ["goals.view", "learning.view", "memory.view", "usage.view"]


def test_nothing_else_answers_below_mcp():
    with pytest.raises(Resolver404):
        resolve("/mcp/")
