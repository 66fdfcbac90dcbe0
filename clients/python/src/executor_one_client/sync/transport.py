# Made by `make clients` out of aio/transport.py: change that one.
"""Requests over the network: sent, sent again when that is of use, and errors raised as exceptions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from executor_one_client.asking import Operation, P, headers, prepared, read
from executor_one_client.profile import Profile
from executor_one_client.retrying import Retries, Retrying, Tries
from executor_one_client.sse import Event, Following, Reconnecting

EVENTS = "text/event-stream"
SILENCE = 45.0  # seconds; a stream that is alive says something every 15


class Transport:
    """The connections of one client."""

    def __init__(
        self, profile: Profile, timeout: float, retries: Retries, on_retry: Callable[[Retrying], object] | None = None
    ) -> None:
        self.profile, self.timeout, self.retries, self.on_retry = profile, timeout, retries, on_retry
        self.http = httpx.Client(base_url=profile.url, headers=headers(profile.api_key), timeout=timeout)

    def call(self, operation: Operation[P], *args: P.args, **kwargs: P.kwargs) -> Any:
        """The answer to one operation of the API: its JSON, the bytes of a file, None for an empty one.

        Raises an ApiError of the kind of the answer, or Unreachable.
        """
        return self.send(operation._get_kwargs(*args, **kwargs))

    def send(self, request: dict[str, Any], *, extra: float = 0.0, retries: Retries | None = None) -> Any:
        """The same for a request as generated code makes it, which may take `extra` seconds more."""
        request, tries = prepared(request), Tries(retries or self.retries)
        while True:
            try:
                answer = self.http.request(**request, timeout=self.timeout + extra)
            except httpx.TransportError as error:
                pause = tries.after_break(error)
            else:
                if answer.is_success:
                    return read(answer)
                pause = tries.after_answer(answer.status_code, answer.headers, answer.content)
            if self.on_retry:
                self.on_retry(tries.news(pause))
            time.sleep(pause)

    def close(self) -> None:
        """Close all connections."""
        self.http.close()


def follow(
    transport: Transport, request: dict[str, Any], last_event_id: str | None,
    on_reconnect: Callable[[Reconnecting], object] | None,
) -> Iterator[Event]:  # fmt: skip
    """The events of a stream over any number of connections, none lost and none twice.

    Raises what `call` raises; Unreachable once the server has been away for some minutes.
    """
    following, tries = Following(last_event_id), Tries(transport.retries.patient())
    while True:
        try:
            with _open(transport, request, following.last_event_id) as answer:
                kind = answer.headers.get("Content-Type", "")
                if answer.is_success and kind.lower().startswith(EVENTS):
                    for event in _told(answer, following, tries):
                        yield event
                    if following.is_over:
                        return
                    reason, pause = following.broke_off, following.retry
                elif answer.is_success:
                    reason, pause = "Something else answered.", tries.after_another(answer.url, kind)
                else:
                    body = answer.read()
                    reason = f"The server answered {answer.status_code}."
                    pause = tries.after_answer(answer.status_code, answer.headers, body)
        except httpx.TransportError as error:
            reason, pause = str(error) or type(error).__name__, tries.after_break(error)
        if on_reconnect:
            on_reconnect(Reconnecting(reason, pause, max(tries.failed, 1), following.last_event_id))
        time.sleep(pause)


def _told(answer: httpx.Response, following: Following, tries: Tries) -> Iterator[Event]:
    """The events of one connection, to its end or to the stream's, which comes first."""
    following.connected()
    for piece in answer.iter_bytes():
        for event in following.feed(piece):
            yield event
        if following.is_over:
            return
        if following.is_alive:
            tries.succeeded()


@contextmanager
def _open(transport: Transport, request: dict[str, Any], last_event_id: str | None) -> Iterator[httpx.Response]:
    told = {"Accept": EVENTS} | ({"Last-Event-ID": last_event_id} if last_event_id else {})
    request = prepared(request | {"headers": request.get("headers", {}) | told})
    timeout = httpx.Timeout(transport.timeout, read=max(SILENCE, transport.timeout))
    with transport.http.stream(**request, timeout=timeout) as answer:
        yield answer
