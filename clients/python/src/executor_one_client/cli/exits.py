"""How `exo` ends: one number for each thing that a script may want to tell apart."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """The exit codes. They are promised: a number never changes its meaning."""

    DONE = 0
    ERROR = 1
    USAGE = 2
    FAILED = 3
    CANCELLED = 4
    NOT_ALLOWED = 5
    NOT_FOUND = 6
    LIMIT = 7
    UNAVAILABLE = 8
    STILL_RUNNING = 9
    CONFLICT = 10
    INTERRUPTED = 130
    PIPE_CLOSED = 141


MEANINGS = {
    Exit.DONE: "done; of a watched goal: it completed",
    Exit.ERROR: "an error that is none of these",
    Exit.USAGE: "the command line, or a value in it, is wrong",
    Exit.FAILED: "the watched goal failed",
    Exit.CANCELLED: "the watched goal was cancelled",
    Exit.NOT_ALLOWED: "not signed in, or the key may not do this",
    Exit.NOT_FOUND: "there is nothing with this id or key",
    Exit.LIMIT: "a limit of the plan, or of requests a minute, is reached",
    Exit.UNAVAILABLE: "the server cannot be reached, or has an error",
    Exit.STILL_RUNNING: "the goal was still running at --timeout",
    Exit.CONFLICT: "the state of things does not allow it",
    Exit.INTERRUPTED: "stopped by Ctrl-C; the goal goes on",
    Exit.PIPE_CLOSED: "whoever read the output went away",
}
OUTCOMES = {"completed": Exit.DONE, "failed": Exit.FAILED, "cancelled": Exit.CANCELLED}


def in_words() -> str:
    """The exit codes as `exo --help` prints them, a line for each."""
    lines = [f"  {code.value:>3}  {meaning}" for code, meaning in MEANINGS.items()]
    return "\n".join(["Exit codes:", *lines])


class Stop(Exception):
    """Ends the command with this code, after this sentence on stderr; empty: without a word."""

    def __init__(self, code: Exit, message: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
