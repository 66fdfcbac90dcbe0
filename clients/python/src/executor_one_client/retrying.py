"""When a request is sent again, and how long before that: decisions only, no network and no clock."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from executor_one_client.errors import ApiError, Unreachable, of_answer

# 500 too: nothing of it is kept by the server, and every request that writes has its Idempotency-Key.
PASSING = frozenset((429, 500, 502, 503, 504))
HOPELESS = (httpx.UnsupportedProtocol, httpx.LocalProtocolError)


@dataclass(frozen=True)
class Retries:
    """How often and how long. Seconds; `Retries(tries=1)` never sends anything again."""

    tries: int = 5  # in all, the first one too
    first_pause: float = 0.5  # doubled from try to try; what is waited is half of it to all of it, by chance
    longest_pause: float = 8.0
    longest_wait: float = 60.0  # a longer Retry-After is not waited for: the error is raised and says it

    def patient(self) -> Retries:
        """For what goes on for long anyway: a server that restarts is waited for, about four minutes."""
        return Retries(max(self.tries, 40), self.first_pause, self.longest_pause, self.longest_wait)


@dataclass(frozen=True)
class Retrying:
    """Told to `on_retry` before a request is sent again, `pause` seconds from now."""

    error: Unreachable | ApiError  # why: no answer, or one that may be another next time
    pause: float
    failed: int  # tries that failed so far


class Tries:
    """The tries of one request. Each `after_...` gives the seconds to wait before the next one, or raises."""

    def __init__(self, retries: Retries) -> None:
        self.retries = retries
        self.failed = 0
        self.error: Unreachable | ApiError | None = None  # of the last one

    def succeeded(self) -> None:
        """Begin to count anew: of a stream that had begun again."""
        self.failed = 0

    def after_break(self, error: httpx.RequestError) -> float:
        """No answer, half of one, or one that cannot be unpacked. Raises Unreachable."""
        self.failed += 1
        self.error = Unreachable(f"{_place(error)} gave no answer: {why(error)}{self._tried()}")
        if isinstance(error, HOPELESS) or self.failed >= self.retries.tries:
            raise self.error from error
        return self._pause()

    def after_another(self, url: httpx.URL, kind: str) -> float:
        """A success that is no stream of events: a proxy's page perhaps, while the server is away. Raises Unreachable.

        `kind` is the content type that came instead.
        """
        what = f"What answered at {_origin(url)} is not executor.one's API"
        return self._after_nothing(f"{what}: it sent {kind or 'nothing'} for events")

    def after_end(self, url: httpx.URL, pause: float, *, told: bool) -> float:
        """A stream that ended before its time: `pause`, where it told something. Raises Unreachable where none does."""
        if told:
            return pause
        return max(pause, self._after_nothing(f"{_origin(url)} ends the stream of events before it tells any"))

    def _after_nothing(self, what: str) -> float:
        self.failed += 1
        self.error = error = Unreachable(f"{what}{self._tried()}")
        if self.failed >= self.retries.tries:
            raise error
        return self._pause()

    def after_answer(self, status: int, headers: Mapping[str, str], body: bytes) -> float:
        """An answer that is an error. Raises the ApiError where trying again is no use."""
        self.failed += 1
        told = retry_after(headers)
        self.error = error = of_answer(status, body, told)
        if self.failed >= self.retries.tries or not self._may_pass(error):
            raise error
        return self._pause() if told is None else told

    def news(self, pause: float) -> Retrying:
        """What is told of the last one."""
        assert self.error is not None
        return Retrying(self.error, pause, self.failed)

    def _may_pass(self, error: ApiError) -> bool:
        """A 409 with Retry-After is the same request, still being answered."""
        told = error.retry_after
        if told is not None and told > self.retries.longest_wait:
            return False
        return error.status in PASSING or (error.status == 409 and told is not None)

    def _tried(self) -> str:
        return f"; tried {self.failed} times" if self.failed > 1 else ""

    def _pause(self) -> float:
        full = self.retries.first_pause * 2.0 ** (self.failed - 1)
        return min(full, self.retries.longest_pause) * random.uniform(0.5, 1)  # noqa: S311


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The header in seconds from now; None without one that makes sense."""
    given = headers.get("Retry-After", "").strip()
    if given.isascii() and given.isdigit():
        return float(given)
    try:
        return max(0.0, (parsedate_to_datetime(given) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


def why(error: httpx.RequestError) -> str:
    """Why there is no answer, in words; what timed out has none of its own."""
    if isinstance(error, httpx.TimeoutException):
        return "timed out"
    return str(error) or type(error).__name__


def _place(error: httpx.RequestError) -> str:
    try:
        return _origin(error.request.url)
    except RuntimeError:
        return "The server"


def _origin(url: httpx.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode('ascii', 'replace')}"
