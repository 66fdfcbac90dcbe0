"""What went wrong, in a sentence that says what to do, and the exit code that goes with it."""

from __future__ import annotations

from executor_one_client import errors
from executor_one_client.cli.exits import Exit, Stop
from executor_one_client.cli.text import duration, one_line

CODES: dict[type[errors.ApiError], Exit] = {
    errors.Unauthorized: Exit.NOT_ALLOWED,
    errors.Forbidden: Exit.NOT_ALLOWED,
    errors.NotFound: Exit.NOT_FOUND,
    errors.Conflict: Exit.CONFLICT,
    errors.Invalid: Exit.USAGE,
    errors.PaymentRequired: Exit.LIMIT,
    errors.RateLimited: Exit.LIMIT,
    errors.ServerError: Exit.UNAVAILABLE,
}
IS_IT_RIGHT = "Is the address right? EXO_URL or `exo login` sets it."
SIGN_IN = "Sign in with a key that is valid: exo login"


def explain(error: Exception) -> Stop:
    """The end of the command that this error is."""
    if isinstance(error, Stop):
        return error
    if isinstance(error, errors.ApiError):
        return _answered(error)
    if isinstance(error, errors.Unreachable):
        said = one_line(error).rstrip(".")
        return Stop(Exit.UNAVAILABLE, f"{said}. {IS_IT_RIGHT}")
    if isinstance(error, errors.Unsendable):
        return Stop(Exit.USAGE, one_line(error))
    if isinstance(error, errors.ExecutorError):
        return Stop(Exit.ERROR, one_line(error))
    return _of_this_machine(error)


def _answered(error: errors.ApiError) -> Stop:
    if error.status < 400:  # a page of the web, or an address that leads elsewhere
        return Stop(Exit.UNAVAILABLE, f"What answered ({error.status}) is not executor.one's API. {IS_IT_RIGHT}")
    code = next((code for kind, code in CODES.items() if isinstance(error, kind)), Exit.ERROR)
    return Stop(code, _of_the_api(error))


def _of_this_machine(error: Exception) -> Stop:
    if isinstance(error, UnicodeEncodeError):
        return Stop(Exit.USAGE, "Something that was typed is no text in UTF-8.")
    if isinstance(error, OSError) and error.strerror:
        where = f": {error.filename}" if error.filename else ""
        return Stop(Exit.ERROR, f"{error.strerror}{where}")
    said = f"{type(error).__name__}: {one_line(error, 300)}"
    return Stop(Exit.ERROR, f"This should not have happened ({said}). EXO_DEBUG=1 shows where.")


def _of_the_api(error: errors.ApiError) -> str:
    """Its message, what is wrong with which field, what to do, and the receipt for support."""
    parts = [one_line(error.message) or f"The server answered {error.status}."]
    fields = [f"{one_line(field)}: {one_line(' '.join(wrong))}" for field, wrong in error.errors.items()]
    parts += [said for said in fields if said not in parts[0]]
    if isinstance(error, errors.Unauthorized):
        parts.append(SIGN_IN)
    if isinstance(error, errors.RateLimited) and error.retry_after:
        parts.append(f"It works again in {duration(error.retry_after)}.")
    receipt = f" ({one_line(error.receipt)})" if error.receipt else ""
    return " ".join(part if part[-1] in ".!?" or part == SIGN_IN else f"{part}." for part in parts) + receipt
