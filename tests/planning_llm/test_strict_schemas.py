"""The actuators' schemas as a model's strict mode takes them, and answers as the actuators take them."""

import json

import pytest

from actuators import registry, verifying
from goals.planning import by_model, strict

KNOWN = {"type", "enum", "description", "properties", "required", "additionalProperties", "items", "anyOf"}


def parts(schema):
    """Every schema within a schema."""
    yield schema
    for inner in [
        *schema.get("properties", {}).values(),
        *schema.get("anyOf", []),
        *filter(None, [schema.get("items")]),
    ]:
        yield from parts(inner)


def test_every_actuator_s_schema_is_one_of_the_strict_mode():
    for part in parts(by_model.schema(tuple(registry.MODULES))):
        assert set(part) <= KNOWN, part
        assert "type" in part or "anyOf" in part, part
        assert isinstance(part.get("type", ""), str), part
        if part.get("type") == "object":
            assert part["additionalProperties"] is False
            assert part["required"] == list(part["properties"])
        if part.get("type") == "array":
            assert part["items"]


@pytest.mark.parametrize("name", registry.MODULES)
def test_every_param_is_offered_and_the_optional_ones_may_be_null(name):
    schema = registry.actuator(name).PARAMS
    said = strict.offered(schema)
    assert set(said["properties"]) == set(schema["properties"])
    for param, one in said["properties"].items():
        may_be_null = {"type": "null"} in one.get("anyOf", [])
        assert may_be_null is (param not in schema["required"]), param


def test_what_is_null_is_left_out():
    schema = registry.actuator("http-client").PARAMS
    nulls = dict.fromkeys(schema["properties"])
    assert strict.meant({**nulls, "url": "https://example.com"}, schema) == {"url": "https://example.com"}
    assert strict.meant({"url": None, "colour": None}, schema) == {"url": None, "colour": None}, (
        "for the check to refuse"
    )


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ({"json": '{"a": [1, null]}'}, {"json": {"a": [1, None]}}),
        ({"json": "null"}, {"json": None}),
        ({"json": '"a text"'}, {"json": "a text"}),
        ({"json": {"a": 1}}, {"json": {"a": 1}}),
        ({"query": '{"q": ["x", 2]}'}, {"query": {"q": ["x", 2]}}),
        ({"headers": [{"name": "X-A", "value": "1"}]}, {"headers": [{"name": "X-A", "value": "1"}]}),
        ({"headers": {"X-A": "1"}}, {"headers": {"X-A": "1"}}),
        ({"expectedStatus": [200, "4xx"]}, {"expectedStatus": [200, "4xx"]}),
        ({"body": '{"a": 1}'}, {"body": '{"a": 1}'}),
    ],
)
def test_what_can_be_anything_is_said_as_json_in_a_text(said, meant):
    assert strict.meant(said, registry.actuator("http-client").PARAMS) == meant


def test_bound_values_and_json_paths_are_too():
    database = registry.actuator("database").PARAMS
    assert strict.meant({"params": '[1, "x", null]'}, database) == {"params": [1, "x", None]}
    assert strict.meant({"params": '{"id": null}'}, database) == {"params": {"id": None}}
    verify = {"json": '{"$.ready": true}', "status": 200, "fileExists": None}
    assert strict.meant(verify, verifying.VERIFY) == {"json": {"$.ready": True}, "status": 200}


@pytest.mark.hostile
@pytest.mark.parametrize("text", ["", "no JSON", "NaN", '{"a": Infinity}', "[" * 100_000, "{'a': 1}"])
def test_a_text_that_holds_no_json_is_told_by_its_place(text):
    with pytest.raises(strict.NotJson) as told:
        strict.meant({"json": text}, registry.actuator("http-client").PARAMS, "params")
    assert told.value.at == "params.json"


def test_schemas_stay_small():
    assert len(json.dumps(by_model.schema(tuple(registry.MODULES)))) < 30_000
