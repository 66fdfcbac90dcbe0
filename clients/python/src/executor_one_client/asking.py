"""What a request of the API is made of, and what an answer is; the same for both clients."""

from __future__ import annotations

import json
import re
import sys
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ParamSpec, Protocol, TypeVar

import httpx

from executor_one_client._generated.types import UNSET, Unset
from executor_one_client._generated.version import VERSION
from executor_one_client.errors import Unsendable, of_answer

T = TypeVar("T")
P = ParamSpec("P")
WRITING = frozenset(("post", "put", "patch", "delete"))
ENDED = frozenset(("completed", "failed", "cancelled"))
NOWHERE = ("", ".", "..")  # parts of a path that lead to another address
SURROGATE = re.compile(r".{0,20}[\ud800-\udfff]", re.DOTALL)
LONGEST_LOOK = 60  # seconds that one `?wait=` may last


class Operation(Protocol[P]):
    """A generated module, `executor_one_client._generated.api.goals.goals_create` for example.

    Of it the request is used, with what it may be given; so the type checker finds where the document has changed.
    """

    def _get_kwargs(self, *args: P.args, **kwargs: P.kwargs) -> dict[str, Any]: ...


class Page(list[T]):
    """A part of a list, in order; `total` is how many there are in all, `meta` what the API says of it."""

    def __init__(self, items: Iterable[T], meta: dict[str, Any]) -> None:
        super().__init__(items)
        self.meta = meta
        self.total: int = meta.get("total", len(self))


@dataclass(frozen=True)
class Log:
    """What one try of a task printed on one stream (`stdout` or `stderr`)."""

    position: int
    task: str  # its id
    name: str
    attempt: int
    stream: str
    text: str = field(repr=False)
    is_cut: bool = False  # there was more than the server keeps


def given(value: T | None) -> T | Unset:
    """What generated code takes for what was not said."""
    return UNSET if value is None else value


def prepared(request: dict[str, Any]) -> dict[str, Any]:
    """The request with an Idempotency-Key if it writes: made once, and the same at every try.

    Raises Unsendable for what would reach another address, or cannot be sent at all.
    """
    _check(request)
    if request["method"] in WRITING:
        request = request | {"headers": {"Idempotency-Key": str(uuid.uuid4()), **request.get("headers", {})}}
    return request


def _check(request: dict[str, Any]) -> None:
    for part in request["url"].split("/")[1:]:
        if part in NOWHERE:
            raise Unsendable(f"{part!r} cannot be an id or a key: it would lead to another address.")
    for name, value in request.get("headers", {}).items():
        if not (value.isascii() and value.isprintable()) or value != value.strip():
            raise Unsendable(f"{name} cannot be {value!r}: it has to be printable ASCII, without spaces around it.")
    for place in ("params", "json"):
        if broken := SURROGATE.search(json.dumps(request.get(place), ensure_ascii=False, default=str)):
            raise Unsendable(f"{broken[0]!r} is no text: it ends with half of a character.")


def read(answer: httpx.Response) -> Any:
    """What a success says. Raises ApiError for a web page: it is another server that answers."""
    kind = answer.headers.get("Content-Type", "")
    if kind.startswith("text/html"):
        raise of_answer(answer.status_code, answer.content, None)
    if not answer.content:
        return None
    return answer.json() if "json" in kind else answer.content


def headers(api_key: str | None) -> dict[str, str]:
    """Those of every request."""
    python = ".".join(map(str, sys.version_info[:3]))
    told = {"User-Agent": f"executor-one-client/{VERSION} python/{python}", "Accept": "application/json"}
    return told | ({"Authorization": f"Bearer {api_key}"} if api_key else {})


def logs_of(tasks: Iterable[dict[str, Any]]) -> list[Log]:
    """Every text that the tries of these tasks printed, in order."""
    return [
        Log(
            task["position"], task["id"], task.get("name", ""), attempt["number"], stream,
            attempt["output"][stream], bool(attempt["output"].get(f"{stream}Truncated")),
        )
        for task in tasks
        for attempt in task.get("attempts", [])
        for stream in ("stdout", "stderr")
        if attempt["output"].get(stream)
    ]  # fmt: skip
