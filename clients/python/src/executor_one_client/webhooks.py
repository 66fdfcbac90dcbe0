"""Whether a request to an address of yours comes from executor.one. Standard library only."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterable, Mapping
from typing import Any

from executor_one_client.errors import ExecutorError

WINDOW = 300  # seconds that the timestamp may be away from now
HEADERS = ("Webhook-Id", "Webhook-Timestamp", "Webhook-Signature")


class InvalidSignature(ExecutorError):
    """Not genuine, or too old: answer 400 and do nothing. The text says which."""


def verify(
    body: bytes | str, headers: Mapping[str, str], secret: str | Iterable[str], *, now: float | None = None
) -> dict[str, Any]:
    """The event `{id, type, timestamp, data}` of a genuine request; InvalidSignature for any other.

    `body` is what came over the wire, before anything parsed it, and `headers` in any case. `secret` is the text that
    begins with `whsec_`; several while one is exchanged for another. Keep `headers["Webhook-Id"]`: the same delivery
    may come twice.
    """
    raw = body.encode(errors="surrogatepass") if isinstance(body, str) else bytes(body)
    id, timestamp, signature = _told(headers)
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise InvalidSignature("Webhook-Timestamp is not a number.")
    if abs((time.time() if now is None else now) - int(timestamp)) > WINDOW:
        raise InvalidSignature("Webhook-Timestamp is more than five minutes away from now.")
    secrets = [secret] if isinstance(secret, str) else list(secret)
    # Half a character cannot be signed: it is let through here and matches nothing.
    signed = f"{id}.{timestamp}.".encode(errors="surrogatepass") + raw
    if not any(_is_by(one, signed, signature) for one in secrets):
        raise InvalidSignature("No signature of Webhook-Signature is made with this secret.")
    event: dict[str, Any] = json.loads(raw)
    return event


def _told(headers: Mapping[str, str]) -> list[str]:
    found = {str(name).lower(): value for name, value in headers.items() if isinstance(value, str)}
    missing = [name for name in HEADERS if not found.get(name.lower())]
    if missing:
        raise InvalidSignature(f"There is no {', '.join(missing)}.")
    return [found[name.lower()] for name in HEADERS]


def _is_by(secret: str, signed: bytes, signature: str) -> bool:
    """Whether one of the signatures was made with this secret; each is compared in constant time."""
    if not secret:
        raise ValueError("The secret is empty.")
    expected = b"v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode()
    matches = [hmac.compare_digest(one.encode(errors="surrogatepass"), expected) for one in signature.split(" ")]
    return any(matches)
