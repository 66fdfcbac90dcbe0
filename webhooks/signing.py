"""What is sent, byte for byte, and how it is signed (A-R26). Plain values."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable
from typing import Any

LARGEST_BODY = 256 * 1024  # bytes
LONGEST_CUT = 1000  # characters that are left of a text where the whole would be too large
USER_AGENT = "executor.one-webhooks/1"


def signature(secret: str, id: str, timestamp: int, body: bytes) -> str:
    """`v1=<hex>`: HMAC-SHA256 over `id.timestamp.body`, keyed with the secret as it was shown."""
    signed = f"{id}.{timestamp}.".encode() + body
    return f"v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def headers(secrets: Iterable[str], id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers of a delivery. Of two active secrets both sign: the newer first, one space between."""
    return {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "Webhook-Id": id,
        "Webhook-Timestamp": str(timestamp),
        "Webhook-Signature": " ".join(signature(secret, id, timestamp, body) for secret in secrets),
    }


def body_of(text: str) -> bytes:
    """The bytes of an event's JSON text. One that is too large is sent with its long texts cut, and says so."""
    body = text.encode()
    if len(body) <= LARGEST_BODY:
        return body
    event = json.loads(text)
    for most in (LONGEST_CUT, 100, 0):
        cut = {**event, "data": _cut(event["data"], most), "isCut": True}
        body = json.dumps(cut, ensure_ascii=False).encode("utf-8", "replace")
        if len(body) <= LARGEST_BODY:
            return body
    return json.dumps({**event, "data": {}, "isCut": True}).encode()


def _cut(value: Any, most: int) -> Any:
    if isinstance(value, str):
        return value[:most]
    if isinstance(value, list):
        return [_cut(item, most) for item in value]
    if isinstance(value, dict):
        return {name: _cut(item, most) for name, item in value.items()}
    return value
