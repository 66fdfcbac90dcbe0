"""Keeps what looks like a secret (memory.hiding) from a language model.

A net below a rule, not the rule: what is stored as a secret is never read for the model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from memory.hiding import is_secret_name, replaced

MASKED = "[secret]"
MAX_DEPTH = 20
LONGEST_NAME = 100
SAID_UNDER = frozenset({"value", "val", "content", "data", "text", "default"})  # beside what names it
LEAST_NAMES = 3  # of a list that is nothing but names: two can be a name and its value, ["password", "secret"]
# Nothing but a name: words without a digit, of which the last says what it is. Not `mysecret9`, not `Token-Ring`.
PLAINLY_A_NAME = re.compile(
    r"(?i)(?:[a-z]{1,20}(?:[_-]|(?-i:(?<=[a-z])(?=[A-Z])))){0,4}"
    r"(?:passwords?|passwd|pwd|pw|pass|passphrase|passcode|pin|secrets?|tokens?|keys?|credentials?|auth|authorization)"
)


class Hidden:
    """Secrets of one conversation and the words that stand for them: SECRET_1, SECRET_2, ..."""

    def __init__(self) -> None:
        self._words: dict[str, str] = {}  # secret -> its word

    def hide(self, text: str) -> str:
        """The text with a word in each secret's place."""
        return replaced(text, self._word, told=True)

    def reveal(self, text: str) -> str:
        """The text with each secret where its word stands."""
        known = {word: secret for secret, word in self._words.items()}
        return self._revealed(text, known, len(known) + 1)

    def _revealed(self, text: str, known: Mapping[str, str], below: int) -> str:
        """A secret can have an earlier one's word in it, never its own or a later one's."""

        def secret_of(found: re.Match[str]) -> str:
            number = int(found[1])
            word = found[0]
            return self._revealed(known[word], known, number) if number < below and word in known else word

        return re.sub(r"SECRET_(\d{1,9})(?!\d)", secret_of, text)

    def _word(self, secret: str) -> str:
        return self._words.setdefault(secret, f"SECRET_{len(self._words) + 1}")


def mask(value: Any, depth: int = 0) -> Any:
    """A JSON value without what looks like a secret, by its looks or by the name it has in an object or a list."""
    if depth > MAX_DEPTH:
        return MASKED
    if isinstance(value, str):
        return replaced(value, lambda secret: MASKED, told=True)
    if isinstance(value, Mapping):
        return _object_masked(value, depth)
    if isinstance(value, list | tuple):
        return _list_masked(value, depth)
    return value


def _object_masked(value: Mapping[str, Any], depth: int) -> dict[str, Any]:
    """Also of {"name": "DB_PASSWORD", "value": ...} the value."""
    named = any(_is_secret_name(said) and len(said.split()) == 1 for said in value.values())
    secret = {name for name in value if is_secret_name(name) or (named and name.casefold() in SAID_UNDER)}
    return {mask(name): MASKED if name in secret else mask(inner, depth + 1) for name, inner in value.items()}


def _list_masked(value: list[Any] | tuple[Any, ...], depth: int) -> list[Any]:
    """Also what follows a secret's name, ["--password", "x"]; but for a list of nothing but such names."""
    if len(value) >= LEAST_NAMES and all(isinstance(it, str) and PLAINLY_A_NAME.fullmatch(it) for it in value):
        return [mask(it, depth + 1) for it in value]
    before = [None, *value]
    return [MASKED if _names_next(last) else mask(it, depth + 1) for last, it in zip(before, value, strict=False)]


def _is_secret_name(text: Any) -> bool:
    return isinstance(text, str) and len(text) <= LONGEST_NAME and is_secret_name(text)


def _names_next(text: Any) -> bool:
    """A name whose value can be the list's next item: "--password", "password:"."""
    return _is_secret_name(text) and not re.search(r"[\s=:]", text.strip().rstrip(":="))
