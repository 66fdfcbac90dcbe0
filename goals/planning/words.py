"""English as the keyword planner reads it: tokens, stems and clauses.

The rules are small on purpose. A description is cut into tokens by one linear regular expression,
several words that mean one are joined ("back up"), and the tokens are cut into clauses: always at
the end of a line or sentence, and at a comma, semicolon, "and" or "then" only where a known verb
follows, so "with a database, and Docker" stays one clause and "build and deploy" becomes two.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
MAX_TOKENS = 800
"""More than this is an essay, not an instruction; it bounds the time planning takes."""

# Every alternative is linear: a quoted text stops at its own quote, the rest are single classes.
TOKEN = re.compile(
    r"""(?P<quoted>(?<!\w)(?:"[^"\n]*"|'[^'\n]*'|`[^`\n]*`|“[^”\n]*”)(?!\w))"""
    r"""|(?P<url>(?<!\w)https?://\S+)"""
    r"""|(?P<bullet>(?m:^)[ \t]*(?:[-*•]|\d{1,2}[.)])[ \t]+)"""
    r"""|(?P<mark>->|→|[,;&]|\n)"""
    r"""|(?P<word>[\w/~@#.+%=][\w/~@#.+:%='\u2019-]*)"""
    r"""|(?P<other>[^\w\s,;&"'`“→/~@#.+%=]+|\S)"""
)
CONNECTORS = frozenset({",", ";", "&", "->", "→", "and", "then", "plus"})
HARD_ENDS = frozenset({"\n", "."})


class Token(NamedTuple):
    """A word in its normal form with its place in the text; `kind` names the TOKEN group."""

    text: str
    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class Lexicon:
    """The lists of lexicon.toml."""

    lead: frozenset[str]
    filler: frozenset[str]
    blockers: frozenset[str]
    determiners: frozenset[str]
    programs: frozenset[str]
    ambiguous: frozenset[str]
    phrases: dict[str, list[tuple[tuple[str, ...], str]]]
    aliases: dict[str, str]
    groups: dict[str, list[str]]
    patterns: dict[str, dict[str, str]]


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """Read lexicon.toml once."""
    raw: dict[str, Any] = tomllib.loads((HERE / "lexicon.toml").read_text(encoding="utf-8"))
    phrases: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    # Longest first, so that "i want you to" is found before "i want to".
    for phrase, word in sorted(raw.pop("phrases").items(), key=lambda item: -len(item[0].split())):
        first, *rest = phrase.split()
        phrases.setdefault(first, []).append((tuple(rest), word))
    words = ("lead", "filler", "blockers", "determiners", "programs", "ambiguous")
    found: dict[str, Any] = {key: frozenset(raw.pop(key)) for key in words}
    return Lexicon(phrases=phrases, **found, **raw)


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """The form nouns are compared in: no plural, no -ing with its doubled consonant, no last -e.

    Hand-made and deliberately timid: a verb at the head of a clause is compared as it stands,
    because "deployment" is not "deploy". The last -e goes because "caches" and "branches" lose
    their plural in the same way.
    """
    aliases = lexicon().aliases
    word = aliases.get(word, word)
    if len(word) > 4 and word.endswith("ies"):
        word = word[:-3] + "y"
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    word = aliases.get(word, word)
    if len(word) > 6 and word.endswith("ing"):
        word = word[:-3]
        if word[-1] == word[-2] and word[-1] not in "lsz":
            word = word[:-1]
    return word[:-1] if len(word) > 4 and word.endswith("e") else word


def tokens(text: str) -> list[Token]:
    """The tokens of a text, at most MAX_TOKENS + 1 of them, phrases joined and aliases applied."""
    found: list[Token] = []
    for match in islice(TOKEN.finditer(text), MAX_TOKENS + 1):
        kind = match.lastgroup or "other"
        if kind == "word":
            found.extend(_word_tokens(match))
        elif kind == "bullet":
            found.append(Token("\n", "mark", match.start(), match.end()))
        else:
            found.append(Token(match.group(), kind, match.start(), match.end()))
    return _join_phrases(found)


def _word_tokens(match: re.Match[str]) -> list[Token]:
    """A word without its trailing punctuation, and a mark when that ended a sentence."""
    raw, start = match.group(), match.start()
    bare = raw.rstrip(".:'\u2019")
    if not bare:
        return [Token(raw, "other", start, match.end())]
    folded = bare.casefold().replace("\u2019", "'")
    folded = folded if folded == "let's" else folded.removesuffix("'s")
    word = Token(lexicon().aliases.get(folded, folded), "word", start, start + len(bare))
    if raw.endswith("."):
        return [word, Token(".", "mark", start + len(bare), match.end())]
    return [word]


def _join_phrases(found: Sequence[Token]) -> list[Token]:
    """Replace the phrases of the lexicon by the one word they mean."""
    phrases = lexicon().phrases
    joined: list[Token] = []
    index = 0
    while index < len(found):
        token = found[index]
        size = 1
        for rest, word in phrases.get(token.text, ()):
            following = found[index + 1 : index + 1 + len(rest)]
            if tuple(item.text for item in following) == rest:
                size = 1 + len(rest)
                token = Token(word, "word", token.start, following[-1].end)
                break
        joined.append(token)
        index += size
    return joined


def clauses(found: Sequence[Token], verbs: Collection[str]) -> list[list[Token]]:
    """Cut tokens into clauses by the rule in this module's docstring; empty clauses vanish."""
    parts: list[list[Token]] = [[]]
    for index, token in enumerate(found):
        hard = token.kind == "mark" and token.text in HARD_ENDS
        if hard or (token.text in CONNECTORS and _verb_follows(found, index + 1, verbs)):
            parts.append([])
        else:
            parts[-1].append(token)
    return [trimmed for part in parts if (trimmed := _without_outer_connectors(part))]


def _verb_follows(found: Sequence[Token], index: int, verbs: Collection[str]) -> bool:
    """Is the next word that says something a known verb?"""
    lead = lexicon().lead
    for token in found[index : index + 6]:
        if token.text in CONNECTORS or token.text in lead:
            continue
        return token.kind == "word" and token.text in verbs
    return False


def _without_outer_connectors(part: Sequence[Token]) -> list[Token]:
    """A clause without the "and", "then" and commas at its two ends, nor a closing "!"."""
    start, end = 0, len(part)
    while start < end and part[start].text in CONNECTORS:
        start += 1
    while end > start and (part[end - 1].text in CONNECTORS or part[end - 1].text == "!"):
        end -= 1
    return list(part[start:end])
