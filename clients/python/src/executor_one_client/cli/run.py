"""From the words typed to an exit code. Whatever goes wrong becomes one sentence here, never a traceback."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from typing import IO, Any

from executor_one_client.cli.exits import Exit, Stop
from executor_one_client.cli.printing import is_terminal, say

SHOW_CURSOR = "\x1b[?25h"


def run(arguments: list[str] | None = None) -> int:
    """Run one command; `arguments` are sys.argv's when not given. Answers the exit code."""
    try:
        _write_what_can_be_written()
        signal.signal(signal.SIGTERM, _leave)
        from executor_one_client.cli.app import app

        app(arguments, prog_name="exo")
        code = int(Exit.DONE)
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else int(Exit.ERROR)
        if isinstance(left.__context__, BrokenPipeError):  # click writes the help itself, and leaves with 1
            code = int(Exit.PIPE_CLOSED)
    except Stop as stopped:
        if stopped.message:
            say(stopped.message)
        code = int(stopped.code)
    except KeyboardInterrupt:
        _show_cursor()
        code = int(Exit.INTERRUPTED)
    except BrokenPipeError:
        code = int(Exit.PIPE_CLOSED)
    except Exception as error:  # noqa: BLE001 - a person reads it: one sentence
        code = _explained(error)
    return _flushed(code)


def _leave(number: int, frame: object) -> None:
    """Killed politely: as an exception, so that a picture gives the cursor back."""
    raise SystemExit(128 + number)


def _explained(error: Exception) -> int:
    if os.environ.get("EXO_DEBUG") == "1":
        import traceback

        traceback.print_exc()
    from executor_one_client.cli.failures import explain

    stopped = explain(error)
    say(stopped.message)
    return int(stopped.code)


def _write_what_can_be_written() -> None:
    """A name in an alphabet that the terminal does not have is no reason to end."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _flushed(code: int) -> int:
    """Write what is left, and leave nothing for the interpreter's own flush to stumble on."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        code = int(Exit.PIPE_CLOSED)
        _lead_nowhere(sys.stdout)
    except OSError as error:
        say(f"The output could not be written: {error.strerror}.")
        code = code or int(Exit.ERROR)
        _lead_nowhere(sys.stdout)
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stderr.flush()
    return code


def _lead_nowhere(stream: IO[Any]) -> None:
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _show_cursor() -> None:
    """A picture that was left in the middle has hidden it."""
    if is_terminal(sys.stdout):
        with contextlib.suppress(OSError):
            sys.stdout.write(SHOW_CURSOR)
