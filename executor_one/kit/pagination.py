"""Lists: {"data": [...], "meta": {"total", "limit", "offset"}}."""

from typing import Any

from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request
from rest_framework.response import Response

from executor_one.kit.errors import DomainError


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


class Page(LimitOffsetPagination):
    """`limit` 1-100 (20 when not said), `offset` 0-1,000,000."""

    default_limit = 20
    max_limit = 100

    def get_limit(self, request: Request) -> int:
        return whole(request, "limit", self.default_limit or 20, least=1, most=self.max_limit or 100)

    def get_offset(self, request: Request) -> int:
        return whole(request, "offset", 0, least=0, most=1_000_000)

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
