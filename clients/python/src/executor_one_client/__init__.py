"""The Python client of executor.one: `Client`, and `AsyncClient`, the same with `await`. README.md shows how."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from executor_one_client import webhooks as webhooks
    from executor_one_client._generated.version import VERSION as __version__
    from executor_one_client.aio.client import AsyncClient
    from executor_one_client.aio.goals import AsyncGoal
    from executor_one_client.asking import Log, Page
    from executor_one_client.errors import (
        ApiError,
        Conflict,
        ExecutorError,
        Forbidden,
        Invalid,
        NotFound,
        PaymentRequired,
        RateLimited,
        ServerError,
        StreamEnded,
        Unauthorized,
        Unreachable,
        Unsendable,
    )
    from executor_one_client.retrying import Retries, Retrying
    from executor_one_client.sse import Event, Reconnecting
    from executor_one_client.sync.client import Client
    from executor_one_client.sync.goals import Goal

# Where each name comes from. It is loaded when it is used: httpx and the models take a third of a second, which
# `exo --help` and a receiver of webhooks need not spend.
ERRORS = (
    "ApiError", "Conflict", "ExecutorError", "Forbidden", "Invalid", "NotFound", "PaymentRequired", "RateLimited",
    "ServerError", "StreamEnded", "Unauthorized", "Unreachable", "Unsendable",
)  # fmt: skip
HOMES = dict.fromkeys(ERRORS, "errors") | {
    "AsyncClient": "aio.client", "AsyncGoal": "aio.goals", "Client": "sync.client", "Goal": "sync.goals",
    "Log": "asking", "Page": "asking", "Retries": "retrying", "Retrying": "retrying", "Event": "sse",
    "Reconnecting": "sse",
}  # fmt: skip

__all__ = [
    "ApiError", "AsyncClient", "AsyncGoal", "Client", "Conflict", "Event", "ExecutorError", "Forbidden", "Goal",
    "Invalid", "Log", "NotFound", "Page", "PaymentRequired", "RateLimited", "Reconnecting", "Retries", "Retrying",
    "ServerError", "StreamEnded", "Unauthorized", "Unreachable", "Unsendable", "__version__",
    "webhooks",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return import_module("executor_one_client._generated.version").VERSION
    if name == "webhooks":
        return import_module("executor_one_client.webhooks")
    if name in HOMES:
        return getattr(import_module(f"executor_one_client.{HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
