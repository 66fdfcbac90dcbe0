"""A goal's fingerprint: its text and path with every literal masked by its type and place (E-R19).

A *literal* is told by its form alone: a quoted text, an address, a number, a version, a path, a file's name, an
identifier with digits, dots or dashes, or the word after "called" and "named". Every other word is *intent*: it stays
in the digest, so that "start" never meets "stop", nor "deploy" "do not deploy".

Two goals of one digest say the same words in the same order and differ, if at all, in literals and, in the description,
in the case of the first letter, in runs of blanks, in how an accent is encoded, and in a full stop after the last word.
What of that may differ is for `matching` to decide.
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
MAX_STEPS = 200
MAX_LITERALS = 24
MAX_QUOTES = 60

QUOTED = r""""([^"\n]{0,200}+)"|'([^'\n]{0,200}+)'|`([^`\n]{0,200}+)`|“([^”\n]{0,200}+)”"""
QUOTES = "\"'`“"
WORDS = re.compile(rf"(?<!\w)(?:{QUOTED})(?!\w)|(\S+)")
# In a command a quoted text is a literal when the shell takes it as it stands; a variable never is one.
SHELL_WORDS = re.compile(
    r"""(?<![\w\\])(?:"([^"\n$`\\!]{0,200}+)"|'([^'\n]{0,200}+)')(?!\w)"""
    r"""|(\$\{?\w+\}?|[a-z][a-z0-9+.-]{1,9}://[^\s"'`$\\;|<>(){}*]{1,400}|[^\s"'`$\\;&|<>(){}\[\]*?!#=^]+)"""
)
NEW_COMMAND = re.compile(r"[;&|(\n]")
OPENING, ENDING = "([{<#", ".,;:!?)]}>"
CLOSING = re.compile(r"(?<=\w)\.\Z")
RUNNERS = frozenset({"sudo", "env", "exec", "time", "nohup", "xargs", "command", "then", "do", "else"})
"""The word after one of these is a program too."""
NAMING = frozenset({"called", "named"})

# An address with a password in it is no literal: nobody's slot.
HOST = r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}(?::[0-9]{1,5})?(?:[/?#][!-~]*)?"
URL = re.compile(rf"(?:(?:https?|ftp)://|(?:ssh|git)://(?:[a-z][\w.-]{{0,60}}@)?){HOST}")
ORDINAL = re.compile(r"[0-9]{1,2}[.)]")
SAFE = re.compile(r"[A-Za-z0-9_@%+=:,./~-]{1,200}")
LEAD = re.compile(r"[./~]+(?=\w)")
FORMS = re.compile(
    r"""(?P<number>[0-9]+(?=\Z|(?:ms|s|sec|m|min|h|d|k|[kmgt]i?b?|x|st|nd|rd|th|px|%)\Z))
    |(?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)\Z
    |(?P<host>(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?::[0-9]{1,5})?|[a-z][\w.-]*:[0-9]{1,5})\Z
    |(?P<version>v?[0-9]+(?:\.[0-9]+)+(?:[-+][0-9a-z.-]+)?)\Z
    |(?P<path>@?\w[^/]*/.*)\Z
    |(?P<file>\w[\w-]*(?:\.[\w-]+)+)\Z
    |(?P<name>\w*[0-9_.@:-].*)\Z""",
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
# The keyword planner reads these as grammar even after "called", so they are never a name.
GRAMMAR = frozenset({
    "a", "an", "and", "any", "are", "as", "at", "be", "but", "by", "can", "containing", "ending", "extension", "fixme",
    "fixmes", "for",
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
    """The shape of a goal as it was submitted; a step that is not a text is compared as a whole."""
    steps = steps_of(path)
    if steps is None:
        return Shape("0" * 64, (), (), (), whole=True, usable=False)
    size = len(description) + sum(map(len, steps))
    if size > MAX_SIZE:
        return Shape("0" * 64, (), (), (), whole=True, usable=False)
    if size > MASKED_SIZE or _quotes(description, *steps) > MAX_QUOTES:
        return _whole(description, steps)
    literals: list[Literal] = []
    said = description.strip()
    pieces = _masked(said, literals, WORDS, -1)
    marks = [_folded(piece) for piece in pieces]
    marks[0] = marks[0][:1].casefold() + marks[0][1:]
    if CLOSING.search(said):
        marks[-1] = marks[-1][:-1]
    for number, step in enumerate(steps):
        text = isinstance(path[number], str)
        marks.append("\0step\0" if text else "\0data\0")
        marks += _masked(step, literals, SHELL_WORDS, number) if text else [step]
    if len(literals) > MAX_LITERALS:
        return _whole(description, steps)
    marks += [literal.kind for literal in literals]
    return Shape(_digest(marks), tuple(literals), tuple(pieces), tuple(steps))


def _quotes(*texts: str) -> int:
    """How many quotation marks there are: each may ask for a look ahead."""
    return sum(text.count(mark) for text in texts for mark in QUOTES)


def steps_of(path: Sequence[str | Mapping[str, object]]) -> list[str] | None:
    """The steps as texts; None when they are more than anybody will remember."""
    if len(path) > MAX_STEPS:
        return None
    steps: list[str] = []
    left = MAX_SIZE
    for step in path:
        try:
            steps.append(step if isinstance(step, str) else json.dumps(step, sort_keys=True, default=str))
        except (RecursionError, ValueError):
            return None
        left -= len(steps[-1])
        if left < 0:
            return None
    return steps


def _whole(description: str, steps: list[str]) -> Shape:
    """The shape of a long goal: nothing masked, nothing folded."""
    return Shape(_digest(["\0whole\0", description, *steps]), (), (description,), tuple(steps), whole=True)


def _digest(marks: Sequence[str]) -> str:
    """SHA-256 over texts; their lengths keep ["ab", "c"] apart from ["a", "bc"]."""
    joined = "\0".join(marks) + "\1" + ",".join([str(len(mark)) for mark in marks])
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()


def _folded(piece: str) -> str:
    """A piece of the description for the digest: composed, one blank between words, line breaks kept."""
    if not piece.isascii():
        piece = unicodedata.normalize("NFC", piece)
    if not piece.isprintable():
        piece = re.sub(r"[ \t]+", " ", re.sub(r"[ \t]*\n[ \t\n]*", "\n", piece))
    while "  " in piece:
        piece = piece.replace("  ", " ")
    return piece


def _masked(text: str, literals: list[Literal], words: re.Pattern[str], step: int) -> list[str]:
    """The text around the literals, one piece more than there are; `literals` gains what was taken out.

    The program of a command is never a literal: "apt-get" and "apt-key" are two intents.
    """
    pieces: list[str] = []
    taken, ended, program, named, assigns = 0, 0, step >= 0, False, False
    plain = words.groups
    for match in words.finditer(text):
        word, start = match.group(), match.start()
        if step >= 0 and NEW_COMMAND.search(text, ended, start):
            program = True
        found = None
        if match.lastindex != plain:
            found = ("quoted", word[1:-1], 1) if len(word) > 2 else None
        elif not program and (named or not word.isalpha()):
            found = _literal(word, named=named)
        ended, named = match.end(), word in NAMING or word.casefold() in NAMING
        program, assigns = assigns or (program and word in RUNNERS), program and text.startswith("=", ended)
        if found:
            kind, value, offset = found
            pieces.append(text[taken : start + offset])
            literals.append(Literal(kind, value, step))
            taken = start + offset + len(value)
    pieces.append(text[taken:])
    return pieces


def _literal(word: str, *, named: bool) -> tuple[str, str, int] | None:
    """Kind, value and offset of the literal in a word, or None for a word of intent.

    The brackets and the punctuation around it stay outside, and so do a path's leading `/`, `./` and `~/`.
    """
    core = word.rstrip(ENDING)
    core = core.lstrip(OPENING)
    offset = word.find(core)
    if "://" in core:
        return ("url", core, offset) if URL.fullmatch(core) else None
    if core[:1] == "-" or not SAFE.fullmatch(core) or ORDINAL.fullmatch(word):
        return None
    lead = LEAD.match(core)
    end = lead.end() if lead else 0
    if (named or lead) and core[end:].casefold() in GRAMMAR:
        return None
    if lead:
        return "path" if "/" in lead.group() else "ending", core[end:], offset + end
    if named:
        return "name", core, offset
    form = FORMS.match(core)
    if not form or (core.replace("-", "").isalpha() and INTENT.fullmatch(core.casefold())):
        return None
    kind = form.lastgroup or "name"
    return kind, form.group(kind), offset
