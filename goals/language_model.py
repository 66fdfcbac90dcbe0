"""One question to an OpenAI-compatible API, answered with text or with the reason why not.

The client is the package `openai` (the extra `llm`), which speaks the protocol: address, bearer token, body, errors.
What it leaves open is here: one limit for the whole exchange however slowly it comes, no redirects, no compressed and
no endless answers, no retries that nobody counts. A reason never holds what the server said, nor the key.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx2
    import openai

MAX_ANSWER_BYTES = 1_000_000
PAUSE_SECONDS = 1.0  # before the one retry, where the server names none


@dataclass(frozen=True)
class Model:
    """Which model, where, and the key to it (empty: the server asks for none)."""

    base_url: str
    name: str
    key: str = field(default="", repr=False)


class ModelFailed(Exception):
    """No usable answer. `reason` is a code; `retry_after`: seconds after which one more try makes sense, if any.

    timeout, unavailable, rate_limited, refused (by the model), cut_off (at its length limit), not_authorized,
    redirected, bad_request (the server takes no such question: often a wrong model name), too_large, invalid_answer.
    """

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


def prepare() -> None:
    """Import the client now, which takes a second, and not at the cost of the first question."""
    import openai  # noqa: F401


def ask(model: Model, messages: Sequence[Mapping[str, str]], schema: Mapping[str, Any], *, seconds: float) -> str:
    """What the model answers to a conversation, as JSON text that claims to follow `schema`. Or ModelFailed.

    One HTTP request, at most `seconds` from first to last byte.
    """
    body = asyncio.run(_exchange(model, messages, schema, seconds))
    return text_of(body)


async def _exchange(
    model: Model, messages: Sequence[Mapping[str, str]], schema: Mapping[str, Any], seconds: float
) -> bytes:
    import openai  # an extra, and slow to import: only where a model is asked

    try:
        async with asyncio.timeout(seconds), _client(model, seconds) as client:
            turns: Any = list(messages)
            shape: Any = {"name": "plan", "strict": True, "schema": schema}
            said = await client.chat.completions.with_raw_response.create(
                model=model.name, messages=turns, response_format={"type": "json_schema", "json_schema": shape},
                extra_headers=None if model.key else {"Authorization": openai.Omit()},
            )  # fmt: skip
            return bytes(said.http_response.content)
    except (TimeoutError, openai.APITimeoutError):
        raise ModelFailed("timeout") from None
    except openai.APIStatusError as error:
        raise _refusal(error.status_code, error.response.headers) from None
    except openai.APIConnectionError:
        raise ModelFailed("unavailable", PAUSE_SECONDS) from None
    except openai.OpenAIError:  # what it cannot read
        raise ModelFailed("invalid_answer") from None


def _client(model: Model, seconds: float) -> openai.AsyncOpenAI:
    import openai

    headers: dict[str, Any] = {"Accept-Encoding": "identity"}  # what is packed may unpack to anything
    for name in ("OpenAI-Organization", "OpenAI-Project"):  # it would take them from OPENAI_... variables
        headers[name] = openai.Omit()
    return openai.AsyncOpenAI(
        base_url=model.base_url, api_key=model.key or "none", max_retries=0, timeout=seconds, default_headers=headers,
        http_client=openai.DefaultAsyncHttpxClient(
            timeout=seconds, follow_redirects=False, event_hooks={"response": [_bound]}
        ),
    )  # fmt: skip


async def _bound(response: httpx2.Response) -> None:
    """Let no more than MAX_ANSWER_BYTES of a response be read, whatever its status."""
    import httpx2

    class Bounded(httpx2.AsyncByteStream):
        def __init__(self, stream: Any) -> None:
            self._stream = stream

        async def __aiter__(self) -> AsyncIterator[bytes]:
            left = MAX_ANSWER_BYTES
            async for chunk in self._stream:
                left -= len(chunk)
                if left < 0:
                    raise ModelFailed("too_large")
                yield chunk

        async def aclose(self) -> None:
            await self._stream.aclose()

    if response.headers.get("content-encoding", "identity") != "identity":
        raise ModelFailed("invalid_answer")
    response.stream = Bounded(response.stream)


def _refusal(status: int, headers: Mapping[str, str]) -> ModelFailed:
    if status == 429:
        return ModelFailed("rate_limited", _retry_after(headers))
    if status >= 500 or status == 408:
        return ModelFailed("unavailable", _retry_after(headers))
    if status in (401, 403):
        return ModelFailed("not_authorized")
    return ModelFailed("redirected" if status < 400 else "bad_request")


def _retry_after(headers: Mapping[str, str]) -> float:
    """What the header Retry-After says, in seconds or as a date; what it says wrongly is as good as nothing said."""
    said = headers.get("retry-after", "").strip()
    try:
        seconds = float(said)
    except ValueError:
        seconds = _seconds_until(said)
    return seconds if math.isfinite(seconds) and seconds >= 0 else PAUSE_SECONDS


def _seconds_until(date: str) -> float:
    try:
        return max(0.0, (parsedate_to_datetime(date).astimezone(UTC) - datetime.now(UTC)).total_seconds())
    except (ValueError, OverflowError):
        return math.nan


def text_of(body: bytes) -> str:
    """What the assistant says in a chat completion; ModelFailed where it says nothing that could be a plan."""
    try:
        first = json.loads(body)["choices"][0]
        message, ended = first["message"], first.get("finish_reason")
        content, refusal = message.get("content"), message.get("refusal")
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        raise ModelFailed("invalid_answer") from None
    if refusal or ended == "content_filter":
        raise ModelFailed("refused")
    if ended == "length":
        raise ModelFailed("cut_off")
    if not isinstance(content, str) or not content.strip():
        raise ModelFailed("invalid_answer")
    return content
