"""The `webhooks` section of the OpenAPI document (3.1): what comes to a receiver, by type of event."""

from __future__ import annotations

from typing import Any

from events.catalogue import EVENTS, OPTIONAL, Kind

OWN = "webhook."  # what happens to webhooks is never sent to one
EVENT = "01960b4e-5c00-7000-8000-6f2b1d9c3a10"
HEADERS = {
    "Webhook-Id": (
        "The delivery's id, the same at every try: keep those that you have taken.",
        "whk_01KAQ3V6T9ZB4R2XW",
    ),
    "Webhook-Timestamp": (
        "When this try was sent, in seconds since 1970: refuse what is older than 300.",
        "1796053200",
    ),
    "Webhook-Signature": (
        "`v1=` and the HMAC-SHA256 in hexadecimal over `${Webhook-Id}.${Webhook-Timestamp}.${body}`, keyed with the "
        "secret as it was shown; two of them with a blank between while a secret is rotated.",
        "v1=5f2c9c9a0d6a3f0c8a0b1d2e3f405162738495a6b7c8d9eafb0c1d2e3f405162",
    ),
}
ANSWERS = {
    "Taken": {"description": "Taken. Answer within 10 seconds, and do the work after that."},
    "GoneForGood": {"description": "Nothing is sent there any more."},
    "TriedAgain": {"description": "Tried again, after longer and longer waits, for 24 hours. So is a redirect."},
}
REFERRED = {"2XX": "Taken", "410": "GoneForGood", "default": "TriedAgain"}


def add_webhooks(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """One entry a type of event that is sent."""
    result["components"]["parameters"] = {
        name: {"in": "header", "name": name, "required": True, "description": says, "schema": {"type": "string"},
               "example": example}
        for name, (says, example) in HEADERS.items()
    }  # fmt: skip
    result["components"]["responses"] |= ANSWERS
    result["webhooks"] = {
        name: {"post": _operation(name, kind)} for name, kind in sorted(EVENTS.items()) if not name.startswith(OWN)
    }
    return result


def _operation(name: str, kind: Kind) -> dict[str, Any]:
    return {
        "operationId": "event_" + name.replace(".", "_"),
        "summary": kind.says.rstrip("."),
        "description": f"{kind.says} Sent to every webhook whose `types` have it.",
        "tags": ["webhooks"],
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in HEADERS],
        "requestBody": {"required": True, "content": {"application/json": _body(name, kind)}},
        "responses": {status: {"$ref": f"#/components/responses/{part}"} for status, part in REFERRED.items()},
    }


def _body(name: str, kind: Kind) -> dict[str, Any]:
    fields = {key.rstrip(OPTIONAL): {"description": says} for key, says in kind.data.items()}
    always = [key for key in kind.data if not key.endswith(OPTIONAL)]
    data = {"type": "object", "properties": fields, **({"required": always} if always else {})}
    return {
        "schema": {
            "type": "object",
            "required": ["id", "type", "timestamp", "data"],
            "properties": {
                "id": {"type": "string", "description": "A number that grows, as text."},
                "type": {"type": "string", "const": name},
                "timestamp": {"type": "string", "format": "date-time"},
                "data": data,
                "isCut": {"type": "boolean", "description": "Long texts were cut, so that 256 KiB are enough."},
            },
        },
        "example": {
            "id": "1041", "type": name, "timestamp": "2026-04-06T12:00:00.123456Z",
            "data": {key: _example(key) for key in always},
        },
    }  # fmt: skip


def _example(field: str) -> Any:
    """Ids look like ids; what a field holds besides is said by its description."""
    return EVENT if field in ("goal", "task", "runner", "memory", "correction", "user") else "..."
