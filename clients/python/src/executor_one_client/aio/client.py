"""The client: one installation, one key."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from types import TracebackType
from typing import Any, Self

from executor_one_client import profile
from executor_one_client._generated.api.events import events_stream
from executor_one_client.aio.goals import AsyncGoals
from executor_one_client.aio.resources import AsyncCorrections, AsyncKeys, AsyncMemories, AsyncUsage
from executor_one_client.aio.transport import AsyncTransport, follow
from executor_one_client.asking import Operation, P, joined, request_of
from executor_one_client.retrying import Retries, Retrying
from executor_one_client.sse import Event, Reconnecting


class AsyncClient:
    """An account's way to the API. Close it, or use it in a `with` block.

    Without `api_key` and `base_url` it takes EXO_API_KEY and EXO_URL, else the profile that `exo login` wrote.
    `timeout` is in seconds, of one try; waiting for a goal and following events are not cut short by it.
    `on_retry` is called before a request is sent again, and before its pause.
    """

    def __init__(
        self, api_key: str | None = None, base_url: str | None = None, *, timeout: float = 30.0,
        retries: Retries | None = None, on_retry: Callable[[Retrying], object] | None = None,
    ) -> None:  # fmt: skip
        self._transport = AsyncTransport(profile.find(api_key, base_url), timeout, retries or Retries(), on_retry)
        self.goals = AsyncGoals(self._transport)
        self.memories = AsyncMemories(self._transport)
        self.corrections = AsyncCorrections(self._transport)
        self.keys = AsyncKeys(self._transport)
        self.usage = AsyncUsage(self._transport)

    @property
    def base_url(self) -> str:
        """The installation that it speaks to."""
        return self._transport.profile.url

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.base_url}>"

    def events(
        self, *, goal: str | None = None, types: Sequence[str] = (), last_event_id: str | int | None = None,
        on_reconnect: Callable[[Reconnecting], object] | None = None,
    ) -> AsyncIterator[Event]:  # fmt: skip
        """What happens, as it happens: to a goal from its first event to its last, else to the account from now on.

        `types` narrows it (`goal.*` for a family). A connection that breaks is taken up again behind the last event,
        with `on_reconnect` called before; keep `event.id` and pass it as `last_event_id` to go on in another process.
        It is connected when the first event is asked for.
        Raises Unauthorized when the key is revoked meanwhile, and Unreachable when the server stays away for minutes.
        """
        if goal is not None:
            return self.goals.events(goal, types=types, last_event_id=last_event_id, on_reconnect=on_reconnect)
        request = request_of(events_stream, types=joined("types", types))
        return follow(self._transport, request, last_event_id, on_reconnect)

    async def call(self, operation: Operation[P], *args: P.args, **kwargs: P.kwargs) -> Any:
        """Any operation of the API, by its generated module and what that takes; the answer's JSON.

            from executor_one_client._generated.api.webhooks import webhooks_list
            client.call(webhooks_list, limit=5)

        It is sent again and refused as everything else is.
        """
        return await self._transport.call(operation, *args, **kwargs)

    async def close(self) -> None:
        """Close its connections."""
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
