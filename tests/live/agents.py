"""An agent as our users run it: the official client of the Model Context Protocol, over a real socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
AGES = ("2026-07-28", "legacy")  # of the protocol: each request alone, or a handshake first


@asynccontextmanager
async def agent(url: str, key: str, mode: str = "auto", **options: Any) -> AsyncIterator[Client]:
    """A client of `url`/mcp that has connected."""
    http = httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}, timeout=options.pop("timeout", 90))
    transport = streamable_http_client(f"{url}/mcp", http_client=http)
    async with http, Client(transport, mode=mode, **options) as client:
        yield client


def speak(url: str, key: str, say: Callable[[Client], Awaitable[Any]], **options: Any) -> Any:
    """What `say` returns of a connected client."""

    async def run() -> Any:
        async with agent(url, key, **options) as client:
            return await say(client)

    return asyncio.run(run())


async def call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """The structured answer of a tool that must not fail."""
    answer = await client.call_tool(tool, arguments)
    assert not answer.is_error, answer.content
    return dict(answer.structured_content)


async def names(client: Client) -> list[str]:
    return [tool.name for tool in (await client.list_tools()).tools]


def post(stack: Any, key: str, body: Any, **headers: str) -> httpx.Response:
    """A message without the SDK."""
    sent = {"Authorization": f"Bearer {key}", "Accept": "application/json", "Content-Type": "application/json"}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.post(f"{stack.url}/mcp", content=content, headers={**sent, **headers}, timeout=30)
