"""What a tool takes, read from the OpenAPI document; and the request that a call of it becomes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlencode

from executor_one.docs.generated import openapi
from executor_one.kit.errors import Malformed
from mcp_server.tools import TOOLS, Tool

# What the document calls otherwise than an agent would. All other arguments have the names that the API gives them.
RENAMED = {"wait": "wait_seconds", "Idempotency-Key": "idempotency_key"}
IN_A_PATH = re.compile(r"[0-9A-Za-z_-]{1,100}")  # nothing that could lead to another address
Schema = dict[str, Any]


@dataclass(frozen=True)
class Argument:
    """One argument: `place` is where the operation has it, "path", "query", "header" or "body", under `api_name`."""

    name: str
    place: str
    api_name: str
    schema: Schema
    is_required: bool


@dataclass
class Asked:
    """A request to the API: `path` is decoded, `body` None where there is none."""

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None


@cache
def arguments_of(name: str) -> tuple[Argument, ...]:
    """The arguments of the tool with this name. An idempotency key is none of those that change nothing."""
    tool = TOOLS[name]
    operation = openapi()["paths"][tool.path][tool.method.lower()]
    found = [
        Argument(
            RENAMED.get(one["name"], one["name"]), one["in"], one["name"],
            {**({"description": one["description"]} if "description" in one else {}), **_plain(one["schema"])},
            bool(one.get("required")),
        )
        for one in operation.get("parameters", [])
        if not (tool.is_reading and one["in"] == "header")
    ]  # fmt: skip
    return (*found, *_of_the_body(operation))


def _of_the_body(operation: Schema) -> list[Argument]:
    content = operation.get("requestBody", {}).get("content", {})
    if not content:
        return []
    body = _plain(content["application/json"]["schema"])
    required = body.get("required", [])
    return [Argument(name, "body", name, one, name in required) for name, one in body["properties"].items()]


def input_schema(tool: Tool) -> Schema:
    """The JSON Schema of a tool's arguments: short enough for the context of a model, refers to nothing outside."""
    arguments = sorted(arguments_of(tool.name), key=lambda one: not one.is_required)
    return {
        "type": "object",
        "properties": {one.name: one.schema for one in arguments},
        "required": [one.name for one in arguments if one.is_required],
        "additionalProperties": False,
    }


def _plain(schema: Any) -> Any:
    """A schema of the document with what it refers to in it, without marks for generators, and alternatives merged."""
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _plain(openapi()["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    found = {name: _plain(one) for name, one in schema.items() if not name.startswith("x-")}
    if "oneOf" in found:
        found["oneOf"] = _merged(found["oneOf"])
    return found


def _merged(alternatives: list[Schema]) -> list[Schema]:
    """Alternatives of which each is an actuator's step, as one step: spelled out they would be 20 kB, in each tool.

    What it takes is more than what they take; the API says what is wrong.
    """
    steps = [one for one in alternatives if {"type", "params"} <= {*one.get("properties", {})}]
    if not steps:
        return alternatives
    kinds = [one["properties"]["type"]["enum"][0] for one in steps]
    takes = "; ".join(
        f"{kind}: {_names(step['properties']['params'])}" for kind, step in zip(kinds, steps, strict=True)
    )
    step = {
        **steps[0],
        "properties": {
            **steps[0]["properties"],
            "type": {"type": "string", "enum": kinds},
            "params": {"type": "object", "description": f"What the actuator takes, * what it needs. {takes}."},
        },
    }
    return [*(one for one in alternatives if one not in steps), step]


def _names(params: Schema) -> str:
    needed = params.get("required", [])
    return ", ".join(f"{name}*" if name in needed else name for name in params.get("properties", {}))


def request_of(tool: Tool, given: Mapping[str, Any]) -> Asked:
    """The request that a call is. What the operation does not know goes to it too, so that it says so.

    Malformed where there can be no request: without what belongs into the address, or with something that leads astray.
    """
    known = {one.name: one for one in arguments_of(tool.name)}
    places: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}, "body": {}}
    takes_body = any(one.place == "body" for one in known.values())
    for name, value in given.items():
        argument = known.get(name)
        if argument is None and name in RENAMED:
            message = f"This is called {RENAMED[name]} here."
            raise Malformed(f"{name}: {message}", errors={name: [message]})  # in the words of who asks
        if argument and argument.place == "header" and not isinstance(value, str | None):
            raise Malformed(f"{name}: This must be a text.", errors={name: ["This must be a text."]})
        place = argument.place if argument else "body" if takes_body else "query"
        places[place][argument.api_name if argument else name] = value
    query = {name: _text(value) for name, value in places["query"].items() if value is not None}
    return Asked(
        tool.method,
        _address(tool, places["path"]),
        urlencode(query, errors="replace"),
        {name: _text(value) for name, value in places["header"].items() if value is not None},
        # Sorted: to say the same in another order is to say the same, also with an idempotency key.
        json.dumps(places["body"], sort_keys=True).encode() if takes_body else None,
    )


def _address(tool: Tool, given: Mapping[str, Any]) -> str:
    address = tool.path
    for name in re.findall(r"{(\w+)}", tool.path):
        value = given.get(name)
        if not isinstance(value, str) or not IN_A_PATH.fullmatch(value):
            message = "This must be an id." if value is not None else "This is required."
            raise Malformed(f"{name}: {message}", errors={name: [message]})
        address = address.replace(f"{{{name}}}", value)
    return address


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
