"""A goal's fingerprint: its text and path with every literal masked by its type and place (E-R19).

A *literal* is told by its form alone: a quoted text, an address, a number, a version, a path, a file's name, an
identifier with digits, dots or dashes, or the word after "called" and "named". Every other word is *intent*: it stays
in the digest, so that "start" never meets "stop", nor "deploy" "do not deploy".

Two goals of one digest say the same words in the same order and differ, if at all, in literals, in letter case and
white space of the description, and in a full stop at its end. What of that may differ is for `matching` to decide.
The steps of a path keep letter case and white space: most of them are commands.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MASKED_SIZE = 4_000
"""Characters of description and path together; a longer goal is compared as a whole."""
MAX_SIZE = 64_000
"""Beyond this nothing is learned and nothing matches."""
MAX_LITERALS = 40
MAX_LITERAL = 200

QUOTES = r""""([^"\n]{0,400})"|'([^'\n]{0,400})'|`([^`\n]{0,400})`|“([^”\n]{0,400})”"""
WORDS = re.compile(rf"(?<!\w)(?:{QUOTES})(?!\w)|(\S+)")
# In a command a quoted text is a literal when the shell takes it as it stands.
SHELL_WORDS = re.compile(
    r"""(?<![\w\\])(?:"([^"\n$`\\!]{0,400})"|'([^'\n]{0,400})')(?!\w)"""
    r"""|\$\{?\w+\}?|(?:[a-z][a-z0-9+.-]{1,9}://[^\s"'`$\\;|<>(){}*]{1,400})|([^\s"'`$\\;&|<>(){}\[\]*?!#=^]+)"""
)
NEW_COMMAND = re.compile(r"[;&|(\n]")
EDGES = re.compile(r"""([(\[{<#]*)(.*?)([.,;:!?)\]}>]*)\Z""", re.DOTALL)
CLOSING = re.compile(r"""(?<=[\w"'”`)])[.!]+\Z""")
NAMING = frozenset({"called", "named"})

SAFE = re.compile(r"[A-Za-z0-9_@%+=:,./~-]{1,200}")
LITERAL_MARK = re.compile(r"[0-9._/@:-]")
LEAD = re.compile(r"[./~]+(?=\w)")
URL = re.compile(r"[a-z][a-z0-9+.-]{1,9}://[!-~]+")
UNIT = re.compile(r"([0-9]+)([A-Za-z]{1,3}|%)")
KINDS = (
    ("email", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)),
    ("number", re.compile(r"[0-9]+")),
    ("host", re.compile(r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?::[0-9]{1,5})?|[A-Za-z][\w.-]*:[0-9]{1,5}", re.ASCII)),
    ("version", re.compile(r"v?[0-9]+(?:\.[0-9]+)+(?:[-+.][0-9A-Za-z.-]+)?")),
    ("path", re.compile(r"[^/]*/.*")),
    ("file", re.compile(r"\w[\w-]*(?:\.[\w-]+)+", re.ASCII)),
    ("name", re.compile(r"[A-Za-z0-9].*")),
)
# The keyword planner reads these as grammar even after "called", so they are never a name.
GRAMMAR = frozenset({
    "a", "an", "and", "any", "are", "as", "at", "be", "but", "by", "can", "containing", "fixme", "fixmes", "for",
    "from", "hack", "hacks", "has", "have", "if", "in", "into", "is", "it", "its", "just", "me", "my", "never",
    "no", "not", "of", "on", "or", "our", "out", "please", "plus", "so", "some", "that", "the", "their", "them",
    "then", "there", "these", "this", "those", "to", "todo", "todos", "under", "until", "up", "us", "using", "via",
    "was", "when", "while", "will", "with", "within", "without", "xxx", "your",
})  # fmt: skip
# By form these would be identifiers; they say what is to be done.
INTENT = re.compile(
    r"(?:dry|no|non|un|re|pre|post|anti|read|write|roll|blue|one|two|all)-.*|.*-(?:only|run|up|down|in|out|off|on)"
)


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as it stands in this goal's text; `step` is its step in the path, -1 in the description."""

    kind: str
    value: str
    step: int = -1


@dataclass(frozen=True, slots=True)
class Shape:
    """The fingerprint of one goal.

    `digest` is 64 hex characters. `pieces` is the description's text around its literals, as written. `whole` says
    that the goal is too long to be masked, so only its exact repeat has this digest; `usable` is False when it is too
    long for that.
    """

    digest: str
    literals: tuple[Literal, ...]
    pieces: tuple[str, ...]
    steps: tuple[str, ...]
    whole: bool = False
    usable: bool = True


def shape_of(description: str, path: Sequence[str | Mapping[str, object]]) -> Shape:
    """The shape of a goal as it was submitted."""
    size = len(description)
    steps: list[str] = []
    for step in path:
        steps.append(step if isinstance(step, str) else json.dumps(step, sort_keys=True, default=str))
        size += len(steps[-1])
        if size > MAX_SIZE:
            return Shape("0" * 64, (), (), (), whole=True, usable=False)
    if size > MASKED_SIZE or "\0" in description:
        return _whole(description, steps)
    text = CLOSING.sub("", unicodedata.normalize("NFC", description).strip())
    literals: list[Literal] = []
    pieces = _masked(text, literals, WORDS, -1)
    marks = [_folded(piece) for piece in pieces]
    for number, step in enumerate(steps):
        marks.append("\0step\0")
        marks += _masked(step, literals, SHELL_WORDS, number) if isinstance(path[number], str) else [step]
    if len(literals) > MAX_LITERALS:
        return _whole(description, steps)
    marks += [literal.kind for literal in literals]
    return Shape(_digest(marks), tuple(literals), tuple(pieces), tuple(steps))


def _whole(description: str, steps: list[str]) -> Shape:
    """The shape of a long goal: nothing masked, nothing folded."""
    return Shape(_digest(["\0whole\0", description, *steps]), (), (description,), tuple(steps), whole=True)


def _digest(marks: Sequence[str]) -> str:
    """SHA-256 over texts; their lengths keep ["ab", "c"] apart from ["a", "bc"]."""
    joined = "\0".join(marks) + "\1" + ",".join([str(len(mark)) for mark in marks])
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()


def _folded(piece: str) -> str:
    """A piece of the description for the digest: no letter case, one blank, line breaks kept."""
    words = piece.casefold().split(" ")
    plain = " ".join([word for word in words if word])
    if not plain.isprintable():
        plain = re.sub(r"[^\S\n]+", " ", re.sub(r"\s*\n\s*", "\n", plain))
    return f"{piece[:1].isspace():d}{plain.strip(' ')}{piece[-1:].isspace():d}"


def _masked(text: str, literals: list[Literal], words: re.Pattern[str], step: int) -> list[str]:
    """The text around the literals, one piece more than there are; `literals` gains what was taken out."""
    pieces: list[str] = []
    end, head, previous = 0, step >= 0, ""
    for match in words.finditer(text):
        start = match.start()
        if step >= 0 and NEW_COMMAND.search(text, end, start):
            head = True
        found = _literal(match, previous, program=head)
        head = False
        previous = match.group() if len(match.group()) < 8 else ""
        if found:
            kind, value, offset = found
            pieces.append(text[end : start + offset])
            literals.append(Literal(kind, value, step))
            end = start + offset + len(value)
    pieces.append(text[end:])
    return pieces


def _literal(match: re.Match[str], previous: str, *, program: bool) -> tuple[str, str, int] | None:
    """Kind, value and offset of the literal in a word, or None for a word of intent."""
    word = match.group()
    if match.lastindex and match.lastindex < match.re.groups:
        return ("quoted", match.group(match.lastindex), 1) if len(word) > 2 else None
    named = previous.casefold() in NAMING
    if word.isalpha() and not named:
        return None
    if program or len(word) > MAX_LITERAL * 2:
        return None
    if URL.match(word):
        value = word.rstrip(".,;:!?)]}>")
        return "url", value, 0
    before, core, _ = EDGES.fullmatch(word).groups()  # type: ignore[union-attr]  # it fits every text
    if named and SAFE.fullmatch(core) and core[0] not in "-./~":
        return None if core.casefold() in GRAMMAR else ("name", core, len(before))
    return _by_form(core, len(before))


def _by_form(core: str, offset: int) -> tuple[str, str, int] | None:
    """The literal that a word is by its characters alone; its leading `/`, `./`, `~/` stay outside."""
    if core[:1] == "-" or not LITERAL_MARK.search(core) or not SAFE.fullmatch(core):
        return None
    lead = LEAD.match(core)
    if lead:
        rest = core[lead.end() :]
        return "path" if "/" in lead.group() else "file", rest, offset + lead.end()
    unit = UNIT.fullmatch(core)
    if unit:
        return "number", unit[1], offset
    if core.replace("-", "").isalpha() and INTENT.fullmatch(core.casefold()):
        return None
    for kind, form in KINDS:
        if form.fullmatch(core):
            return kind, core, offset
    return None
