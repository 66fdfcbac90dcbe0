"""What the http-client actuator is told: the schema of its params, and what is wrong with some."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from actuators.given import Refused
from actuators.outbound.credentials import HEADER_NAME, NOT_IN_A_HEADER
from actuators.outbound.urls import LONGEST as LONGEST_URL
from actuators.outbound.urls import parse_url

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
MAX_REDIRECTS = 3
MAX_TIMEOUT_MS = 600_000
MAX_BODY_BYTES = 1 << 20
MAX_RESPONSE_BYTES = 1 << 20
MAX_HEADERS = 100
MAX_HEADER_LENGTH = 8192
# Where a message ends and where it goes is ours to say, and so is what we can decode.
OURS = frozenset(
    {
        "host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade", "expect",
        "proxy-authorization", "proxy-connection", "proxy-authenticate", "accept-encoding",
    }
)  # fmt: skip
STATUS_CLASS = re.compile(r"[1-5]xx")
SCALAR = {"type": ["string", "number", "boolean"]}
STATUS = {"anyOf": [{"type": "integer", "minimum": 100, "maximum": 599}, {"type": "string", "pattern": "^[1-5]xx$"}]}

PARAMS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "method": {"type": "string", "enum": list(METHODS), "default": "GET"},
        "url": {
            "type": "string",
            "minLength": 1,
            "maxLength": LONGEST_URL,
            "description": "https:// or http://, of a public host, without user and password.",
        },
        "query": {
            "type": "object",
            "additionalProperties": {"anyOf": [SCALAR, {"type": "array", "items": SCALAR}]},
            "description": "Added to the address; a list is the name several times.",
        },
        "headers": {
            "anyOf": [
                {"type": "object", "additionalProperties": {"type": "string"}},
                {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"name": {"type": "string"}, "value": {"type": "string"}},
                        "required": ["name", "value"],
                        "additionalProperties": False,
                    },
                },
            ],
            "description": f"Each once. Not these, which are ours to say: {', '.join(sorted(OURS))}.",
        },
        "json": {"description": "The body, sent as JSON. Not together with body."},
        "body": {
            "type": "string",
            "maxLength": MAX_BODY_BYTES,
            "description": f"The body as text, at most {MAX_BODY_BYTES} bytes.",
        },
        "expectedStatus": {
            "anyOf": [STATUS, {"type": "array", "items": STATUS, "minItems": 1}],
            "default": "2xx",
            "description": 'What is a success: 200, "2xx", or a list of them. One that is named is not followed.',
        },
        "timeoutMs": {"type": "integer", "minimum": 1, "maximum": MAX_TIMEOUT_MS, "default": 30_000},
        "redirects": {
            "type": "integer",
            "minimum": 0,
            "maximum": MAX_REDIRECTS,
            "default": MAX_REDIRECTS,
            "description": "How many are followed. With 0 the redirect is the answer.",
        },
        "credential": {"type": "string", "minLength": 1, "maxLength": 200, "description": "The key of a credential."},
        "responseBytes": {
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_RESPONSE_BYTES,
            "default": 64 * 1024,
            "description": "How much of the answer's body is kept, up to what the plan has for output.",
        },
    },
    "required": ["url"],
    "additionalProperties": False,
}


def check(params: Mapping[str, Any]) -> dict[str, str]:
    """Field -> message for everything wrong with ``params``; empty when they can be run."""
    problems = {name: "Unknown field." for name in params if name not in PARAMS["properties"]}
    if "url" not in params:
        problems["url"] = "This field is required."
    for name, problem_of in CHECKS.items():
        if name in params and (problem := problem_of(params[name])):
            problems[name] = problem
    if "json" in params and "body" in params:
        problems["body"] = "Give json or body, not both."
    return problems


def covers(expected: Any, status: int) -> bool:
    """Whether a status is one of the expected: 200, "2xx", or a list of such."""
    items = expected if isinstance(expected, list) else [expected]
    return any(item in (status, f"{status // 100}xx") for item in items)


def header_pairs(headers: Any) -> list[tuple[str, str]]:
    """Headers as they were given, a map or a list of names and values."""
    if isinstance(headers, Mapping):
        return list(headers.items())
    return [(item["name"], item["value"]) for item in headers]


def _url(value: Any) -> str:
    if not isinstance(value, str):
        return "The address must be a string."
    try:
        parse_url(value)
    except Refused as refused:
        return str(refused)
    return ""


def _headers(value: Any) -> str:
    listed = isinstance(value, list) and all(
        isinstance(item, dict) and set(item) == {"name", "value"} for item in value
    )
    if not listed and not isinstance(value, dict):
        return "Headers are a map, or a list of {name, value}."
    pairs = header_pairs(value)
    if len(pairs) > MAX_HEADERS:
        return f"At most {MAX_HEADERS} headers."
    if not all(isinstance(part, str) for pair in pairs for part in pair):
        return "Names and values of headers are strings."
    names = [name.lower() for name, _ in pairs]
    if len(set(names)) < len(names):
        return "Each header is given once."
    return next((problem for pair in pairs if (problem := _header(*pair))), "")


def _header(name: str, value: str) -> str:
    if not HEADER_NAME.fullmatch(name):
        return f"{name[:100]!r} is no name of a header."
    if name.lower() in OURS:
        return f"{name} is ours to say."
    if NOT_IN_A_HEADER.search(value) or value != value.strip():
        return f"{name}: no line ends or control characters, and no spaces around it."
    if len(value) > MAX_HEADER_LENGTH or not _is_unicode(value):
        return f"{name}: at most {MAX_HEADER_LENGTH} characters, in UTF-8."
    return ""


def _query(value: Any) -> str:
    if not isinstance(value, dict):
        return "The query is a map of names to values."
    items = [item for each in value.values() for item in (each if isinstance(each, list) else [each])]
    if not all(isinstance(item, str | int | float) for item in items):
        return "A value of the query is a string, a number, true or false, or a list of them."
    if not all(_is_unicode(text) for text in [*value, *items] if isinstance(text, str)):
        return "The query is not valid text."
    if sum(len(str(item)) for item in [*value, *items]) > LONGEST_URL:
        return f"At most {LONGEST_URL} characters."
    return ""


def _body(value: Any) -> str:
    if not isinstance(value, str) or not _is_unicode(value):
        return "The body must be a string."
    return "" if len(value.encode()) <= MAX_BODY_BYTES else f"At most {MAX_BODY_BYTES} bytes."


def _json(value: Any) -> str:
    try:
        size = len(json.dumps(value, ensure_ascii=False, allow_nan=False).encode())
    except (TypeError, ValueError, RecursionError):
        return "This is no JSON."
    return "" if size <= MAX_BODY_BYTES else f"At most {MAX_BODY_BYTES} bytes."


def _expected_status(value: Any) -> str:
    items = value if isinstance(value, list) else [value]
    if items and all(_is_int(item, 100, 599) or _is_class(item) for item in items):
        return ""
    return 'A status from 100 to 599, "2xx", or a list of them.'


def _is_class(item: Any) -> bool:
    return isinstance(item, str) and STATUS_CLASS.fullmatch(item) is not None


def _is_int(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _whole(least: int, most: int) -> Callable[[Any], str]:
    return lambda value: "" if _is_int(value, least, most) else f"A whole number from {least} to {most}."


def _is_unicode(text: str) -> bool:
    """Half a surrogate pair cannot be sent."""
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)


CHECKS: dict[str, Callable[[Any], str]] = {
    "method": lambda value: "" if value in METHODS else f"One of {', '.join(METHODS)}.",
    "url": _url,
    "query": _query,
    "headers": _headers,
    "json": _json,
    "body": _body,
    "expectedStatus": _expected_status,
    "timeoutMs": _whole(1, MAX_TIMEOUT_MS),
    "redirects": _whole(0, MAX_REDIRECTS),
    "credential": lambda value: "" if isinstance(value, str) and 0 < len(value) <= 200 else "The id of a credential.",
    "responseBytes": _whole(1, MAX_RESPONSE_BYTES),
}
