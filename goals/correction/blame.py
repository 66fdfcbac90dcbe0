"""Whether a program that cannot start is a fix's doing: the fix has brought it into the command, or moved away from it.

A program that the customer's own command names, and that is simply not there, is nobody's fix's doing; nor is one that
a script or a build started. Commands are only looked at for words, not read as a shell would: a command that a reader
gives up on (here-documents, substitutions, wrappers) can lack its program like any other. Pure.
"""

from __future__ import annotations

import re

DID_NOT_START = frozenset({"exit_126", "exit_127"})
# What shells, env, timeout and the like say of the program. Not what a machine in need says: no memory, no descriptors.
REASON = re.compile(
    r"""['"\u2019]?: (?:(?:command |executable file )?not found|Permission denied|No such file|Exec format error"""
    r"|Is a directory|cannot execute)"
)
BEFORE_A_NAME = re.compile(r"""[\s:'"\u2018]""")
NAME_LENGTH = 200
# A fix that is filled in sets what the first error named: those are the customer's words and not the fix's.
FILLED_IN = re.compile(r"\A(?:[a-z][a-z_]{0,30}[2-9]?=\S.*\n)+")
PART = r"[\w./+-]"  # of a word
AWAY = re.compile(rf"(?<!{PART})(?<!\()(?<!\( )(?:cd|pushd)\s++(?!(?:-|\.\.)(?:[\s;&|]|$))")
BACK = re.compile(rf"(?<!{PART})(?<!\()(?<!\( )(?:popd|cd\s+(?:-|\.\.)(?=[\s;&|]|$))")


def broke(exit_class: str, said: str, *, ran: str, before: str) -> bool:
    """Whether a fix made a program not start. `said`: the output; `ran`, `before`: the command with it and without."""
    program = _not_started(said) if exit_class in DID_NOT_START else ""
    ran = FILLED_IN.sub("", ran)
    shown = next((name for name in _names(program) if re.search(name, ran)), None) if program else None
    if not shown:
        return False
    return not re.search(shown, before) or (_is_relative(program) and _went(ran) != _went(before))


def _not_started(said: str) -> str:
    """The last program of which the output says that it did not start, for the exit code is that of what ran last."""
    at = max((found.start() for found in REASON.finditer(said)), default=0)
    return BEFORE_A_NAME.split(said[max(0, at - NAME_LENGTH) : at])[-1]


def _names(program: str) -> list[str]:
    """Patterns for how a command may name a program: as it is, or by a path that begins with a variable."""
    name = rf"(?<!{PART}){re.escape(program)}(?!{PART})"
    return [name, rf"(?<=/){re.escape(program.rpartition('/')[2])}(?!{PART})"] if "/" in program else [name]


def _is_relative(program: str) -> bool:
    return "/" in program and not program.startswith("/")


def _went(command: str) -> int:
    """How often it changes the folder and not back again."""
    return len(AWAY.findall(command)) - len(BACK.findall(command))
