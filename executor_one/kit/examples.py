"""Examples for the OpenAPI document, made of its own schemas, so that none can be wrong: a test holds them against it.

A serializer that wants another one says so itself (drf-spectacular's `extend_schema_serializer(examples=...)`).
"""

from __future__ import annotations

from typing import Any

DEEPEST = 6  # levels of a schema that holds itself
FORMATS = {
    "date-time": "2026-04-06T12:00:00Z",
    "date": "2026-04-06",
    "uuid": "01960b4e-5c00-7000-8000-6f2b1d9c3a10",
    "email": "dana@example.com",
    "uri": "https://example.com/hooks/executor",
    "ipv4": "203.0.113.7",
    "ipv6": "2001:db8::7",
    "binary": "...",
}
# What a string is called says what it looks like.
NAMES = {
    "accountId": "acc_01KAQ3V6T9ZB4R2XW8Y5M7N0PD",
    "action": "deployment.reviewed",
    "actor": "key:key_01KAQ3V6T9ZB4R2XW8Y5M7N0PD",
    "actorId": "key_01KAQ3V6T9ZB4R2XW8Y5M7N0PD",
    "actuator": "shell",
    "apiKey": "exo_4fJ2kQ9sT7bXw1Zc8VnM3pRd6LhG5yKaE0uWoi",
    "createdBy": "user:01960b4e-5c00-7000-8000-6f2b1d9c3a10",
    "currency": "eur",
    "description": "Run the test suite of the web shop",
    "error": "The command ended with exit code 1.",
    "errorCode": "exit_code",
    "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "hosts": "api.example.com",
    "id": "01KAQ3V6T9ZB4R2XW8Y5M7N0PD",
    "ip": "203.0.113.7",
    "key": "project/web-shop/test-command",
    "kind": "shell",
    "message": "There is nothing here with this id.",
    "method": "POST",
    "name": "Web shop",
    "package": "calls-500",
    "packageSlug": "calls-500",
    "password": "a long sentence that only you know",
    "path": "reports/result.txt",
    "plan": "pro",
    "prefix": "exo_4fJ2kQ9s",
    "receipt": "rcp_01KAQ3V6T9ZB4R2XW8Y5M7N0PD",
    "reason": "The branch was deleted meanwhile.",
    "semanticPath": "npm test",
    "slug": "calls-500",
    "stdout": "42 passed\n",
    "tags": "web-shop",
    "tier": "pro",
    "title": "Not Found",
    "token": "ses_4fJ2kQ9sT7bXw1Zc8VnM3pRd6LhG5yKaE0uWoi",
    "type": "goal.completed",
    "types": "goal.completed",
    "url": "https://example.com/hooks/executor",
}
ANY_TEXT = "text"
# What may be any JSON, or an object of the caller's.
VALUES: dict[str, Any] = {
    "data": {"goal": FORMATS["uuid"]},
    "fix": {"kind": "wait", "seconds": 5},
    "metadata": {"ticket": 4711},
    "params": {"command": "npm test"},
    "semanticPath": ["npm ci", "npm test"],
    "value": {"command": "npm test"},
}


def add_examples(result: dict[str, Any]) -> None:
    """Put an example on every body of every operation that has none."""
    schemas = result["components"]["schemas"]
    for path in result["paths"].values():
        for operation in path.values():
            if not isinstance(operation, dict):
                continue
            for body in (operation.get("requestBody", {}), *operation["responses"].values()):
                for media in body.get("content", {}).values():
                    if "example" not in media and "examples" not in media and "schema" in media:
                        media["example"] = example_of(media["schema"], schemas)


def example_of(schema: dict[str, Any], schemas: dict[str, Any], name: str = "", depth: int = 0) -> Any:
    """A value that the schema allows; `name` is that of the field it stands in."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    said = _said(schema)
    if said is not None:
        return said
    for key in ("allOf", "oneOf", "anyOf"):
        if key in schema:
            return example_of(schema[key][0], schemas, name, depth)
    if name in VALUES and "properties" not in schema and schema.get("type", "object") == "object":
        return VALUES[name]
    return _of_type(_type_of(schema), schema, schemas, name, depth)


def _said(schema: dict[str, Any]) -> Any:
    """A value that the schema names itself; None for none."""
    named = [schema.get("example"), schema.get("const"), schema.get("default"), *schema.get("examples", [])[:1]]
    return next((value for value in [*named, *schema.get("enum", [])] if value not in (None, "")), None)


def _type_of(schema: dict[str, Any]) -> str:
    kind = schema.get("type", "object" if "properties" in schema else "string")
    return str(kind if isinstance(kind, str) else next(one for one in kind if one != "null"))


def _of_type(kind: str, schema: dict[str, Any], schemas: dict[str, Any], name: str, depth: int) -> Any:
    if kind == "object":
        return _object(schema, schemas, depth)
    if kind == "array":
        items = schema.get("items", {})
        return [example_of(items, schemas, name, depth + 1)] if depth < DEEPEST else []
    if kind in ("integer", "number"):
        return max(schema.get("minimum", 1), min(1, schema.get("maximum", 1)))
    if kind == "boolean":
        return True
    return _text(schema, name)


def _object(schema: dict[str, Any], schemas: dict[str, Any], depth: int) -> dict[str, Any]:
    if depth >= DEEPEST:
        return {}
    return {
        name: example_of(inner, schemas, name, depth + 1)
        for name, inner in schema.get("properties", {}).items()
        if not inner.get("writeOnly") or name in schema.get("required", [])
    }


def _text(schema: dict[str, Any], name: str) -> str:
    text = FORMATS.get(schema.get("format", ""), NAMES.get(name, ANY_TEXT))
    return text[: schema.get("maxLength", len(text))]
