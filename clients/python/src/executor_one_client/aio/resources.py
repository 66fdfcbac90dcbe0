"""What an account has besides goals: memories, corrections, keys and usage. Answers are as the API writes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from executor_one_client._generated.api.auth import (
    auth_keys_create,
    auth_keys_list,
    auth_keys_revoke,
    auth_keys_rotate,
    auth_usage,
    auth_usage_history,
)
from executor_one_client._generated.api.corrections import corrections_delete, corrections_list, corrections_retrieve
from executor_one_client._generated.api.memory import memory_delete, memory_list, memory_retrieve, memory_store
from executor_one_client._generated.models.key_input_request import KeyInputRequest
from executor_one_client._generated.models.key_input_request_role import KeyInputRequestRole
from executor_one_client._generated.models.key_input_request_scopes_item import KeyInputRequestScopesItem
from executor_one_client._generated.models.memory_input_request import MemoryInputRequest
from executor_one_client._generated.models.memory_list_mode import MemoryListMode
from executor_one_client._generated.models.rotate_input_request import RotateInputRequest
from executor_one_client.aio.transport import AsyncTransport
from executor_one_client.asking import Page, given, header, joined, listed
from executor_one_client.shapes import NOTHING, OBJECT, page_of

Data = dict[str, Any]


class AsyncMemories:
    """`client.memories`"""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def create(  # noqa: PLR0913  # what a memory has, by name
        self, key: str, value: Any, *, tags: Sequence[str] | None = None, importance: float | None = None,
        ttl: int | None = None, dedupe: bool | None = None, idempotency_key: str | UUID | None = None,
    ) -> Data:  # fmt: skip
        """Remember any JSON under a key; the same key again updates it. `ttl` is in seconds.

        The tag `secrets` encrypts the value at rest. With `dedupe` nothing is stored when another key says the same.
        """
        tagged = None if tags is None else listed("tags", tags)
        body = MemoryInputRequest(
            value, key, tags=given(tagged), importance=given(importance), ttl=given(ttl), dedupe=given(dedupe)
        )
        key_of_it = header(idempotency_key)
        return cast(Data, await self._transport.ask(OBJECT, memory_store, body=body, idempotency_key=key_of_it))

    async def get(self, key: str) -> Data:
        """The memory of exactly this key, with its `value`, or NotFound. It counts as reading."""
        return cast(Data, await self._transport.ask(OBJECT, memory_retrieve, key, exact=True))

    async def list(
        self,
        *,
        prefix: str | None = None,
        tags: Sequence[str] = (),
        limit: int | None = None,
        offset: int | None = None,
    ) -> Page[Data]:
        """Memories whose keys begin so and that have all these tags; those that weigh most first."""
        return await self._find(prefix, tags, limit, offset, None)

    async def recall(
        self, query: str, *, tags: Sequence[str] = (), mode: MemoryListMode | None = None, limit: int | None = None,
        offset: int | None = None,
    ) -> Page[Data]:  # fmt: skip
        """Memories that have to do with `query`; `mode` chooses how they are found, and each says `why` it was."""
        return await self._find(query, tags, limit, offset, mode or "semantic")

    async def delete(self, key: str) -> None:
        """Forget it, crystallized or not."""
        await self._transport.ask(NOTHING, memory_delete, key)

    async def _find(
        self, query: str | None, tags: Sequence[str], limit: int | None, offset: int | None, mode: MemoryListMode | None
    ) -> Page[Data]:
        found = await self._transport.ask(
            page_of(OBJECT), memory_list, query=given(query), tags=joined("tags", tags), mode=given(mode),
            limit=given(limit), offset=given(offset),
        )  # fmt: skip
        return Page(found["data"], found["meta"])


class AsyncCorrections:
    """`client.corrections`: fixes that were learned or taught."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def list(self, *, limit: int | None = None, offset: int | None = None) -> Page[Data]:
        """All of them, a page at a time."""
        found = await self._transport.ask(page_of(OBJECT), corrections_list, limit=given(limit), offset=given(offset))
        return Page(found["data"], found["meta"])

    async def get(self, id: str) -> Data:
        """One by its id, or NotFound."""
        return cast(Data, await self._transport.ask(OBJECT, corrections_retrieve, cast(UUID, id)))

    async def delete(self, id: str) -> None:
        """Forget it: it is not applied any more."""
        await self._transport.ask(NOTHING, corrections_delete, cast(UUID, id))


class AsyncKeys:
    """`client.keys`: API keys."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def list(self, *, limit: int | None = None, offset: int | None = None) -> Page[Data]:
        """Those that are valid, without what makes them keys."""
        found = await self._transport.ask(page_of(OBJECT), auth_keys_list, limit=given(limit), offset=given(offset))
        return Page(found["data"], found["meta"])

    async def create(
        self, name: str = "", *, role: KeyInputRequestRole | None = None,
        scopes: Sequence[KeyInputRequestScopesItem] | None = None, expires_at: datetime | None = None,
    ) -> Data:  # fmt: skip
        """A new one; its `apiKey` is shown this once. It may do what the role may, or only what `scopes` name of it."""
        named = None if scopes is None else listed("scopes", scopes)
        body = KeyInputRequest(
            name=given(name or None), role=given(role), scopes=given(named), expires_at=given(expires_at)
        )
        return cast(Data, await self._transport.ask(OBJECT, auth_keys_create, body=body))

    async def revoke(self, id: str) -> None:
        """End it; its next request is refused."""
        await self._transport.ask(NOTHING, auth_keys_revoke, id)

    async def rotate(self, id: str, *, grace_hours: int | None = None) -> Data:
        """A new key in its place, shown this once in `apiKey`; the old one is valid `grace_hours` longer."""
        body = RotateInputRequest(grace_hours=given(grace_hours))
        return cast(Data, await self._transport.ask(OBJECT, auth_keys_rotate, id, body=body))


class AsyncUsage:
    """`client.usage`"""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def get(self) -> Data:
        """What is used of each limit of the plan in this period: `goals`, `llmCalls`, `memories`, `apiKeys`."""
        return cast(Data, await self._transport.ask(OBJECT, auth_usage))

    async def history(self) -> Data:
        """What was used day by day."""
        return cast(Data, await self._transport.ask(OBJECT, auth_usage_history))
