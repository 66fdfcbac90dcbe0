"""What a request of the API is made of, and what an answer is; the same for both clients."""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import UnionType
from typing import Any, ParamSpec, Protocol, TypeVar

import httpx

from executor_one_client._generated.types import UNSET, Unset
from executor_one_client._generated.version import VERSION
from executor_one_client.errors import Unsendable, not_ours, parsed
from executor_one_client.shapes import ANY, Shape, fits

T = TypeVar("T")
P = ParamSpec("P")
WRITING = frozenset(("post", "put", "patch", "delete"))
ENDED = frozenset(("completed", "failed", "cancelled"))
NOWHERE = ("", ".", "..")  # parts of a path that lead to another address
BEFORE = 20  # characters that are shown before one that cannot be sent
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


def header(value: str | uuid.UUID | None) -> str | Unset:
    """The same for a header: a UUID is what it is written as."""
    return UNSET if value is None else str(value) if isinstance(value, uuid.UUID) else value


def listed(name: str, given: Iterable[T], kind: type | UnionType = str) -> list[T]:
    """What was given where a list of `kind` belongs, as a list.

    TypeError for one of them that is in no list: a text is a sequence too, of its letters, and each would be an entry.
    """
    if isinstance(given, str | Mapping):
        raise TypeError(f"{name}: give a list, such as [{json.dumps(given, ensure_ascii=False, default=str)}]")
    if isinstance(given, bytes | bytearray) or not isinstance(given, Iterable):
        raise TypeError(f"{name}: give a list, and not {type(given).__name__}")
    entries = [*given]
    for entry in entries:
        if not isinstance(entry, kind):
            raise TypeError(f"{name}: {type(entry).__name__} cannot be an entry of it")
    return entries


def joined(name: str, given: Iterable[str]) -> str | Unset:
    """A list of texts as a parameter has it, with commas; UNSET for an empty one."""
    return ",".join(listed(name, given)) or UNSET


def request_of(operation: Operation[P], *args: P.args, **kwargs: P.kwargs) -> dict[str, Any]:
    """The request of an operation, as generated code makes it. Unsendable for an id that is no text."""
    try:
        return operation._get_kwargs(*args, **kwargs)
    except UnicodeEncodeError as error:
        raise _no_text(error) from None


def prepared(request: dict[str, Any]) -> dict[str, Any]:
    """The request as it is sent at every try: its JSON written, and with an Idempotency-Key if it writes.

    Raises Unsendable for what would reach another address, or cannot be sent at all.
    """
    _check_address(request["url"])
    written(request.get("params"))
    request = request | {"headers": _checked(request.get("headers", {}))}
    if request["method"] in WRITING:
        request["headers"] = {"Idempotency-Key": str(uuid.uuid4()), **request["headers"]}
    if "json" in request:
        request["content"] = written(request.pop("json"))
        request["headers"] = {"Content-Type": "application/json", **request["headers"]}
    return request


def _check_address(url: str) -> None:
    for part in url.split("/")[1:]:
        if part in NOWHERE:
            raise Unsendable(f"{part!r} cannot be an id or a key: it would lead to another address.")


def _checked(headers: Mapping[str, object]) -> dict[str, str]:
    """As texts; a UUID and a number are what they are written as."""
    texts = {name: str(value) if isinstance(value, uuid.UUID | int) else value for name, value in headers.items()}
    for name, value in texts.items():
        is_text = isinstance(value, str) and value.isascii() and value.isprintable() and value == value.strip()
        if not is_text:
            raise Unsendable(f"{name} cannot be {value!r}: it has to be printable ASCII, without spaces around it.")
    return texts  # type: ignore[return-value]


def written(value: object) -> bytes:
    """A value as JSON. Unsendable for what JSON cannot say."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except UnicodeEncodeError as error:
        raise _no_text(error) from None
    except (TypeError, ValueError, RecursionError) as error:
        raise Unsendable(f"This cannot be written as JSON: {error}.") from None


def _no_text(error: UnicodeEncodeError) -> Unsendable:
    shown = error.object[max(0, error.start - BEFORE) : error.start + 1]
    return Unsendable(f"{shown!r} is no text: it ends with half of a character.")


def read(answer: httpx.Response, shape: Shape = ANY) -> Any:
    """What a success says. Raises ApiError where it has not this shape, or is a web page: another server answers.

    JSON is not shown there: it may be half an answer, with a key in it.
    """
    kind = answer.headers.get("Content-Type", "").lower()
    if kind.startswith("text/html"):
        raise not_ours(answer.status_code, answer.content.decode(errors="replace"))
    told = answer.content or None
    if told and "json" in kind:
        try:
            told = parsed(told)
        except ValueError:
            raise not_ours(answer.status_code, "JSON that cannot be read") from None
    if not fits(told, shape):
        raise not_ours(answer.status_code, f"{kind or 'something'} of another form")
    return told


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
