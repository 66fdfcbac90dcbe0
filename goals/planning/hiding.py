"""Keeps what looks like a secret from a language model: keys, tokens, passwords in addresses, private keys.

By its looks only, so it is a net below a rule, not the rule: what is stored as a secret is never read for the model.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from memory.gate import ISSUED, SAYS_ITS_STATE

MASKED = "[secret]"
MAX_DEPTH = 20

# Names of secrets. Some are looked for wherever letters stand; others only as a word of a name: SMTP_PW, dbPass.
LONG_NAMES = (
    r"(?:passw(?:or)?[dt]|kennwort|wachtwoord|contrase(?:\u00f1|n)a|mot[ _-]de[ _-]passe|senha"
    r"|pass[ _-]?phrase|pass[ _-]?code|pwd|pw(?![a-z])"
    r"|(?<!by)(?<!com)(?<!sur)(?<!tres)pass(?![a-z])|secret"
    r"|credentials?|authorization|(?:api|access|private|secret|signing|encryption|master|account|shared|session|ssh)"
    r"[ _-]?key)"
)
SHORT_NAMES = r"(?:(?<![a-z])(?:tokens?|pin|o?auth|creds?)|(?-i:(?<=[a-z0-9])(?:Tokens?|Pin|Auth|Creds?))|token)"
NAMED = rf"(?:{LONG_NAMES}|{SHORT_NAMES})"
SCHEME = r"(?:bearer|basic|digest|token)\s"  # of an Authorization header
OPEN = rf"(?!\[secret\]|SECRET_\d|{SCHEME})"  # not hidden yet
IN_QUOTES = r"""(?<=")(?:\\.|[^"\\\n])+|(?<=')(?:\\.|[^'\\\n])+|(?<=`)[^`\n]+"""
BARE = r"""(?:[^\s"'`,;]|,(?=[^\s"'`,;]))+"""  # a comma may be in it, and not end it
VALUE = rf"(?P<it>{OPEN}(?:{IN_QUOTES}|{BARE}))"
IN_PROSE = rf"(?!(?:{'|'.join(SAYS_ITS_STATE.split())})(?![\w]))"  # `the password is hidden` says something of it
# Each pattern's group `it` is the secret; what stands around it stays. Every repetition in front of it is bounded.
SHAPES = [
    re.compile(pattern)
    for pattern in (
        r"(?P<it>-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z))",
        r"(?i)\b[a-z][a-z0-9+.-]{0,20}://[^\s/:@'\"]{0,200}:(?P<it>[^\s/@'\"]{1,500})@",  # https://user:password@host
        r"(?i)\b(?:bearer|basic)\s+(?P<it>[A-Za-z0-9._~+/=-]{12,})",
        # -u user:password, but not docker's -u 1000:1000
        r"(?i)(?<![\w-])(?:-u|--(?:proxy-)?user)[ \t=]{0,3}[\"'](?!SECRET_)[^\s\"':]{0,200}:(?P<it>[^\"'\n]+)",
        r"(?i)(?<![\w-])(?:-u|--(?:proxy-)?user)[ \t=]{0,3}(?!\d{1,9}:\d{1,9}(?!\S))[^\s\"':]{0,200}:"
        r"(?P<it>[^\s\"'/][^\s\"']*)",
        # -p of programs that take a password there
        rf"\b(?:mysql|mariadb)[\w-]{{0,20}}\s(?:[^\n|;&]{{0,300}}?\s)?-p[\"']?{VALUE}",
        rf"\b(?:sshpass|login)\s(?:[^\n|;&]{{0,300}}?\s)?-p[ \t]{{0,3}}[\"']?{VALUE}",
        rf"\bredis-cli\s(?:[^\n|;&]{{0,300}}?\s)?-a[ \t]{{0,3}}[\"']?{VALUE}",
        # a word that is piped into a program which reads a password: docker login --password-stdin
        rf"\b(?:echo|printf)\s(?:-\w{{1,5}}\s|[\"']?%s(?:\\n)?[\"']?\s){{0,3}}[\"']?(?P<it>{OPEN}[^\s\"'|]{{1,500}})"
        r"(?=[\"']?\s{0,3}\|[^\n|]{0,200}(?:-stdin\b|--with-token|\bsudo\s-S|\bch?passwd\b))",
        # a user's name, a slash, and what else could it be
        r"(?i)\b(?:login|log-in|account|user(?:[ _-]?name)?)\s{0,3}[:=]\s{0,3}"
        rf"[^\s/]{{1,100}}\s/\s(?P<it>{OPEN}\S+)",
        # --password x, --db-token=x
        rf"(?i)(?<![\w-])--[\w-]{{0,40}}?{NAMED}(?:=|[ \t]{{1,3}}(?!-))[\"']?{VALUE}",
        # a name that says so, then the value: password=..., "api_key": "...", Pwd=...;
        rf"(?i){NAMED}[\\\"'`]{{0,3}}\s{{0,5}}(?::=|=>|[:=])\s{{0,5}}(?:{SCHEME}\s{{0,3}})?[\\\"'`]{{0,3}}{VALUE}",
        # the token is ..., the password of the shop is ..., the password "..."
        rf"(?i){NAMED}(?:\s(?:for|of|to|on)\s[^\n.,;]{{1,60}}?)?\s{{1,3}}"
        rf"(?:is|was|are|will be|should be|must be)[ \t:]{{1,3}}[\"'`]?{IN_PROSE}{VALUE}",
        rf"(?i){NAMED}\s{{1,3}}(?:(?:to|of)\s)?(?P<it>{OPEN}(?:(?<=\s)(?:\"[^\"\n]+\"|'[^'\n]+'|`[^`\n]+`)))",
        rf"(?i){NAMED}\s(?:is|to|of)?\s?(?P<it>{OPEN}(?=[^\s]{{0,100}}\d)[^\s\"',;]{{6,}})",
        rf"(?i)(?<![^\s\"'`]){IN_PROSE}(?P<it>{OPEN}[^\s\"'`]{{4,200}})[\"'`]?\sas\s(?:(?:the|a|an|my|our|its|their)\s)?"
        rf"(?:\w{{1,20}}\s)?{NAMED}",
        rf"(?P<it>{ISSUED})",
        r"(?P<it>\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*)",  # a JWT
    )
]
LONG_WORD = re.compile(r"(?<![A-Za-z0-9_+=-])[A-Za-z0-9_+=-]{24,}(?![A-Za-z0-9_+=-])")
UNBROKEN = re.compile(r"[A-Za-z0-9+=]{20,}")
SECRET_NAME = re.compile(rf"(?i){LONG_NAMES}|{SHORT_NAMES}(?![a-z])|{SHORT_NAMES}(?=(?-i:[A-Z][a-z]))")
LONGEST_NAME = 100
SAID_UNDER = frozenset({"value", "val", "content", "data", "text", "default"})  # beside what names it


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
        return _object_masked(value, depth)
    if isinstance(value, list | tuple):
        before = [None, *value]
        pair = len(value) == 2 and not _is_secret_name(value[1])
        return [
            MASKED if _names_next(last, pair=pair) else mask(it, depth + 1)
            for last, it in zip(before, value, strict=False)
        ]
    return value


def _object_masked(value: Mapping[str, Any], depth: int) -> dict[str, Any]:
    """Also of {"name": "DB_PASSWORD", "value": ...} the value."""
    named = any(_is_secret_name(said) and len(said.split()) == 1 for said in value.values())
    secret = {name for name in value if SECRET_NAME.search(name) or (named and name.casefold() in SAID_UNDER)}
    return {mask(name): MASKED if name in secret else mask(inner, depth + 1) for name, inner in value.items()}


def _is_secret_name(text: Any) -> bool:
    return isinstance(text, str) and len(text) <= LONGEST_NAME and bool(SECRET_NAME.search(text))


def _names_next(text: Any, *, pair: bool) -> bool:
    """A name whose value is the list's next item: ["--password", "x"] in any list, ["password", "x"] as a pair."""
    return _is_secret_name(text) and (pair or text.startswith("-")) and not re.search(r"[\s=:]", text)


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
