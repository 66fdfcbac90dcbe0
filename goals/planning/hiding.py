"""Keeps what looks like a secret from a language model: keys, tokens, passwords in addresses, private keys.

By its looks only, so it is a net below a rule, not the rule: what is stored as a secret is never read for the model.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

MASKED = "[secret]"
MAX_DEPTH = 20

NAMED = r"(?:pass(?:word|wd|phrase)?|secret|token|api[ _-]?key|access[ _-]?key|private[ _-]?key|credentials?)"
OPEN = r"(?!\[secret\]|SECRET_\d)"  # not hidden yet
# Each pattern's group `it` is the secret; what stands around it stays.
SHAPES = [
    re.compile(pattern)
    for pattern in (
        r"(?P<it>-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z))",
        r"(?i)\b[a-z][a-z0-9+.-]{0,20}://[^\s/:@'\"]{0,200}:(?P<it>[^\s/@'\"]{1,500})@",  # https://user:password@host
        r"(?i)\b(?:bearer|basic)\s+(?P<it>[A-Za-z0-9._~+/=-]{12,})",
        # a name that says so, then the value: password=..., "api_key": "...", the token is ...
        rf"(?i){NAMED}[\"']?\s{{0,5}}[:=]\s{{0,5}}[\"']?(?P<it>{OPEN}[^\s\"',;]{{4,}})",
        rf"(?i){NAMED}\s(?:is|to|of)?\s?(?P<it>{OPEN}(?=[^\s]{{0,100}}\d)[^\s\"',;]{{6,}})",
        # what well-known issuers begin theirs with
        r"(?P<it>\b(?:exo_|sk-|sk_live_|sk_test_|rk_live_|whsec_|gh[pousr]_|github_pat_|glpat-|npm_|pypi-|hf_|xox[abeprs]-"
        r"|AKIA|ASIA|AIza|ya29\.|SG\.|dop_v1_|shpat_)[A-Za-z0-9_.\-]{12,})",
        r"(?P<it>\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*)",  # a JWT
    )
]
LONG_WORD = re.compile(r"(?<![A-Za-z0-9_+=-])[A-Za-z0-9_+=-]{24,}(?![A-Za-z0-9_+=-])")
UNBROKEN = re.compile(r"[A-Za-z0-9+=]{20,}")
SECRET_NAME = re.compile(rf"(?i){NAMED}$|secret")


class Hidden:
    """Secrets of one conversation and the words that stand for them: SECRET_1, SECRET_2, ..."""

    def __init__(self) -> None:
        self._words: dict[str, str] = {}  # secret -> its word

    def hide(self, text: str) -> str:
        """The text with a word in each secret's place."""
        return _replaced(text, self._word)

    def reveal(self, text: str) -> str:
        """The text with each secret where its word stands."""
        known = {word: secret for secret, word in self._words.items()}
        return re.sub(r"SECRET_\d+", lambda found: known.get(found[0], found[0]), text)

    def _word(self, secret: str) -> str:
        return self._words.setdefault(secret, f"SECRET_{len(self._words) + 1}")


def mask(value: Any, depth: int = 0) -> Any:
    """A JSON value without what looks like a secret, by its looks or by the name it has in an object."""
    if depth > MAX_DEPTH:
        return MASKED
    if isinstance(value, str):
        return _replaced(value, lambda secret: MASKED)
    if isinstance(value, Mapping):
        return {
            mask(name): MASKED if SECRET_NAME.search(name) else mask(inner, depth + 1) for name, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [mask(inner, depth + 1) for inner in value]
    return value


def _replaced(text: str, word_of: Callable[[str], str]) -> str:
    for shape in SHAPES:
        text = shape.sub(lambda found: _without(found, word_of(found["it"])), text)
    return LONG_WORD.sub(lambda found: word_of(found[0]) if _is_machine_made(found[0]) else found[0], text)


def _is_machine_made(word: str) -> bool:
    """Letters and digits mixed over a stretch without a dash, as in keys and digests."""
    return any(re.search(r"\d", part) and re.search(r"[A-Za-z]", part) for part in UNBROKEN.findall(word))


def _without(found: re.Match[str], word: str) -> str:
    start, end = found.span("it")
    return found.string[found.start() : start] + word + found.string[end : found.end()]
