"""What Postgres can keep of a JSON value. Pure."""

from __future__ import annotations

import json
from typing import Any


class Unstorable(ValueError):
    """The value holds what Postgres cannot keep; the text says what, and quotes nothing of it."""


def json_text(value: Any) -> str:
    """The JSON text of a value that can be stored: else Unstorable, for NUL, half of a character, or no number."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (ValueError, RecursionError):
        raise Unstorable("A number that is none, or lists within lists without an end, cannot be stored.") from None
    if "\\u0000" in text.replace("\\\\", ""):  # a backslash that is written is no escape
        raise Unstorable("A NUL character is not allowed.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Unstorable("This is not Unicode: it has half of a surrogate pair.") from None
    return text
