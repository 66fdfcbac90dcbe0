"""The command and its environment, checked and put into the words a waiting shell reads."""

from __future__ import annotations

import re
from collections.abc import Mapping

MAX_COMMAND_BYTES = 100_000  # Linux takes at most 131 071 bytes in one argument of a program
MAX_ENV_BYTES = 100_000
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
# A shell refuses to have these set to anything, and would end before the command began.
SHELLS_OWN = frozenset(("BASHOPTS", "BASH_VERSINFO", "EUID", "OPTIND", "PPID", "SHELLOPTS", "UID", "IFS"))


def check_command(command: str) -> str | None:
    """Why this text cannot be run, or None when it can. The limit is counted in UTF-8 bytes."""
    if not command:
        return "The command is empty."
    if "\0" in command:
        return "The command contains a NUL character."
    try:
        size = len(command.encode())
    except UnicodeEncodeError:
        return "The command is not valid Unicode text."
    if size > MAX_COMMAND_BYTES:
        return f"The command is {size} bytes long; the limit is {MAX_COMMAND_BYTES}."
    return None


def check_env(env: Mapping[str, str]) -> str | None:
    """Why these variables cannot be set, or None when they can."""
    size = 0
    for name, value in env.items():
        if not NAME.match(name):
            return f"{name!r} is not the name of an environment variable."
        if name in SHELLS_OWN:
            return f"The environment variable {name} belongs to the shell."
        if "\0" in value:
            return f"The environment variable {name} contains a NUL character."
        size += len(name) + len(value.encode(errors="surrogateescape"))
    if size > MAX_ENV_BYTES:
        return f"The environment is {size} bytes long; the limit is {MAX_ENV_BYTES}."
    return None


def refuse_bad_input(command: str, env: Mapping[str, str]) -> None:
    """Raise ValueError with a text for the customer, so that no OSError comes later."""
    problem = check_command(command) or check_env(env)
    if problem:
        raise ValueError(problem)


def compose(command: str, env: Mapping[str, str]) -> bytes:
    """What the waiting shell reads and obeys: variables, an empty standard input, the command.

    ``eval`` and not ``exec /bin/sh -c``: the waiting shell was itself started by ``/bin/sh -c`` and has done nothing
    but wait, so a second one would only cost (0.7 ms to the first output, 0.5 ms of CPU). What differs is that a
    program at the end of the command is a child of the shell and does not take its place.
    """
    lines = [f"export {name}={quote(value)}" for name, value in env.items()]
    lines.append(f"exec </dev/null\neval {quote(command)}\n")
    return "\n".join(lines).encode(errors="surrogateescape")


def quote(text: str) -> str:
    """``text`` as one word of sh, byte for byte."""
    return "'" + text.replace("'", "'\\''") + "'"
