"""The write gate: whether something is known already, said the same way or in other words.

Left to itself, what an executor learns is mostly what it had learned before. The gate compares the words that carry
meaning, in their order: a restatement changes case, spaces, punctuation, the order of an object's names, and filler.
It must never take two facts for one, so whatever tells facts apart counts in full: every other word, every number,
every "not". Two values are near duplicates when the words of one are those of the other with few put in between.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

THRESHOLD = 0.9
LEAST_WORDS = 4  # fewer are no fact by themselves: `true` under two keys is not one thing known twice
MOST_WORDS = 600  # longer values are compared exactly only
MOST_TEXT = 8_192  # characters of JSON; likewise

WORD = re.compile(r"[^\W_]+(?:[.:/@'-]+[^\W_]+)*")
# What a sentence may open with without saying more, and words that it can lose without saying less. Nothing that
# negates, limits, orders, points in time or place.
OPENINGS = r"""
    (?:please\s+)?(?:note|remember|notice)(?:\s+that)? | fyi | for\s+your\s+information | for\s+the\s+record
    | heads\s+up | (?:it\s+)?turns\s+out(?:\s+that)? | (?:just\s+)?so\s+you\s+know | keep\s+in\s+mind(?:\s+that)?
    | be\s+aware(?:\s+that)?
    | (?:important|reminder|hint|info|information|observation|observed|fact|lesson|learned|lesson\s+learned)(?=\s*[:!-])
"""
OPENING = re.compile(rf"^[\W_]*(?:(?:{OPENINGS})\b[\s,:;!.-]*)+", re.VERBOSE)
FILLER_WORDS = """
    a an the this that these those it its is are was were be been being am of as so there here which who please also
    just very really quite basically actually simply indeed well ok okay i we you he she they me us them my our your
    his her their currently apparently that's it's there's"""
FILLER = frozenset(FILLER_WORDS.split())
# And words that one of two restatements cannot lack, however many others there are.
DECISIVE_WORDS = """
    not no never none nor neither without cannot can't don't doesn't didn't isn't aren't wasn't won't shouldn't mustn't
    only except unless until before after instead less more least most off out down old new former must may"""
DECISIVE = frozenset(DECISIVE_WORDS.split())
SECRET = re.compile(
    r"""-----BEGIN\s[A-Z\s]*PRIVATE\sKEY | \bAKIA[0-9A-Z]{16}\b | \b(?:gh[pousr]|exo|ses|glpat|npm)[_-][A-Za-z0-9_]{16,}
    | \bxox[abprs]-\w{8,} | \bsk[-_](?:live|test|proj|ant)?[-_]?\w{16,} | \beyJ[\w-]{8,}\.eyJ[\w-]{8,}
    | ://[^\s/:@"]+:[^\s/@"]+@
    | (?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|credentials?)\w*["']?\s*[:=]\s*["']?[^\s"',}]{6,}""",
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True)
class Match:
    """What the gate found. `richer`: the new value says more than the known one."""

    kind: str  # "exact" or "near"
    similarity: float
    richer: bool = False


def words(value: Any) -> list[str]:
    """The words of a JSON value that carry meaning, in order; the names of an object are sorted, with their values."""
    return [word for text in _texts(value) for word in _words(text)]


def gist(found: list[str]) -> str:
    """Equal for values that differ in filler only; empty for a value too short to be a fact, or too long to compare."""
    if not LEAST_WORDS <= len(found) <= MOST_WORDS:
        return ""
    return hashlib.sha256("\n".join(found).encode(errors="surrogatepass")).hexdigest()


def compare(new: list[str], known: list[str]) -> Match | None:
    """Whether two values say the same, by their words; None when they may be two facts."""
    small, large = sorted((new, known), key=len)
    if len(small) < LEAST_WORDS or len(large) > MOST_WORDS or len(small) < THRESHOLD * len(large):
        return None
    if _telling(small) != _telling(large) or not _in_order(small, large):
        return None
    return Match("near", round(len(small) / len(large), 4), richer=len(new) > len(known))


def holds_a_secret(text: str) -> bool:
    """Whether a text looks as if it held a password, a key or a token."""
    return SECRET.search(text) is not None


def space(key: str) -> str:
    """The part of a key up to its last separator: what is under one space is about one thing."""
    return key[: max(key.rfind(mark) for mark in "/.:") + 1]


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for name in sorted(value):
            yield name
            yield from _texts(value[name])
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, bool) or value is None:
        yield str(value)
    elif isinstance(value, float) and value.is_integer():
        yield str(int(value))
    else:
        yield str(value)


def _words(text: str) -> Iterable[str]:
    """Folded words without filler; a path, a host, a version or a flag is one word."""
    folded = unicodedata.normalize("NFKC", text).replace("\u2019", "'").casefold()
    folded = OPENING.sub("", folded)
    for match in WORD.finditer(folded):
        if match[0] not in FILLER:
            negative = folded[max(match.start() - 1, 0) : match.start()] == "-"
            yield f"-{match[0]}" if negative else match[0]


def _telling(found: list[str]) -> list[str]:
    """The words that tell two facts apart by themselves: numbers, letters, names with marks, what negates or limits."""
    return [word for word in found if word in DECISIVE or len(word) == 1 or not word.isalpha()]


def _in_order(small: list[str], large: list[str]) -> bool:
    """Whether the words of one stand in the other, in the same order."""
    rest = iter(large)
    return all(word in rest for word in small)
