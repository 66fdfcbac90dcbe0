"""What a memory's key and tags may be: the same for the API and for the pages. Pure."""

from __future__ import annotations

import unicodedata

MAX_KEY = 256  # characters
MAX_TAG, MAX_TAGS = 64, 32
MAX_TTL = 100 * 366 * 86400  # seconds
MAX_QUESTION = 1_000  # characters of what recall is asked


def wrong_line(text: str) -> str:
    """What is wrong with a key or a tag that must be one line; "" when nothing is."""
    return "A control character is not allowed." if any(unicodedata.category(one) == "Cc" for one in text) else ""


def wrong_key(text: str) -> str:
    """What is wrong with a key. Clients take `.` and `..` for steps of a path, so no address would lead to these."""
    return wrong_line(text) or ("This is a step of a path, and no key." if text in (".", "..") else "")


def wrong_tag(text: str) -> str:
    """What is wrong with a tag; a comma separates tags in a query."""
    return wrong_line(text) or ("A comma is not allowed." if "," in text else "")
