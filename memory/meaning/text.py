"""What of a memory is read for recall: its key, its tags and its value as one text of bounded length.

Of a memory that is tagged `secrets` only the key and the tags are read: neither the index of words nor a vector may
tell anything of its value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Any

from memory.meaning import words
from memory.sealing import is_secret

LONGEST = 1_000  # characters: about the 256 tokens that the model reads
LONGEST_TAGS = 200  # characters of them
MOST_WORDS = 100  # distinct words of one memory in the index
DEEPEST = 32  # levels of a value; below it is structure, not text
BLOB = 100  # characters without a space: an encoded thing, no word
UNREADABLE = re.compile("[\x00\ud800-\udfff]")


def describe(key: str, tags: Sequence[str], value: Any) -> str:
    """The text of a memory, at most LONGEST characters: what its vector and its words are made of.

    For instance "infra nginx timeout: 65 seconds (infra, web)".
    """
    said = "" if is_secret(tags) else _gather(value)
    named = ", ".join(readable for tag in tags if (readable := _readable(tag)))[:LONGEST_TAGS]
    end = f" ({named})" if named else ""
    return UNREADABLE.sub(" ", f"{_readable(key)}: {said}"[: LONGEST - len(end)].rstrip(": ") + end)


def digest(text: str) -> str:
    """Tells whether a text is still the one that was read."""
    return blake2b(text.encode(), digest_size=16).hexdigest()


def terms(account_id: str, text: str) -> list[int]:
    """The numbers under which a memory is found by its words."""
    return [words.term(account_id, word) for word in words.stems(text, MOST_WORDS)]


def _readable(name: str) -> str:
    """A key or tag with spaces where it has separators."""
    return " ".join(words.PART.findall(words.split_humps(name)))


def _gather(value: Any) -> str:
    """The first LONGEST characters or so of what a value says."""
    parts: list[str] = []
    length = 0
    for part in _parts(value, DEEPEST):
        parts.append(part)
        length += len(part) + 1
        if length > LONGEST:
            break
    return " ".join(parts)


def _parts(value: Any, levels: int) -> Iterator[str]:
    """Names and values in the order they come."""
    if levels <= 0:
        return
    if isinstance(value, dict):
        for name, inner in value.items():
            yield f"{_readable(str(name)[:LONGEST])}:"
            yield from _parts(inner, levels - 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _parts(inner, levels - 1)
    elif isinstance(value, str):
        yield " ".join(word for word in value[: 4 * LONGEST].split() if len(word) <= BLOB)
    elif value is not None:
        yield str(value).lower() if isinstance(value, bool) else str(value)
