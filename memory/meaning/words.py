"""The words of a text as recall compares them: lower case, without the words that say nothing, by their stems."""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b

# A run of letters and digits, or several that separators hold together: `db-prod-3`, `deploy.sh`, `10.0.0.7`.
COMPOUND = re.compile(r"[^\W_]+(?:[-_./:@+][^\W_]+)*")
PART = re.compile(r"[^\W_]+")
HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")  # between `db` and `Password`
LONGEST = 64  # characters; a longer run is a blob, not a word
SILENT_WORDS = """
    a about after again all also am an and any are as at be because been before being but by can cannot could
    did do does doing done down during each few for from further get gets getting got had has have having he her
    here hers him his how i if in into is it its just kind let like many may me might more most much must my
    myself no nor not now of off on once one only or other our ours out over own per please rather s same shall
    she should so some such t tell than that the their them then there these they thing things this those
    through to too under until up upon us very via want was way we were what when where which while who whom
    whose why will with within without would yes yet you your yours"""
SILENT = frozenset(SILENT_WORDS.split())


def split_humps(text: str) -> str:
    """`dbPassword` as `db Password`."""
    return HUMP.sub(" ", text)


@lru_cache(maxsize=16_384)
def stem(word: str) -> str:
    """A word without the endings that English changes most: plural, -ing, -ed, -ly, a last -e.

    Timid on purpose: a wrong stem would find what has nothing to do with it; other kinships are for the meaning.
    """
    if not word.isascii() or not word.isalpha() or len(word) < 4:
        return word
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith(("sses", "shes", "ches", "xes", "zes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed", "ly"):
        if word.endswith(ending) and _has_vowel(word[: -len(ending)]) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            if ending != "ly" and word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            break
    return word[:-1] if word.endswith("e") and len(word) > 4 else word


def _has_vowel(word: str) -> bool:
    return any(letter in "aeiouy" for letter in word)


def stems(text: str, most: int | None = None) -> list[str]:
    """The distinct stems of a text in the order they come, compounds before their parts; at most `most`."""
    found: dict[str, None] = {}
    for match in COMPOUND.finditer(split_humps(text)):
        for word in _words_of(match.group().casefold()):
            found.setdefault(word)
        if most is not None and len(found) >= most:
            return list(found)[:most]
    return list(found)


def _words_of(compound: str) -> list[str]:
    parts = PART.findall(compound)
    words = [stem(part) for part in parts if part not in SILENT and len(part) <= LONGEST]
    whole = len(parts) > 1 and len(compound) <= LONGEST
    return [compound, *words] if whole else words


def term(account_id: str, word: str) -> int:
    """A word of an account as the 64 bits of the index: another account's same word is another number."""
    digest = blake2b(f"{account_id}\0{word}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
