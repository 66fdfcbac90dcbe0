"""The write gate: whether something is known already, said the same way or restated; and what looks like a secret.

It must never take two facts for one; a restatement that is stored beside what it restates does no harm. So one is only
what differs in the order of an object's names; or, where the whole value is a sentence, in: Unicode form (NFC); blanks
at its ends; several blanks between two sentences; one full stop at its end; the case of its first letter where the
first word is one of SMALL_WHEN_FIRST; and an opening such as "note that". Every other word, mark, blank, number, type
and the nesting count in full. There is no threshold.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

LEAST_WORDS = 4  # plain words make a sentence; what holds none says nothing without its key: `true`, {"plan": "pro"}
MOST_TEXT = 8_192  # characters of JSON; longer values are compared exactly only

BLANKS = " \u00a0"  # a tab or a line break may divide columns or commands
NO_PROSE = re.compile(r"""[`{}<>|\\=;$"*\t]|^\s+\S|(?<!\w)'|'(?!\w)""", re.MULTILINE)  # code, tables, quotations
PLAIN = re.compile(r"[^\W\d_]+")
BETWEEN_SENTENCES = re.compile(r"([^\W\d_]{2}[.!?]{1,3}) {2,}")
STOP = re.compile(r"(?<!\S)[^\W\d_]{2,}\.\Z")  # after a plain word: not `db.example.com.`, not `all...`
# Where a sentence may speak of its own last word, the stop can be a part of that.
QUOTES_ITSELF = re.compile(
    r"(?i)[:\u201c\u201d]|\b(?:words?|letters?|type[ds]?|enter(?:ed|s)?|texts?|strings?|ends?|ending|dots?|periods?|stops?"
    r"|close[sd]?|marks?|says?|said|reads?|writes?|written|answers?|replies|reply|messages?|titles?|names?|named|called)\b"
)
# Before these "that" only opens a sentence; "note that needs signing" is about a note.
CLAUSE = (
    "(?:the|a|an|this|these|those|we|you|it|they|he|she|our|your|its|their|his|her|my|there|all|every|each|no|if|when)"
)
# What a sentence may open with without saying more. "FYI channel" and "For your information desk" are no openings.
OPENINGS = re.compile(
    rf"(?:(?:(?:(?:please )?(?:note|remember)|it turns out) that (?={CLAUSE} )"
    r"|(?:(?:please )?(?:note|remember):|(?:fyi|just so you know|for your information)[,:]) (?=\S)))+",
    re.IGNORECASE,
)
# As the first word these are the same with a large letter: none is a name of something, as "a" is in "A record".
OPENS_SMALL = """
    an the this that these those we our you your it its there all each every if when while because until
    use do in on at for from to with by as after before never always"""
SMALL_WHEN_FIRST = frozenset(OPENS_SMALL.split())


@dataclass(frozen=True)
class Match:
    """What the gate found: an "exact" repetition or a "near" one, a restatement. Both say the same."""

    kind: str
    similarity: float = 1.0


def restated(value: Any) -> str:
    """The JSON text that all restatements of a JSON value share. What an object holds is data, and stays as it is."""
    said = _said(value) if isinstance(value, str) else value
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def gist(value: Any) -> str:
    """Equal for values that are restatements of each other; empty for one that is no fact by itself."""
    if not is_a_fact(value):
        return ""
    return hashlib.sha256(restated(value).encode(errors="surrogatepass")).hexdigest()


def is_a_fact(value: Any) -> bool:
    """Whether it holds a sentence: a record says nothing without the key it is stored under."""
    return any(_is_sentence(unicodedata.normalize("NFC", text)) for text in _texts(value))


# --- keys ------------------------------------------------------------------------------------------

DATE = r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
ZONE = r"(?:Z|[+-][0-2]\d:?[0-5]\d)?"
TIME = r"[0-2]\d[:-][0-5]\d(?:[:-][0-6]\d(?:[.,]\d{1,9})?)?"
COMPACT = r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])T[0-2]\d[0-5]\d(?:[0-6]\d)?"
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
HASH = r"(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{16,128}"  # small letters: large ones are rather the address of a device
WHEN = re.compile(rf"(?:(?<=[/:_-])|\A)(?:{DATE}(?:T{TIME}{ZONE})?|{COMPACT}{ZONE})\Z")
# Elsewhere a uuid or a hash says about whom or what: "prefers mails in the evening" of two users is two facts.
NOTES = (
    "notes?|memos?|facts?|lessons?|learned|learnings?|logs?|journal|diary|insights?|remarks?|observations?|findings?"
)
WHICH = re.compile(rf"(?P<notes>(?:\A|[/:])(?:{NOTES})[/:])(?:{UUID}|{HASH})\Z")


def stem(key: str) -> str:
    """A key without what says when or which note at its end: only keys of one stem can hold one fact twice.

    That is a date or time, and below a folder of notes a uuid or a hash. Every other number is a part of what the key
    is about: `user:1001`, `user/<uuid>`.
    """
    return WHEN.sub("", WHICH.sub(r"\g<notes>", key))


def is_in_a_space(stem_: str) -> bool:
    """Whether a separator in the stem says what the key is about."""
    return any(mark in stem_ for mark in "/.:")


# --- sentences -------------------------------------------------------------------------------------


def _texts(value: Any) -> Iterable[str]:
    """The texts among the values."""
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)
    elif isinstance(value, str):
        yield value


def _said(text: str) -> str:
    """A sentence without what restating changes; any other text in its Unicode form only."""
    text = unicodedata.normalize("NFC", text)
    said = text.strip(BLANKS)
    if opening := OPENINGS.match(said):
        said = said[opening.end() :]
    if NO_PROSE.search(text.strip()) or not _is_sentence(said):
        return text
    said = BETWEEN_SENTENCES.sub(r"\1 ", said)
    said = said[:-1] if STOP.search(said) and not QUOTES_ITSELF.search(said) else said
    first, *rest = said.split(" ")
    if first[1:].islower() and first.lower() in SMALL_WHEN_FIRST:
        first = first.lower()
    return " ".join([first, *rest])


def _is_sentence(text: str) -> bool:
    return sum(PLAIN.fullmatch(word) is not None for word in text.split()) >= LEAST_WORDS


# --- secrets ---------------------------------------------------------------------------------------

# What well-known issuers begin theirs with; without groups, and the same with re.VERBOSE.
ISSUED = (
    r"(?-i:(?<![A-Za-z0-9])(?:(?:gh[pousr][_-]|github_pat_|glpat-|dckr_pat_|dop_v1_|shpat_|[sr]k_(?:live|test)_"
    r"|whsec_|ya29\.|xox[abeprs]-|sk-(?:live|test|proj|ant|or|svcacct|admin)-)[A-Za-z0-9_.-]{8,}"
    r"|sk[_-](?=[a-z_.-]{0,60}[A-Z0-9])[A-Za-z0-9_.-]{12,}|exo_[A-Za-z0-9]{12,}|(?:ses|npm|hf)[_-][A-Za-z0-9]{16,}"
    r"|pypi-(?=[a-z_-]{0,60}[A-Z0-9])[A-Za-z0-9_-]{12,}|SG\.[\w-]{1,200}\.[\w-]{6,200}"
    r"|(?:AKIA|ASIA)[0-9A-Z]{16}(?![0-9A-Z])|AIza[\w-]{30,}))"
)
# What may follow `the password is` and says something of it.
SAYS_ITS_STATE = """
    a accepted already also always an and any as asked at available based being blank by case changed checked compared
    configured correct created default defined denied different disabled displayed done either empty enabled encrypted
    entered exactly expired false for forgotten found from generated given good gone handled hashed hidden in
    incorrect invalid issued its just kept known leaked least less long longer lost made mandatory masked missing more
    my necessary needed never no none not now null of ok on once one only optional or our passed present printed
    provided random read redacted refreshed refused rejected required reset returned revoked right rotated salted same
    saved secure sent set short shown signed similar so still stored strong stronger supplied that the their there
    this to too true typed unchanged unknown unset updated used valid validated verified visible weak weaker what
    where with written wrong your nicht falsch ung\u00fcltig abgelaufen erforderlich"""
STATE = "|".join(SAYS_ITS_STATE.split())
DONE = r"[a-z]{2,20}(?:ed|en|ing)\s(?:by|in|with|from|at|to|via|using|through|every|each|when|once|after|before|only)"
# What may stand after `password:` and is none.
HARMLESS = (
    "true|false|null|none|yes|no|required|optional|str|string|text|bool|boolean|undefined|nil|missing|invalid|incorrect"
    "|wrong|empty|expired|must|this|is|not|too|may|cannot|please|redacted|hidden"
)
PASSWORD = r"(?:passw(?:or[dt]|d)|passphrase|passcode|pwd(?![=:]\s?/)|kennwort)"  # noqa: S105 - names of it
NAMED = rf"(?:{PASSWORD}|secret|token|api[ _-]?key|access[_-]?key|private[_-]?key|credentials?)"
# As a word of a name or by itself, but no `PASS: TestLogin`, `second pass: compile`, `tests pass: all`.
BEFORE = "first second third last next final single each every one this that the tests test checks"
NOT_AFTER_THESE = "".join(map(r"(?<!{}\s)".format, BEFORE.split()))
PASS = rf"(?-i:(?<![\w-]){NOT_AFTER_THESE}[Pp]ass|(?<=[a-z0-9])Pass|(?<=_)(?:PASS|Pass|pass))"
NUMBER = r"\d{1,9}(?![^\s,;.)])"
SAID = r"(?!<secret>)[^\s\"',;}]"
VALUE = rf"(?:(?<=')(?!<secret>)[^'\n]{{1,300}}(?=')|(?<=\")(?!<secret>)[^\"\\\n]{{1,300}}(?=[\"\\])|(?:{SAID})+)"
QUOTE = r"(?:\\?[\"'`])?"
IS_THAT = rf"(?:\\?[\"'])?[ \t]{{0,2}}(?::=|=>|[:=])[ \t]{{0,2}}{QUOTE}"
ENDED = r"(?=[\s\"',;)}\]\\]|[.:!?]{1,3}(?:\s|\Z)|\Z)"
NOT_HARMLESS = rf"(?!(?:{HARMLESS}){ENDED})(?!\\n)"
NO_CODE = r"(?:(?<=[\"'])|(?![=>{\[(<\\]))"  # password == None, "password": {"min": 8}
SECRET = re.compile(
    rf"""(?:
    -----BEGIN\s[A-Z\s]{{0,30}}PRIVATE\sKEY(?:\sBLOCK)?-----[^-]{{0,8000}}(?:-----END[A-Z\s]{{0,40}}-----)?
    | {ISSUED} | (?<![\w-])eyJ[\w-]{{8,}}\.eyJ[\w-]{{8,}}[\w.-]*
    | (?P<url>://)(?!<secret>)[^\s/:@"]{{0,100}}:[^\s/@"]{{1,200}}(?=@)
    | (?P<header>\b(?:authorization["']?\s?:\s?["']?(?:bearer|basic|token)?|bearer)\s)(?:{SAID}){{8,}}
    | (?P<cookie>\b(?:set-)?cookie["']?\s?:\s?["']?)(?=[\w.!\#%&*+^~-]{{1,100}}=)[^\n"'\\]{{1,4000}}
    | (?P<option>(?<![\w-])--?[\w-]{{0,30}}{NAMED}(?:[ ]|=)["']?)
        (?!-|(?:is|was|must|and|or|for|with|not|requires?|needs?|the|option|to|in|on|from|has|can|should|flag)\b)
        (?:{SAID})+
    | (?P<program>\b(?:mysql\w{{0,10}}|mariadb|sshpass|(?:docker|podman)\slogin)\b[^\n|;&]{{0,100}}?\s-p\s?
        |\bredis-cli\b[^\n|;&]{{0,100}}?\s-a\s)(?:{SAID})+
    | (?P<user>\bcurl\b[^\n|]{{0,200}}?\s(?:-[a-z]{{0,6}}u|--(?:proxy-)?user)[ =]{{0,2}}["']?
        (?!\d{{1,9}}:\d{{1,9}}(?!\S))[^\s"':/]{{1,100}}:){VALUE}
    | (?P<bare>\b{NAMED}[ ]{{1,3}}(?:(?:is|was)[ ]{{1,3}})?)(?!(?:{STATE}){ENDED})
        (?=[^\s"',;]{{0,200}}\d)(?:{SAID}){{6,}}
    | (?P<prose>\b{PASSWORD}\s{{1,3}}(?:is|was|are|will\sbe|ist|war|lautet)[ \t:]{{1,3}}{QUOTE})
        (?:(?<=["'`])|(?!(?:{STATE}){ENDED}|{DONE}\b))(?![<{{\[(]){VALUE}
    | (?P<password>{PASSWORD}{IS_THAT}){NOT_HARMLESS}{NO_CODE}{VALUE}
    | (?P<pass>{PASS}{IS_THAT}){NOT_HARMLESS}{NO_CODE}(?!{NUMBER}){VALUE}
    | (?P<key>{NAMED}\w{{0,20}}{IS_THAT}){NOT_HARMLESS}(?:{SAID}){{6,}}
    )""",
    re.VERBOSE | re.IGNORECASE,
)


def holds_a_secret(text: str) -> bool:
    """Whether a text looks as if it held a password, a key or a token."""
    return SECRET.search(text) is not None


def without_secrets(text: str) -> str:
    """The text with `<secret>` for whatever looks like one; what announces it stays."""
    return SECRET.sub(lambda found: f"{found[found.lastgroup] if found.lastgroup else ''}<secret>", text)
