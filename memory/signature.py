"""A failure's signature: what it has in common with every other occurrence of the same error. Pure.

    shell/exit_2: sh: <n>: cannot create <path>: Directory nonexistent

Actuator, exit class, and the line of the output that tells the cause, with everything that differs from one occurrence
to the next masked. What was masked is kept beside it (`values`), so that a fix can be filled in from *this* failure.

Output is hostile: colours, progress bars, 64 KiB without a line break. A line is cut before anything looks at it, every
expression is bounded, and only one line is ever masked, so the time is linear in what was printed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from memory.masks import masked
from memory.words import words

LENGTH = 400  # of a signature: Correction.signature
OUTPUT = 1 << 16  # characters of a stream that are looked at: its end
LINE = 1000  # characters of a line that are looked at
LINES = 4000  # of a stream that are looked at: the last
RAW_LINES, RAW_LENGTH = 10, 3000

COLOUR = re.compile(r"\x1b(?:\[[0-?]{0,40}[ -/]{0,4}[@-~]?|\][^\x07\x1b\n]{0,400}(?:\x07|\x1b\\)?|.?)")
# What a terminal does not show goes; typographic quotation marks become plain ones.
SHOWN: dict[int, str | None] = {
    **dict.fromkeys((*range(9), 11, 12, *range(14, 32), *range(127, 160), 0xFEFF, 0xFFFD), None),
    0x2018: "'",
    0x2019: "'",
    0x201C: '"',
    0x201D: '"',
    0x00D7: " ",
    **dict.fromkeys(range(0x2500, 0x2580), " "),  # the frames that some programs draw around an error
}
INDENT = " "
# A program goes by its name, wherever it is installed; our sandbox's shell says `eval`, as it reads the command so.
PROGRAM = re.compile(r"^(?:/[^\s:]{0,200})?/s?bin/([\w.+-]{1,40}): ")
EVAL = re.compile(r"^((?:[\w./-]{1,200}: )?(?:line )?\d{1,6}: )eval: ")
NPM = re.compile(r"(?i)npm (?P<level>err!|error|warn|verb|info) ?")
FIRST_WORD = re.compile(r"[\w./\[\]!-]{1,60}")
SEPARATORS = re.compile(r"(&&|\|\||[;|&\n])")
SAID_NOTHING = "It said nothing."
SILENT = re.compile(r"(?P<what>.{1,300}) \((?P<shape>.{1,300})\)")
EXIT_CODES = frozenset({"", "exit_code"})  # the runner's word for "it ended by itself, and not with 0"
ENDED_BY_US = frozenset(
    {"timeout", "output", "memory", "disk", "cancelled", "sandbox_unavailable", "cannot_start", "lost"}
)


@dataclass(frozen=True)
class Signature:
    """What identifies a failure. Equal when actuator, exit class and message are.

    `values` is what was masked: `path`, `path2`, `host`, ... (memory.masks.NAMES), from the message's line. `raw` is
    that line and the other telling ones as printed, colours removed, at most 3000 characters; its first line is what
    catalogues match. `printed`: it stood on standard output, so that it may be data (a file that was shown) and no
    program's error.
    """

    actuator: str
    exit_class: str
    message: str
    values: Mapping[str, str] = field(default_factory=dict, compare=False)
    raw: str = field(default="", compare=False)
    printed: bool = field(default=False, compare=False)

    def __str__(self) -> str:
        return f"{self.actuator}/{self.exit_class}: {self.message}"[:LENGTH]

    @property
    def of_any_exit(self) -> str:
        """The same as text for whoever does not know the exit class: `shell/any: ...`."""
        return f"{self.actuator}/any: {self.message}"[:LENGTH]


def signature(  # noqa: PLR0913 - an attempt's fields, as they are
    actuator: str,
    *,
    exit_code: int | None,
    error_code: str,
    stdout: str,
    stderr: str,
    error: str = "",
    command: str = "",
) -> Signature:
    """The signature of a failed try.

    `exit_code`, `error_code` and `error` as the runner writes them into an attempt; `command` is what ran: its shape
    names the failure of a command that said nothing.
    """
    kind = exit_class(exit_code, error_code)
    found, printed = _told(stdout, stderr)
    raw = "\n".join([error, *found] if kind in ENDED_BY_US else found)[:RAW_LENGTH]
    if kind in ENDED_BY_US or not found:
        # What a program said last is not why we ended it; which program it was says more.
        what = masked(error)[0] if kind in ENDED_BY_US else SAID_NOTHING
        return Signature(actuator, kind, f"{what} ({shape(command)})" if command else what, {}, raw or error)
    message, values = masked(NPM.sub("npm error ", found[0], count=1))
    return Signature(actuator, kind, message, values, raw, printed)


def masked_again(text: str) -> str:
    """A signature that somebody wrote down, masked as that of a failure is; one of a failure stays as it is.

    What this changes could never match, and may be a secret.
    """
    head, _, message = text.partition(": ")
    silent = SILENT.fullmatch(message)
    if silent and (head.partition("/")[2] in ENDED_BY_US or silent["what"] == SAID_NOTHING):
        return f"{head}: {masked(silent['what'])[0]} ({shape(silent['shape'])})"[:LENGTH]
    return f"{head}: {masked(NPM.sub('npm error ', message, count=1))[0]}"[:LENGTH]


def exit_class(exit_code: int | None, error_code: str) -> str:
    """`exit_1`, `signal_9` (a shell says 137), or the error code of a try that did not end by itself: `timeout`."""
    if error_code not in EXIT_CODES:
        return error_code
    if exit_code is None:
        return "unknown"
    if exit_code < 0:
        return f"signal_{-exit_code}"
    return f"signal_{exit_code - 128}" if 128 < exit_code <= 192 else f"exit_{exit_code}"


def telling_lines(stdout: str, stderr: str) -> list[str]:
    """The lines that say why, the most telling one first; [] when nothing was said.

    Standard error goes first; standard output only speaks when the former says nothing that sounds like a failure.
    """
    return _told(stdout, stderr)[0]


def _told(stdout: str, stderr: str) -> tuple[list[str], bool]:
    """The telling lines, and whether they stood on standard output."""
    for stream, printed in ((stderr, False), (stdout, True)):
        found = [(weight(line), line.strip()) for line in _lines(stream)]
        best = max((each for each, _ in found), default=0)
        if best >= 3:
            return _chosen(found, best), printed
    return [line.strip() for line in _lines(stderr) if weight(line)][-1:], False


def weight(line: str) -> int:
    """How much a line sounds like the cause: 0 noise, 1 text, 2 a warning, 3 a failure, 4 an error, 5 its cause.

    A line that is set in goes on with another one, and counts less.
    """
    if line.startswith(INDENT):
        return max(0, min(weight(line.strip()), 5) - 1)
    if npm := NPM.match(line):
        return _weight_of_npm(npm["level"].lower(), line[npm.end() :].strip())
    known = words()
    if known.cause.search(line):
        return 5
    if known.noise.match(line):
        return 0
    if known.weak.match(line):
        return 2
    if known.strong.match(line):
        return 4
    return 3 if known.telling.search(line) else 1


def shape(command: str) -> str:
    """A command without its arguments: `cd <arg> && grep -q <arg>`."""
    last = "\n".join(line.strip() for line in _lines(command) if not line.strip().startswith("#"))[-LINE:]
    parts = (part if SEPARATORS.fullmatch(part) else _simple(part.split()) for part in SEPARATORS.split(last))
    return " ".join(part.replace("\n", ";") for part in parts if part)[:200]


def _simple(given: list[str]) -> str:
    """The shape of a simple command: its program and its options."""
    shown: list[str] = []
    for word in given:
        option = word.split("=")[0] if word.startswith("-") else ""
        if not shown and FIRST_WORD.fullmatch(word) and "/" not in word:
            shown.append(word)
        elif option and FIRST_WORD.fullmatch(option) and not any(character.isdigit() for character in option):
            shown.append(option)
        elif shown[-1:] != ["<arg>"]:
            shown.append("<arg>")
    return " ".join(shown)


def _weight_of_npm(level: str, rest: str) -> int:
    """The weight of a line of npm, which begins all alike."""
    if level not in ("err!", "error") or not rest:
        return 0
    if rest.startswith("code "):
        return 2
    return 0 if words().npm.match(rest) else 4


def _chosen(found: Iterable[tuple[int, str]], best: int) -> list[str]:
    """The first line of the last program that spoke with the best weight, then the other telling ones in order."""
    candidates = [line for each, line in found if each == best]
    first = len(candidates) - 1
    while first and _program(candidates[first - 1]) == _program(candidates[-1]):
        first -= 1
    head = candidates[first]
    rest = dict.fromkeys(line for each, line in found if each >= 2 and line != head)
    return [head, *list(rest)[-(RAW_LINES - 1) :]]


def _program(line: str) -> str:
    """Who said the line: its first word."""
    found = FIRST_WORD.match(line)
    return found[0] if found else ""


def _lines(text: str) -> list[str]:
    """The lines as a terminal would show them in the end, cut, blanks joined, empty ones left out.

    One that was set in, by more than a blank, keeps one blank before it.
    """
    plain = COLOUR.sub("", text[-OUTPUT:]).translate(SHOWN)
    lines = []
    for line in plain.split("\n")[-LINES:]:
        shown = line.rstrip("\r").rsplit("\r", 1)[-1][:LINE]
        if joined := " ".join(shown.split()):
            named = EVAL.sub(r"\1", PROGRAM.sub(r"\1: ", joined, count=1), count=1) if ": " in joined else joined
            lines.append(INDENT + named if shown.startswith(("  ", "\t", " \t")) else named)
    return lines
