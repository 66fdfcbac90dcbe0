"""The write gate: whether something is known already, said the same way or restated.

It must never take two facts for one. So a restatement is only what differs in Unicode form (NFC), in the order of an
object's names and, in a sentence, in blanks, the case of its first letter (or of all, where it is shouted), its last
punctuation, "the" and "an", and an opening such as "note that". Every other word, mark, number, type and the nesting
count in full. There is no threshold: nothing may be put in or left out.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

LEAST_WORDS = 4  # fewer are no fact by themselves: `true` under two keys is not one thing known twice
MOST_TEXT = 8_192  # characters of JSON; longer values are compared exactly only

BLANKS = re.compile("[ \u00a0]+")  # a tab or a line break may divide columns or commands
NO_PROSE = re.compile(r"""[`{}<>|\\=;$"*\t]|^\s+\S|(?<!\w)'|'(?!\w)""", re.MULTILINE)  # code, tables, quotations
PLAIN = re.compile(r"[^\W\d_]+")
LAST = re.compile(r"(?<=[^\W\d_]{2})(?:[.!]+|\u2026)$|(?<=\d)\.$")
# What a sentence may open with without saying more.
OPENING = re.compile(
    r"""(?:(?:please[ ]+)?(?:note|remember)(?:[ ]+that\b|[ ]*:) | please\b(?![ ]+(?:note|remember)\b) | fyi\b
    | just[ ]+so[ ]+you[ ]+know\b | for[ ]+your[ ]+information\b | it[ ]+turns[ ]+out[ ]+that\b)[ ]*[,:]?[ ]+""",
    re.VERBOSE | re.IGNORECASE,
)
FILLER = frozenset({"the", "an"})  # not "a", which names things too: "file a"
SHOUTED = frozenset({"THE", "AN", "IS", "ARE", "OF", "AND", "TO", "ON"})  # one of them tells a sentence from a list
NAMED = r"(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)"
SAID = r"(?!<secret>)[^\s\"',;}]"
SECRET = re.compile(
    rf"""(?:
    -----BEGIN\s[A-Z\s]{{0,30}}PRIVATE\sKEY-----[^-]{{0,8000}}(?:-----END[A-Z\s]{{0,40}}-----)?
    | \b(?:AKIA|ASIA)[0-9A-Z]{{16}}\b | \b(?:gh[pousr]|exo|ses|glpat|npm)[_-][A-Za-z0-9_]{{16,}}
    | \bxox[abprs]-[\w-]{{8,}} | \bsk[-_](?:live|test|proj|ant)?[-_]?\w{{16,}} | \beyJ[\w-]{{8,}}\.eyJ[\w-]{{8,}}[\w.-]*
    | (?P<url>://)(?!<secret>)[^\s/:@"]{{0,100}}:[^\s/@"]{{1,200}}(?=@)
    | (?P<header>\b(?:authorization["']?\s?:\s?["']?(?:bearer|basic|token)?|bearer)\s)(?:{SAID}){{8,}}
    | (?P<option>(?<![\w-])--?[\w-]{{0,30}}{NAMED}(?:[ ]|=)["']?)
        (?!-|(?:is|was|must|and|or|for|with|not|requires?|needs?|the|option|to|in|on|from|has|can|should|flag)\b)
        (?:{SAID})+
    | (?P<program>\b(?:mysql\w{{0,10}}|mariadb|sshpass|(?:docker|podman)\slogin)\b[^\n|;&]{{0,100}}?\s-p\s?)(?:{SAID})+
    | (?P<bare>\b{NAMED}[ ]+)(?=[^\s"',;]*\d)(?:{SAID}){{6,}}
    | (?P<key>{NAMED}\w{{0,20}}["']?\s{{0,2}}[:=]\s{{0,2}}["']?)(?:{SAID}){{6,}}
    )""",
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True)
class Match:
    """What the gate found: an "exact" repetition or a "near" one, a restatement. Both say the same."""

    kind: str
    similarity: float = 1.0


def restated(value: Any) -> str:
    """The JSON text that all restatements of a JSON value share; scalars keep their type, lists their nesting."""
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def gist(value: Any) -> str:
    """Equal for values that are restatements of each other; empty for one too short to be a fact."""
    if not is_a_fact(value):
        return ""
    return hashlib.sha256(restated(value).encode(errors="surrogatepass")).hexdigest()


def is_a_fact(value: Any) -> bool:
    """Whether it has words enough to be a fact whatever its key."""
    return sum(any(map(str.isalnum, word)) for text in _texts(value) for word in text.split()) >= LEAST_WORDS


def holds_a_secret(text: str) -> bool:
    """Whether a text looks as if it held a password, a key or a token."""
    return SECRET.search(text) is not None


def without_secrets(text: str) -> str:
    """The text with `<secret>` for whatever looks like one; what announces it stays."""
    return SECRET.sub(lambda found: f"{found[found.lastgroup] if found.lastgroup else ''}<secret>", text)


PART = (
    r"(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\d(?:T[\d.-]{2,20}Z?)?"
    r"|(?=[a-f]*\d)[0-9a-f]{8,64}|\d{1,20})"
)
COUNTED = re.compile(rf"(?:(?<=[/:_-])|^){PART}(?:[-_]{PART})*$")


def stem(key: str) -> str:
    """A key without the counter, date, hash or uuid at its end: only keys of one stem can hold one fact twice."""
    head = key[: max(key.rfind(mark) for mark in "/:") + 1]
    return head + COUNTED.sub("", key[len(head) :])


def is_in_a_space(key: str) -> bool:
    """Whether a separator says what the key is about."""
    return any(mark in key for mark in "/.:")


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield name
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    else:
        yield str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return _said(value) if isinstance(value, str) else value


def _said(text: str) -> str:
    """A sentence without what restating changes; any other text in its Unicode form only."""
    text = unicodedata.normalize("NFC", text)
    said = text.strip(" \u00a0\n")
    if NO_PROSE.search(text.strip()) or not _is_sentence(said):
        return text
    said = "\n".join(BLANKS.sub(" ", line).strip(" ") for line in said.split("\n"))
    while opening := OPENING.match(said):
        said = said[opening.end() :]
    words = _folded(LAST.sub("", said).split(" "))
    return " ".join(word for word in words if word not in FILLER)


def _is_sentence(text: str) -> bool:
    return sum(PLAIN.fullmatch(word) is not None for word in text.split()) >= LEAST_WORDS


def _folded(words: list[str]) -> list[str]:
    """Words of a sentence: its first letter small, and all of a shouted sentence; never a word with other marks."""
    plain = [word for word in words if PLAIN.fullmatch(word)]
    if len(plain) >= LEAST_WORDS and all(map(str.isupper, plain)) and SHOUTED & set(plain):
        return [word.lower() if PLAIN.fullmatch(word) else word for word in words]
    first = words[0]
    if PLAIN.fullmatch(first) and first[0].isupper() and (not first[1:] or first[1:].islower()):
        return [first.lower(), *words[1:]]
    return words
