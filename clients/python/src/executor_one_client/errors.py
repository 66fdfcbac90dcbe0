"""What goes wrong, as exceptions: one class for each kind of answer, and one for no answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

SIGN_IN = "Pass another api_key, set EXO_API_KEY, or run `exo login`; a key that was revoked or has expired stays so."
SHOWN = 300  # characters of an answer that is not JSON: a proxy's page


class ExecutorError(Exception):
    """Everything that this library raises on its own is one of these.

    But for TimeoutError of `wait`, and TypeError where one thing is given and a list of them belongs.
    """


class Unsendable(ExecutorError, ValueError):
    """A value cannot be in a request; nothing was sent. The text names it."""


class Unreachable(ExecutorError):
    """No answer of the API came, and trying again did not help: no connection, or it broke. Its `__cause__` is why."""


class StreamEnded(ExecutorError):
    """The server ended a stream of events for good; `reason` is its word for why."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(f"{message} ({reason})" if message else reason)
        self.reason, self.message = reason, message


class ApiError(ExecutorError):
    """The API answered with an error.

    `status` and `code` are numbers (the same), `name` is the API's word (`not_found`), `message` says what to do,
    `receipt` (`rcp_...`) is what support asks for, `errors` maps fields to what is wrong with each, `retry_after` is
    in seconds, and `data` is the whole answer. Whatever a proxy writes in their places, they have these types.
    """

    def __init__(self, status: int, data: Mapping[str, Any], *, retry_after: float | None = None) -> None:
        self.status = status
        self.data = dict(data)
        code = data.get("code")
        self.code = code if isinstance(code, int) else status
        self.name, self.message, self.receipt = (_text(data.get(each)) for each in ("name", "message", "receipt"))
        self.errors = _wrong(data.get("errors"))
        self.retry_after = retry_after
        super().__init__(self.told())

    def told(self) -> str:
        """The error as one text for people."""
        fields = "; ".join(f"{field}: {' '.join(wrong)}" for field, wrong in self.errors.items())
        parts = [self.message or f"The server answered {self.status}.", f"[{fields}]" if fields else "", self.receipt]
        return " ".join(part for part in parts if part)


class Unauthorized(ApiError):
    """401: there is no key, or it is not valid (any more)."""

    def told(self) -> str:
        """With what to do about it."""
        return f"{super().told()} {SIGN_IN}"


class PaymentRequired(ApiError):
    """402: a ceiling of the plan; `data` names the limit and the plan that lifts it."""


class Forbidden(ApiError):
    """403: the role or the key's scopes do not allow it."""


class NotFound(ApiError):
    """404: it is not there, or belongs to another account."""


class Conflict(ApiError):
    """409: not possible in the state that it is in."""


class Invalid(ApiError):
    """400, 413, 415 and 422: the request makes no sense as it is; `errors` names the fields."""


class RateLimited(ApiError):
    """429: asked too often; it works `retry_after` seconds from now."""


class ServerError(ApiError):
    """500 and up: something broke or is away on the other side."""


CLASSES: dict[int, type[ApiError]] = {
    400: Invalid, 401: Unauthorized, 402: PaymentRequired, 403: Forbidden, 404: NotFound, 409: Conflict,
    413: Invalid, 415: Invalid, 422: Invalid, 429: RateLimited,
}  # fmt: skip


def of_answer(status: int, body: bytes, retry_after: float | None) -> ApiError:
    """The exception for an answer that is no success."""
    return _kind(status)(status, _members(status, body), retry_after=retry_after)


def not_ours(status: int, what: str) -> ApiError:
    """The exception for an answer that the API does not give, like a proxy's page; `what` came instead."""
    return _kind(status)(status, {"message": _not_ours(status, what)})


def parsed(document: str | bytes) -> Any:
    """What a JSON document says. ValueError for what is none, or is nested deeper than can be read."""
    try:
        return json.loads(document)
    except RecursionError:
        raise ValueError("It is nested too deeply.") from None


def _kind(status: int) -> type[ApiError]:
    return CLASSES.get(status, ServerError if status >= 500 else ApiError)


def _members(status: int, body: bytes) -> Mapping[str, Any]:
    try:
        data = parsed(body)
    except ValueError:
        data = None
    return data if isinstance(data, dict) else {"message": _not_ours(status, body.decode(errors="replace"))}


def _not_ours(status: int, what: str) -> str:
    return f"The server answered {status}, and not as the API does: {what.strip()[:SHOWN] or 'nothing'}"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _wrong(errors: object) -> dict[str, list[str]]:
    """Field -> what is wrong with it, of whatever stands in the place of `errors`; one text is one thing."""
    if not isinstance(errors, dict):
        return {}
    each = {field: said if isinstance(said, list) else [said] for field, said in errors.items()}
    texts = {field: [one for one in said if isinstance(one, str)] for field, said in each.items()}
    return {field: said for field, said in texts.items() if said}
