"""The OpenAPI document: operation ids and tags derived from names, the one error shape on every operation."""

from typing import Any

from drf_spectacular.openapi import AutoSchema

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


class ApiSchema(AutoSchema):
    """Tags are the first path segment after /api; security follows the view's permissions."""

    def get_tags(self) -> list[str]:
        parts = [part for part in self.path.split("/") if part and not part.startswith("{")]
        return [parts[1] if len(parts) > 1 else parts[0]]

    def get_auth(self) -> list[dict[str, Any]]:
        if getattr(self.view, "permissions", {}).get(self.method) == "public":
            return []
        return [scheme for scheme in super().get_auth() if scheme]


def describe_errors(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Put the error shape on every operation."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    answer = {
        "description": "An error, in the one shape.",
        "headers": {"X-Receipt": {"schema": {"type": "string"}}},
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for path in result["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict) and "responses" in operation:
                operation["responses"]["default"] = answer
    _tell_customers(result)
    return result


def _tell_customers(part: Any) -> None:
    """Every description in the document as customers read it."""
    for key, value in part.items() if isinstance(part, dict) else enumerate(part):
        if isinstance(value, dict | list):
            _tell_customers(value)
        elif key in ("description", "summary"):
            part[key] = for_customers(str(value))
