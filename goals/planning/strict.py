"""JSON schemas as the strict mode of language models takes them, and its answers as our schemas mean them. Pure.

The strict mode knows few keywords, asks for every property and wants each object closed. So what may be left out is
null there, and what can hold anything (a map, any JSON) is a text that holds JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

KEPT = ("type", "enum", "description")  # of the keywords that need no change; limits are for the actuator's own check
AS_JSON = "As a text that holds JSON."
NULL = {"type": "null"}
TYPES: Mapping[str, type | tuple[type, ...]] = {"object": dict, "array": list, "string": str}


class NotJson(ValueError):
    """A text that should hold JSON does not; `at` is the path to it."""

    def __init__(self, at: str) -> None:
        super().__init__(at)
        self.at = at


def offered(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema as the strict mode takes it, of a value that must be there."""
    if (ways := _ways(schema)) is not None:
        told = {name: schema[name] for name in ("description",) if name in schema}
        said = [offered(way) for way in ways]
        return {**told, **said[0]} if len(said) == 1 else {"anyOf": said, **told}
    if _is_free(schema):
        return {"type": "string", "description": " ".join(filter(None, [schema.get("description"), AS_JSON]))}
    kept = {name: schema[name] for name in KEPT if name in schema}
    if schema.get("type") == "object":
        properties, required = schema["properties"], schema.get("required", ())
        return kept | closed(
            {name: offered(one) if name in required else optional(one) for name, one in properties.items()}
        )
    if schema.get("type") == "array":
        kept["items"] = offered(schema["items"])
    return kept


def optional(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The same of a value that may be left out, which is null then."""
    said = offered(schema)
    told = {"description": said.pop("description")} if "description" in said else {}
    ways = said["anyOf"] if set(said) == {"anyOf"} else [said]
    return {"anyOf": [*ways, NULL], **told}


def closed(properties: Mapping[str, Any]) -> dict[str, Any]:
    """An object of exactly these properties."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def meant(value: Any, schema: Mapping[str, Any], at: str = "") -> Any:
    """What an answer to `offered(schema)` says, as the schema has it; NotJson where a text should hold JSON.

    What does not fit the schema stays as it is: whoever checks it says so. A model that was not held to the strict mode
    may have left a value out, or said it as the schema has it.
    """
    if (ways := _ways(schema)) is not None:
        fitting = (way for way in ways if _fits(value, way))
        return meant(value, next(fitting, {"type": "null"}), at)
    if _is_free(schema):
        return _from_json(value, at)
    if schema.get("type") == "object" and isinstance(value, dict):
        return _object(value, schema, at)
    if schema.get("type") == "array" and isinstance(value, list):
        return [meant(one, schema["items"], f"{at}[{index}]") for index, one in enumerate(value)]
    return value


def _object(value: Mapping[str, Any], schema: Mapping[str, Any], at: str) -> dict[str, Any]:
    known, required = schema["properties"], schema.get("required", ())
    return {
        name: meant(one, known[name], f"{at}.{name}" if at else name) if name in known else one
        for name, one in value.items()
        if one is not None or name in required or name not in known
    }


def _from_json(value: Any, at: str) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise NotJson(at) from None


def _no_number(text: str) -> None:
    """NaN and Infinity, which JSON does not have."""
    raise ValueError(text)


def _ways(schema: Mapping[str, Any]) -> list[Any] | None:
    """What a value may be, each as a schema; without those that can hold anything, where another one cannot."""
    ways = schema.get("anyOf") or schema.get("oneOf")
    if ways is None and isinstance(schema.get("type"), list) and not _is_free(schema):
        ways = [{"type": one} for one in schema["type"]]
    return ([way for way in ways if not _is_free(way)] or list(ways)) if ways else None


def _is_free(schema: Mapping[str, Any]) -> bool:
    """Whether it can hold what the strict mode has no words for: any value, any names, any items."""
    kind = schema.get("type")
    if kind is None:
        return not schema.keys() & {"anyOf", "oneOf", "enum"}
    kinds = kind if isinstance(kind, list) else [kind]
    return ("object" in kinds and "properties" not in schema) or ("array" in kinds and "items" not in schema)


def _fits(value: Any, schema: Mapping[str, Any]) -> bool:
    """Whether a value is of a schema's kind: of several ways to say something that is how they differ."""
    ways = schema.get("anyOf") or schema.get("oneOf")
    if ways:
        return any(_fits(value, way) for way in ways)
    if _is_free(schema):
        return isinstance(value, str)
    expected = TYPES.get(schema.get("type", "string"))
    return isinstance(value, expected) if expected else not isinstance(value, dict | list | str)
