"""JSON values as the texts that are stored: equal in meaning, whatever they hold."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

MAX_BYTES = 65_536  # of the compact text, in UTF-8
SURROGATE = re.compile("[\ud800-\udfff]")


def encode(value: Any) -> str:
    """The compact JSON text of a parsed value; what UTF-8 cannot hold (a lone surrogate) is escaped."""
    return _escape(json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False))


def decode(text: str) -> Any:
    """The value of a stored text."""
    return json.loads(text)


def pretty(text: str) -> str:
    """A stored text over several lines, for people."""
    return _escape(json.dumps(decode(text), ensure_ascii=False, indent=2))


def size(text: str) -> int:
    """Its length as MAX_BYTES counts."""
    return len(text.encode())


def digest(text: str) -> str:
    """Equal for equal values: SHA-256 of the JSON with sorted names (the order of an object's names means nothing)."""
    canonical = json.dumps(decode(text), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(_escape(canonical).encode()).hexdigest()


def _escape(text: str) -> str:
    return SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
