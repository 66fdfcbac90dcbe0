"""The committed OpenAPI document: complete, and its examples true to its own schemas."""

import jsonschema  # type: ignore[import-untyped]
import pytest

from tests.documented import document

METHODS = ("get", "post", "put", "patch", "delete")
OPERATIONS = [
    (f"{method.upper()} {path}", operation)
    for path, item in document()["paths"].items()
    for method, operation in item.items()
    if method in METHODS
]
each_operation = pytest.mark.parametrize(
    "operation", [each[1] for each in OPERATIONS], ids=[each[0] for each in OPERATIONS]
)
NOT_OURS = {"schema_retrieve"}  # drf-spectacular's own
SOURCES = ("(E", "(A", "(O", "(X", "(K")


def resolved(part):
    """What a reference refers to."""
    while "$ref" in part:
        found = document()
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        part = found
    return part


def bodies(operation):
    yield "request", operation.get("requestBody", {})
    for status, answer in operation["responses"].items():
        yield status, resolved(answer)


def test_the_document_is_3_1():
    assert document()["openapi"].startswith("3.1")


@each_operation
def test_A_R1_every_operation_says_what_it_does(operation):
    assert operation["operationId"]
    assert len(operation["summary"]) > 10
    assert len(operation["description"]) >= len(operation["summary"])
    assert not any(source in operation["description"] for source in SOURCES)
    assert all(resolved(answer)["description"] for answer in operation["responses"].values())


@each_operation
def test_every_answer_says_its_receipt_and_rates(operation):
    for answer in operation["responses"].values():
        headers = resolved(answer).get("headers", {})
        assert {"X-Receipt", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"} <= headers.keys()


@each_operation
def test_every_operation_names_its_refusals(operation):
    named = {*operation["responses"]}
    assert {"400", "429", "500", "503"} <= named
    assert ({"401", "403"} <= named) == bool(operation.get("security"))
    assert ("413" in named) == ("requestBody" in operation)


@each_operation
def test_every_body_has_an_example_that_its_schema_allows(operation):
    for status, body in bodies(operation):
        for media, content in body.get("content", {}).items():
            if not content.get("schema"):
                continue
            example = content.get("example") or next(iter(content.get("examples", {}).values()))["value"]
            if "json" in media:
                schema = {**content["schema"], "components": document()["components"]}
                jsonschema.Draft202012Validator(schema).validate(example)
            assert example, (status, media)
