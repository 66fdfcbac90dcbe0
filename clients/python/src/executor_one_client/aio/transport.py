"""Requests over the network: sent, sent again when that is of use, and errors raised as exceptions."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import httpx

from executor_one_client.asking import Operation, P, headers, prepared, read, request_of
from executor_one_client.errors import Unsendable
from executor_one_client.profile import Profile
from executor_one_client.retrying import Retries, Retrying, Tries, why
from executor_one_client.shapes import ANY, Shape
from executor_one_client.sse import Event, Following, Reconnecting

EVENTS = "text/event-stream"
SILENCE = 45.0  # seconds; a stream that is alive says something every 15
GRACE = 2.0  # seconds that an answer may come after the time until which it is waited for
NO_ANSWER = (httpx.TransportError, httpx.DecodingError)


class AsyncTransport:
    """The connections of one client."""

    def __init__(
        self, profile: Profile, timeout: float, retries: Retries, on_retry: Callable[[Retrying], object] | None = None
    ) -> None:
        self.profile, self.timeout, self.retries, self.on_retry = profile, timeout, retries, on_retry
        self.http = httpx.AsyncClient(base_url=profile.url, headers=headers(profile.api_key), timeout=timeout)

    async def call(self, operation: Operation[P], *args: P.args, **kwargs: P.kwargs) -> Any:
        """The answer to one operation of the API: its JSON, the bytes of a file, None for an empty one.

        Raises an ApiError of the kind of the answer, or Unreachable.
        """
        return await self.send(request_of(operation, *args, **kwargs))

    async def ask(self, shape: Shape, operation: Operation[P], *args: P.args, **kwargs: P.kwargs) -> Any:
        """The same for an answer that has this shape; ApiError where it has not."""
        return await self.send(request_of(operation, *args, **kwargs), shape=shape)

    async def send(
        self, request: dict[str, Any], *, shape: Shape = ANY, extra: float = 0.0, retries: Retries | None = None,
        until: float = math.inf,
    ) -> Any:  # fmt: skip
        """The same for a request as generated code makes it, which may take `extra` seconds more.

        TimeoutError at `until`, of the monotonic clock, or GRACE later where an answer is just being waited for.
        """
        request, tries = prepared(request), Tries(retries or self.retries)
        while True:
            left = max(0.0, until - monotonic())
            try:
                answer = await self.http.send(self.built(request, min(self.timeout + extra, left + GRACE)))
            except NO_ANSWER as error:
                pause = tries.after_break(error)
            else:
                if answer.is_success:
                    return read(answer, shape)
                pause = tries.after_answer(answer.status_code, answer.headers, answer.content)
            left = max(0.0, until - monotonic())
            if self.on_retry and pause < left:
                self.on_retry(tries.news(pause))
            await asyncio.sleep(min(pause, left))
            if pause >= left:
                raise TimeoutError(str(tries.error)) from tries.error

    def built(self, request: dict[str, Any], timeout: float | httpx.Timeout) -> httpx.Request:
        """A prepared request for one try. Unsendable where its address cannot be asked for."""
        try:
            return self.http.build_request(**request, timeout=timeout)
        except httpx.InvalidURL as error:
            raise Unsendable(f"The address cannot be asked for: {error}.") from None

    async def close(self) -> None:
        """Close all connections."""
        await self.http.aclose()


async def follow(
    transport: AsyncTransport, request: dict[str, Any], last_event_id: str | int | None,
    on_reconnect: Callable[[Reconnecting], object] | None,
) -> AsyncIterator[Event]:  # fmt: skip
    """The events of a stream over any number of connections, none lost and none twice.

    Raises what `call` raises; Unreachable once the server has been away for some minutes, or has been there and told
    nothing at all.
    """
    following, tries = Following(last_event_id), Tries(transport.retries.patient())
    while True:
        try:
            async with _open(transport, request, following.last_event_id) as answer:
                kind = answer.headers.get("Content-Type", "")
                if answer.is_success and kind.lower().startswith(EVENTS):
                    async for event in _told(answer, following, tries):
                        yield event
                    if following.is_over:
                        return
                    pause = tries.after_end(answer.url, following.retry, told=following.is_alive)
                    reason = following.broke_off
                elif answer.is_success:
                    reason, pause = "Something else answered.", tries.after_another(answer.url, kind)
                else:
                    body = await answer.aread()
                    reason = f"The server answered {answer.status_code}."
                    pause = tries.after_answer(answer.status_code, answer.headers, body)
        except NO_ANSWER as error:
            reason, pause = why(error), tries.after_break(error)
        if on_reconnect:
            on_reconnect(Reconnecting(reason, pause, max(tries.failed, 1), following.last_event_id))
        await asyncio.sleep(pause)


async def _told(answer: httpx.Response, following: Following, tries: Tries) -> AsyncIterator[Event]:
    """The events of one connection, to its end or to the stream's, which comes first."""
    following.connected()
    async for piece in answer.aiter_bytes():
        for event in following.feed(piece):
            yield event
        if following.is_over:
            return
        if following.is_alive:
            tries.succeeded()


@asynccontextmanager
async def _open(
    transport: AsyncTransport, request: dict[str, Any], last_event_id: str | None
) -> AsyncIterator[httpx.Response]:
    told = {"Accept": EVENTS} | ({"Last-Event-ID": last_event_id} if last_event_id else {})
    request = prepared(request | {"headers": request.get("headers", {}) | told})
    timeout = httpx.Timeout(transport.timeout, read=max(SILENCE, transport.timeout))
    answer = await transport.http.send(transport.built(request, timeout), stream=True)
    try:
        yield answer
    finally:
        await answer.aclose()
