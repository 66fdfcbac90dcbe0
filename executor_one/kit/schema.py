"""The OpenAPI document: ids and tags derived from names, every status that an operation can answer, examples."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from drf_spectacular.openapi import AutoSchema

from executor_one.kit.api import PUBLIC
from executor_one.kit.errors import NAMES
from executor_one.kit.examples import add_examples
from executor_one.kit.pagination import Envelope, Page
from executor_one.kit.routes import for_customers

PROBLEM = {
    "type": "object",
    "description": "The one error shape (RFC 9457 and code, name, message, receipt).",
    "required": ["type", "title", "status", "code", "name", "message", "receipt"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "integer", "description": "The HTTP status."},
        "name": {"type": "string", "examples": ["not_found"]},
        "message": {"type": "string", "description": "What happened and what to do."},
        "receipt": {"type": "string", "examples": ["rcp_01KAQ3V6T9ZB4R2XW8Y5M7N0PD"]},
        "errors": {
            "type": "object",
            "description": "Per field, what is wrong with it.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
}

WHY = {
    400: "The request makes no sense as it is written: no JSON, an unknown field or parameter, a wrong type.",
    401: "No credential, or one that is unknown, expired or revoked.",
    402: "A ceiling of the plan, or an invoice that is not paid.",
    403: "The role, or the key's scopes, do not allow it.",
    404: "There is nothing with this id, or it is another account's.",
    409: "Not possible in the state it is in; or an `Idempotency-Key` that is being answered, or had another body.",
    410: "It was valid once: used already, or expired.",
    413: "The body is larger than 2.5 MiB.",
    415: "The body is not `application/json`.",
    422: "Well-formed, but it makes no sense: `errors` names the fields.",
    429: "Asked too often; `Retry-After` seconds from now it works.",
    500: "Something broke on our side; its receipt finds it in our log.",
    501: "Not available in this installation.",
    503: "A part that the answer needs is down.",
}
SAID = {
    400: "description: This field is required.",
    401: "Say who you are: Authorization: Bearer exo_...",
    402: "The month's goals of the plan Free are used up.",
    403: "This needs the permission goals.run, which your role or key does not have.",
    404: "There is nothing here with this id.",
    409: "This idempotency key was used for another body within 24 hours. Take a new key for another request.",
    410: "This link was used already.",
    413: "The body is larger than 2.5 MiB.",
    415: 'Unsupported media type "text/plain" in request.',
    422: "dependsOn: The steps depend on each other in a circle.",
    429: "Too many requests. Try again in 1 s.",
    500: "Something broke on our side. Tell support the receipt.",
    501: "Stripe is not set up here.",
    503: "The database is not reachable just now; nothing was changed.",
}
EVERYWHERE = (400, 429, 500, 503)  # 400: an unknown query parameter is refused on each
WITH_A_BODY = (413, 415)
WAITING = (409, 429, 503)
WRITING = ("POST", "PUT", "PATCH", "DELETE")

NUMBER = {"type": "integer", "minimum": 0}
HEADERS = {
    "X-Receipt": {"description": "The id of what this request did.", "schema": {"type": "string"}},
    "X-RateLimit-Limit": {"description": "How many requests fit into a minute.", "schema": NUMBER},
    "X-RateLimit-Remaining": {
        "description": "How many of them are left. An API key may go on for a while at 0, in a burst.",
        "schema": NUMBER,
    },
    "X-RateLimit-Reset": {"description": "In how many seconds all of them are there again.", "schema": NUMBER},
    "Retry-After": {"description": "In how many seconds it works.", "schema": {"type": "integer", "minimum": 1}},
    "Idempotency-Replayed": {
        "description": "`true` where the same key was answered before: this is that answer, and nothing was done.",
        "schema": {"type": "string", "enum": ["true"]},
    },
}  # fmt: skip
ON_ALL = ("X-Receipt", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
ONCE = {
    "in": "header",
    "name": "Idempotency-Key",
    "description": "Up to 255 printable ASCII characters, a UUID for example. Sent again within 24 hours with the same "
    "body, the request is answered as it was, byte for byte, and done once.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"},
}


class ApiSchema(AutoSchema):
    """Tags are the first path segment after /api (and /v1); security follows the view's permissions."""

    def get_tags(self) -> list[str]:
        parts = [part for part in self.path.split("/") if part and not part.startswith("{") and part != "v1"]
        return [parts[1] if len(parts) > 1 else parts[0]]

    def get_auth(self) -> list[dict[str, Any]]:
        if self._is_public():
            return []
        return [scheme for scheme in super().get_auth() if scheme]

    def get_summary(self) -> str:
        """The first line of the docstring."""
        return self.get_description().partition("\n")[0].rstrip(".")

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """The operation with what the view says of its refusals."""
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        is_writing = self.method in WRITING
        if is_writing:
            operation.setdefault("parameters", []).append(ONCE)
        for status, answer in operation["responses"].items():
            answer["description"] = answer.get("description") or HTTPStatus(int(status)).phrase
            answer.setdefault("headers", {}).update(_headers(*["Idempotency-Replayed"] * is_writing))
        for code in sorted(self._refusals(operation)):
            operation["responses"].setdefault(str(code), {"$ref": f"#/components/responses/{_component(code)}"})
        return operation

    def _get_paginator(self) -> Any:
        """Each list is in the envelope; what can be asked for of it, the view says (`query`)."""
        pages = "limit" in getattr(self.view, "query", {}).get(self.method, ())
        return Page() if pages else Envelope()

    def _is_public(self) -> bool:
        return self._permission() == PUBLIC

    def _permission(self) -> str:
        """What the view asks for; somebody else's view is public (kit.routes)."""
        permissions: dict[str, str] = getattr(self.view, "permissions", {})
        return permissions.get(self.method, PUBLIC)

    def _refusals(self, operation: dict[str, Any]) -> set[int]:
        """Which statuses of an error this operation can answer; 402 is also for keys that can only read."""
        codes = {*EVERYWHERE, *getattr(self.view, "refusals", {}).get(self.method, ())}
        if not self._is_public():
            codes |= {401, 403} if self._permission().endswith(".view") else {401, 402, 403}
        if any(parameter["in"] == "path" for parameter in operation.get("parameters", [])):
            codes.add(404)
        if self.method in WRITING:
            codes.add(409)
        if "requestBody" in operation:
            codes |= {*WITH_A_BODY}
        return codes


def _component(code: int) -> str:
    return "".join(word.capitalize() for word in NAMES[code].split("_"))


def _headers(*more: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in (*ON_ALL, *more)}


def _refusal(code: int) -> dict[str, Any]:
    """The answer of one status, in the one shape."""
    example = {
        "type": f"/docs/errors#{NAMES[code]}", "title": HTTPStatus(code).phrase, "status": code, "code": code,
        "name": NAMES[code], "message": SAID[code], "receipt": "rcp_01KAQ3V6T9ZB4R2XW8Y5M7N0PD",
    }  # fmt: skip
    return {
        "description": WHY[code],
        "headers": _headers(*["Retry-After"] * (code in WAITING)),
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}
        },
    }


def complete(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """The parts that operations refer to, and examples."""
    components = result["components"]
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    components["headers"] = HEADERS
    components["responses"] = {_component(code): _refusal(code) for code in WHY}
    for name, schema in components["schemas"].items():
        if name.endswith("Request") and "properties" in schema:  # what is sent; fields that are not known are refused
            schema.setdefault("additionalProperties", False)
    add_examples(result)
    _tell_customers(result)
    return result


def _tell_customers(part: Any) -> None:
    """Every description in the document as customers read it."""
    for key, value in part.items() if isinstance(part, dict) else enumerate(part):
        if isinstance(value, dict | list):
            _tell_customers(value)
        elif key in ("description", "summary"):
            part[key] = for_customers(str(value))
