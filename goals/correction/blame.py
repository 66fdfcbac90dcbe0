"""Whether a program that cannot start is a fix's doing: the fix has brought it into the command, or moved away from it.

A program that the customer's own command names, and that is simply not there, is nobody's fix's doing; nor is one that
a script or a build started. Commands are only looked at for words and where those stand, not read as a shell would: a
command that a reader gives up on (here-documents, substitutions, wrappers) can lack its program like any other. Pure.
"""

from __future__ import annotations

import re
from itertools import islice

DID_NOT_START = frozenset({"exit_126", "exit_127"})
# What shells, env, timeout and the like say of the program. Not what a machine in need says: no memory, no descriptors.
REASON = re.compile(
    r"""['"\u2019]?: (?:(?:command |executable file )?not found|Permission denied|No such file|Exec format error"""
    r"|Is a directory|cannot execute)"
)
SHELLS = "ash bash dash ksh sh zsh"
WRAPPERS = "command env eval exec nice nohup setsid stdbuf sudo time timeout xargs"
SPEAKERS = frozenset(f"{SHELLS} {WRAPPERS}".split())  # who else says so is a script or a build
BEFORE_A_NAME = re.compile(r"""[\s:'"\u2018]""")
LINE_LENGTH = 400
# A fix that is filled in sets what the first error named: those are the customer's words and not the fix's.
FILLED_IN = re.compile(r"\A(?:[a-z][a-z_]{0,30}[2-9]?=\S.*\n)+")
PART = r"[\w./+-]"  # of a word
# Where a shell looks for a program: at a beginning, after a keyword, and after a program that starts another.
STARTS = re.compile(
    r"(?:\A|[;&|(){}\n`=]|\$\(|(?<![\w./+-])(?:"
    + "|".join(f"{SHELLS} {WRAPPERS} if then elif else while until do !".split())
    + r")(?=\s)(?:\s++-{1,2}\w[\w=-]*+|\s++\d\S*+)*+)\s*+(?:[A-Za-z_]\w*+=\S*+\s++)*+[\"']?\Z"
)
MOST_PLACES = 50  # of a name in a command that are looked at
APART = re.compile(r"'[^']*+'|\"(?:[^\"\\]|\\.)*+\"|\([^()]*+\)|(?<!\S)#[^\n]*+", re.DOTALL)
GOES = r"(?:\A|[;&|{\n])\s*+"
AWAY = re.compile(rf"{GOES}(?:cd|pushd)\s++(?!(?:\.\.?/?|-)(?:[\s;&|]|\Z))")
BACK = re.compile(rf"{GOES}(?:popd|cd\s++(?:-|\.\./?)(?=[\s;&|]|\Z))")


def broke(exit_class: str, said: str, *, ran: str, before: str) -> bool:
    """Whether a fix made a program not start. `said`: the output; `ran`, `before`: the command with it and without."""
    if exit_class not in DID_NOT_START:
        return False
    ran = FILLED_IN.sub("", ran)
    program = next((name for name in _not_started(said) if _starts(ran, name)), "")
    if not program:
        return False
    if not any(re.search(name, before) for name in _names(program)):
        return True
    return "/" in program and not program.startswith("/") and _went(ran) != _went(before)


def _not_started(said: str) -> list[str]:
    """What the last program may be called of which a shell says that it did not start: it ends with that exit code."""
    at = max((found.start() for found in REASON.finditer(said)), default=0)
    line = said[max(said.rfind("\n", 0, at) + 1, at - LINE_LENGTH) : at]
    if line.partition(":")[0].rpartition("/")[2] not in SPEAKERS:
        return []
    return list(dict.fromkeys([line.rpartition(": ")[2], BEFORE_A_NAME.split(line)[-1]]))


def _starts(command: str, program: str) -> bool:
    """Whether the command starts a program of this name."""
    for name in _names(program) if program else []:
        for found in islice(re.finditer(name, command), MOST_PLACES):
            if STARTS.search(command[max(0, found.start() - LINE_LENGTH) : found.start()]):
                return True
    return False


def _names(program: str) -> list[str]:
    """Patterns for how a command may name a program: as it is, or by a path that begins with a variable."""
    name = rf"(?<!{PART}){re.escape(program)}(?!{PART})"
    last = re.escape(program.rpartition("/")[2])
    return [name, rf"(?<!\S)[\"']?[$~][^\s/]*+/(?:[^\s/]*+/)*+{last}(?!{PART})"] if "/" in program else [name]


def _went(command: str) -> int:
    """How often it changes the folder and not back again, as far as its words tell; a part in parentheses does not."""
    whole = APART.sub(lambda found: "-" if "OLDPWD" in found[0] else " ", command)
    return len(AWAY.findall(whole)) - len(BACK.findall(whole))
