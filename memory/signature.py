"""A failure's signature: what it has in common with every other occurrence of the same error. Pure.

    shell/exit_2: fatal error: <path>: No such file or directory

Actuator, exit class, and the line of the output that tells the cause, with everything that differs from one occurrence
to the next masked. What was masked is kept beside it (`values`), so that a fix can be filled in from *this* failure.

Output is hostile: colours, progress bars, 64 KiB without a line break. A line is cut before anything looks at it, every
expression is bounded, and only a few lines are ever masked, so the time is linear in what was printed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from memory.masks import masked

LENGTH = 400  # of a signature: Correction.signature
OUTPUT = 1 << 16  # characters of a stream that are looked at: its end
LINE = 1000  # characters of a line that are looked at
RAW_LINES, RAW_LENGTH = 10, 3000

COLOUR = re.compile(r"\x1b(?:\[[0-?]{0,40}[ -/]{0,4}[@-~]?|\][^\x07\x1b\n]{0,400}(?:\x07|\x1b\\)?|.?)")
# What a terminal does not show goes; typographic quotation marks become plain ones.
SHOWN = {code: None for code in (*range(9), 11, 12, *range(14, 32), *range(127, 160), 0xFEFF, 0xFFFD)} | {
    0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"'
}  # fmt: skip

# What a program prints around the cause: how it was called, where it keeps its log, what to read.
NOISE = re.compile(
    r"(?i)(?:make(?:\[\d+\])?: (?:\*\*\* \[|leaving|entering|\*\*\* waiting)|a complete log|\[?notice\]?[: ]|hint:|note:|info:"
    r"|for more information|try [`'\"]|use .{0,40}--help|usage:|see .{0,60}(?:for more|man page|--help)|node\.js v\d|\+ "
    r"|at |\^|~+|\||\d+ \||file \"|traceback |caused by: *$|help:|warning: (?:running pip as|you are using pip|apt does)"
    r"|e: sub-process |e: some index files |compilation terminated|(?:collect2|ld returned)|during handling of|the above exc"
    r"|fatal: could not read from remote|and the repository exists|please make sure|did you mean|make sure |you can |if you "
    r"|this is (?:probably )?not|error: failed to push some|error: process completed|short test summary|=+ |-{3,}|#\d+ "
    r"|command exited with|lifecycle script|in workspace|location: |process finished|exit status \d|\d+ errors? generated"
    r"|\{|\}|code: |errno: |syscall: |path: |throw |abort(?:ed|ing)[.!]?$|error: command failed|fatal: clone of )"
)
NPM = re.compile(r"(?i)npm (?:err!|error|warn|verb|info) ?")
NPM_DETAIL = re.compile(
    r"(?i)(?:path|errno|syscall|command|cwd|dest|file|signal|pkgid|while|found|node_modules|could not resolve dep|peer|fix the"
    r"|a complete|complete log|this|to accept|to see|see|you|if|in|log|and|or|run|try|note|lifecycle|workspace|location|conflicting|https?:"
    r"|approx|the operation was|did you|  )\b"
)
STRONG = re.compile(
    r"(?:(?:[\w./+-]{1,60}: )?(?:fatal|FATAL|error|ERROR|Error|panic|FAILED|FAIL|E)(?:\[\w{1,9}\])?: "
    r"|(?:[a-zA-Z_][\w.]{0,80}\.)?[A-Z]\w{0,60}(?:Error|Exception|Exit|Interrupt|Timeout|Iteration)(?: \[\w{1,40}\])?(?::|$)"
    r"|(?:[a-z_]\w{0,40}\.){1,6}[A-Z]\w{0,60}: |Exception in thread|\S{1,200}:\d{1,7}:\d{1,7}: (?:fatal )?error: |error\[\w{1,9}\]: )"
)
CAUSE = re.compile(r"after connection broken by|^make(?:\[\d+\])?: \*\*\* No rule|^E {3}\w{0,60}Error")
TELLING = re.compile(
    r"(?i)\b(?:error|fatal|fail(?:ed|ure|s)?|cannot|can't|could ?n[o']t|couldn't|unable|denied|refused|not (?:found|permitted"
    r"|allowed|supported|exist|a|recognized|known|in sync|installed|running|empty|enough|valid)|no (?:such|space|module|rule|route"
    r"|matching|default|targets|tests|version|healthy|configured|input|package|space)|nonexistent|unreachable|timed? ?out|timeout|"
    r"already|in use|missing|invalid|unknown|illegal|unrecognized|unexpected|unsupported|quota|killed|segmentation|core dumped"
    r"|out of memory|reset by peer|broken pipe|busy|locked|expired|rejected|conflict|corrupt(?:ed)?|mismatch|unbound|exceeded"
    r"|too (?:many|long|large|small)|bad|required|exists|externally|exception|abort(?:ed)?|diverged|stale|undefined|not set|"
    r"unset|unterminated|dubious|overwritten|requires?)\b"
)
WEAK = re.compile(r"(?i)(?:warning|warn|w: |deprecat|remote: |debug|npm warn)")
PROGRAM = re.compile(r"[^:]{0,80}")
EXIT_CODES = {"", "exit_code"}  # the runner's word for "it ended by itself, and not with 0"


@dataclass(frozen=True)
class Signature:
    """What identifies a failure. Equal when actuator, exit class and message are.

    `values` is what was masked: `path`, `path2`, `host`, ... (memory.masks.NAMES), from the message's line. `raw` is
    that line and the other telling ones as printed, colours removed, at most 3000 characters: catalogues match it.
    """

    actuator: str
    exit_class: str
    message: str
    values: Mapping[str, str] = field(default_factory=dict, compare=False)
    raw: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.actuator}/{self.exit_class}: {self.message}"[:LENGTH]

    @property
    def of_any_exit(self) -> str:
        """The same as text for whoever does not know the exit class: `shell/any: ...`."""
        return f"{self.actuator}/any: {self.message}"[:LENGTH]


def signature(
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

    `exit_code`, `error_code` and `error` as the runner writes them into an attempt; `command` is what ran, and names
    the failure of a command that printed nothing.
    """
    kind = exit_class(exit_code, error_code)
    found = telling_lines(stdout, stderr)
    if kind in ENDED_BY_US or not found:
        # What the program said last is not why we ended it; which program it was says more.
        text = f"{error or 'no output'} ({shown(command)})" if command else error or "no output"
        message, values = masked(text)
        return Signature(actuator, kind, message, values, "\n".join([error, *found])[:RAW_LENGTH].strip())
    message, values = masked(found[0])
    return Signature(actuator, kind, message, values, "\n".join(found)[:RAW_LENGTH])


ENDED_BY_US = frozenset(
    {"timeout", "output", "memory", "disk", "cancelled", "sandbox_unavailable", "cannot_start", "lost"}
)


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
    """The lines that say why, the most telling one first; [] when nothing was printed.

    Standard error goes first; standard output only speaks when the former says nothing that sounds like a failure.
    """
    weak: list[str] = []
    for stream in (stderr, stdout):
        found = [(weight(line), line) for line in _lines(stream)]
        best = max((each for each, _ in found), default=0)
        if best >= 3:
            return _chosen(found, best)
        weak = weak or [line for each, line in found if each][-1:]
    return weak


def weight(line: str) -> int:
    """How much a line sounds like the cause: 0 noise, 1 text, 2 a warning, 3 a failure, 4 an error, 5 its cause."""
    if npm := NPM.match(line):
        rest = line[npm.end() :]
        if not rest.strip() or NPM_DETAIL.match(rest) or line[4:8].lower() in ("warn", "info", "verb"):
            return 0
        return 3 if rest.startswith("code ") else 4
    if CAUSE.search(line):
        return 5
    if NOISE.match(line):
        return 0
    if WEAK.match(line):
        return 2
    if STRONG.match(line):
        return 4
    return 3 if TELLING.search(line) else 1


def shown(command: str) -> str:
    """A command as the name of its failure: its last line, short."""
    lines = [line for line in _lines(command) if not line.startswith("#")]
    return lines[-1][:160] if lines else ""


def _chosen(found: Iterable[tuple[int, str]], best: int) -> list[str]:
    """The first line of the last program that spoke with the best weight, then the other telling ones in order."""
    candidates = [line for each, line in found if each == best]
    program = _program(candidates[-1])
    first = len(candidates) - 1
    while first and _program(candidates[first - 1]) == program:
        first -= 1
    head = candidates[first]
    rest = dict.fromkeys(line for each, line in found if each >= 2 and line != head)
    return [head, *list(rest)[-(RAW_LINES - 1) :]]


def _program(line: str) -> str:
    """Who printed the line: what stands before its first colon."""
    found = PROGRAM.match(line)
    return found[0] if found else ""


def _lines(text: str) -> list[str]:
    """The lines as a terminal would show them in the end, each cut, blanks joined, empty ones left out."""
    plain = COLOUR.sub("", unicodedata.normalize("NFC", text[-OUTPUT:])).translate(SHOWN)
    lines = (" ".join(line.rstrip("\r").rsplit("\r", 1)[-1][:LINE].split()) for line in plain.split("\n"))
    return [line for line in lines if line]
