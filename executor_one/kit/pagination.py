"""Lists: {"data": [...], "meta": {"total", "limit", "offset"}}."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request
from rest_framework.response import Response

from executor_one.kit.errors import DomainError

MOST_SKIPPED = 1_000_000


class BadQuery(DomainError):
    """A query parameter is unknown or wrong."""

    status = 400


def whole(request: Request, name: str, default: int, *, least: int, most: int) -> int:
    """A whole-number query parameter, or 400 with its name."""
    raw = request.query_params.get(name)
    if raw is None:
        return default
    if not raw.isdecimal() or not raw.isascii() or len(raw) > 9 or not least <= int(raw) <= most:
        message = f"This must be a whole number from {least} to {most}."
        raise BadQuery(f"{name}: {message}", errors={name: [message]})
    return int(raw)


def flag(request: Request, name: str) -> bool:
    """A query parameter that is true or false; false when not given. Or 400."""
    value = request.query_params.get(name, "false")
    if value not in ("true", "false"):
        message = "This must be true or false."
        raise BadQuery(f"{name}: {message}", errors={name: [message]})
    return bool(value == "true")


def text(request: Request, name: str, *, most: int) -> str | None:
    """A query parameter of 1 to `most` characters, or 400; None when not given."""
    value: str | None = request.query_params.get(name)
    if value is not None and (not 1 <= len(value) <= most or "\x00" in value):
        message = f"This must be 1 to {most} characters, and none of them NUL."
        raise BadQuery(f"{name}: {message}", errors={name: [message]})
    return value


def one_of(request: Request, name: str, choices: Sequence[str], default: str = "") -> str:
    """A query parameter that is one of these, the default (or the first) when not given; or 400."""
    value: str = request.query_params.get(name, default or choices[0])
    if value not in choices:
        message = f"This must be one of {', '.join(choices)}."
        raise BadQuery(f"{name}: {message}", errors={name: [message]})
    return value


def moment(request: Request, name: str) -> datetime | None:
    """A query parameter that is a time in ISO 8601 (UTC when it says no zone), or 400; None when not given."""
    value = request.query_params.get(name)
    if value is None:
        return None
    try:
        # A plus sign that was not encoded has become a blank.
        said = datetime.fromisoformat(value.replace(" ", "+") if "T" in value else value)
        return said.astimezone(UTC) if said.tzinfo else said.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        message = "This must be a time such as 2026-07-01T12:00:00Z."
        raise BadQuery(f"{name}: {message}", errors={name: [message]}) from None


def between(least: int, most: int) -> dict[str, Any]:
    """The schema of a whole number."""
    return {"type": "integer", "minimum": least, "maximum": most}


def number(name: str, least: int, most: int, description: str) -> dict[str, Any]:
    """A whole-number query parameter in the OpenAPI document."""
    return {
        "in": "query", "name": name, "required": False, "description": description, "schema": between(least, most),
    }  # fmt: skip


class Envelope(LimitOffsetPagination):
    """A list that comes whole: the same envelope, and nothing to ask for."""

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return []

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return Page().get_paginated_response_schema(schema)


class Page(LimitOffsetPagination):
    """`limit` 1-100 (20 when not said), `offset` 0-1,000,000."""

    default_limit = 20
    max_limit = 100

    def get_limit(self, request: Request) -> int:
        return whole(request, "limit", self.default_limit or 20, least=1, most=self.max_limit or 100)

    def get_offset(self, request: Request) -> int:
        return whole(request, "offset", 0, least=0, most=MOST_SKIPPED)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """`limit` and `offset` as the OpenAPI document has them."""
        return [
            number("limit", 1, self.max_limit or 100, f"How many at most; {self.default_limit} when not said."),
            number("offset", 0, MOST_SKIPPED, "How many are skipped."),
        ]

    def get_paginated_response(self, data: Any) -> Response:
        return Response(
            {
                "data": data,
                "meta": {"total": self.count, "limit": self.limit, "offset": self.offset},
            }
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        number = {"type": "integer", "minimum": 0}
        return {
            "type": "object",
            "required": ["data", "meta"],
            "properties": {
                "data": schema,
                "meta": {
                    "type": "object",
                    "required": ["total", "limit", "offset"],
                    "properties": {"total": number, "limit": number, "offset": number},
                },
            },
        }
