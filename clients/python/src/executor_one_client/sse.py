"""Server-sent events: from bytes to events, and where a stream stands. No network and no clock."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from executor_one_client.errors import Forbidden, StreamEnded, Unauthorized, not_ours, parsed
from executor_one_client.shapes import fits

GOAL_ENDS = frozenset(("goal.completed", "goal.failed", "goal.cancelled"))
GO_ON = frozenset(("too_slow", "internal_error"))  # ends of a stream that can be taken up again
GREETING = 2  # blocks that a connection begins with, without an event: how long to pause, and where one stands
MEMBERS = {"id": str | int, "type": str, "data": dict, "timestamp": str, "reason": str, "message": str}
LONGEST_RETRY = 60_000  # milliseconds; a longer pause is not waited


@dataclass(frozen=True)
class Event:
    """Something that happened. `timestamp` is ISO 8601 in UTC; docs/reference/events.md says what is in `data`."""

    id: str
    type: str
    data: dict[str, Any]
    timestamp: str = ""


@dataclass(frozen=True)
class Reconnecting:
    """Told to `on_reconnect` before a stream is taken up again: `pause` seconds from now, behind `last_event_id`."""

    reason: str
    pause: float
    failed: int  # tries in a row that failed; 1 at first
    last_event_id: str | None


@dataclass
class Block:
    """The lines of one event so far."""

    id: str | None = None
    type: str = ""
    data: list[str] = field(default_factory=list)


class Parser:
    """Bytes in any pieces -> complete blocks, as https://html.spec.whatwg.org/multipage/server-sent-events.html says.

    What a cut leaves unfinished is never given out, so the last id is always that of something whole.
    """

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8-sig")(errors="replace").decode
        self._rest = ""
        self._block = Block()
        self.retry: float | None = None  # seconds, as the server asked for

    def feed(self, piece: bytes) -> Iterator[Block]:
        """The blocks that this piece completes."""
        # str.splitlines would break at U+2028 and others too, which are text here.
        *lines, self._rest = (self._rest + self._decode(piece)).split("\n")
        for line in lines:
            if text := line.removesuffix("\r"):
                self._take(text)
            else:
                block, self._block = self._block, Block()
                yield block

    def _take(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._block.data.append(value)
        elif name == "event":
            self._block.type = value
        elif name == "id" and "\0" not in value:
            self._block.id = value
        elif name == "retry" and value.isascii() and value.isdigit():
            self.retry = min(int(value[:9]), LONGEST_RETRY) / 1000


class Following:
    """Where a stream stands over all its connections: behind which event, and whether it has ended for good."""

    def __init__(self, last_event_id: str | int | None) -> None:
        self.last_event_id = str(last_event_id) if isinstance(last_event_id, int) else last_event_id
        self.is_over = False
        self.retry = 2.0  # seconds before it is taken up again, until the server says another number
        self.broke_off = ""
        self._blocks = 0  # of this connection
        self._began_behind = self.last_event_id
        self._parser = Parser()

    def connected(self) -> None:
        """A connection begins: half a block of the one before is forgotten."""
        self._parser, self._blocks, self._began_behind = Parser(), 0, self.last_event_id
        self.broke_off = "The connection ended in the middle of the stream."

    @property
    def is_alive(self) -> bool:
        """Whether this connection has led further, or told more than its greeting: a sign of life every 15 s."""
        return self.last_event_id != self._began_behind or self._blocks > GREETING

    def feed(self, piece: bytes) -> Iterator[Event]:
        """The events in a piece. Raises Unauthorized, Forbidden or StreamEnded where the server ended it so.

        ApiError for what the API does not write.
        """
        for block in self._parser.feed(piece):
            self.retry = self.retry if self._parser.retry is None else self._parser.retry
            if block.type == "end":
                self._end(block)
                return
            event = _event(block) if block.data else None
            self._blocks += 1
            # Moved on before the event is given out: who is cut off while handling it has it.
            self.last_event_id = block.id or self.last_event_id
            if event:
                yield event

    def _end(self, block: Block) -> None:
        """The server's last word: the goal is told to its end, it can be taken up again, or it is over."""
        told = _told(block, {"reason": str})
        reason, message = told["reason"], told.get("message", "")
        if reason == "goal_ended":
            self.is_over = True
        elif reason in GO_ON:
            self.broke_off = message or reason
        elif reason == "unauthorized":
            raise Unauthorized(401, {"name": reason, "message": message})
        elif reason == "forbidden_role":
            raise Forbidden(403, {"name": reason, "message": message})
        else:
            raise StreamEnded(reason, message)


def _event(block: Block) -> Event:
    told = _told(block, {})
    return Event(
        str(told.get("id", block.id)), told.get("type", block.type), told.get("data", {}), told.get("timestamp", "")
    )


def _told(block: Block, needed: dict[str, type]) -> dict[str, Any]:
    """What stands in a block, with members of the types that the API gives them. Raises ApiError for anything else."""
    data = "\n".join(block.data)
    try:
        told = parsed(data)
    except ValueError:
        raise not_ours(200, f"an event that is no JSON: {data}") from None
    shape = {name: kind for name, kind in MEMBERS.items() if isinstance(told, dict) and name in told}
    if not fits(told, shape | needed):
        raise not_ours(200, f"an event of another form: {data}")
    return cast(dict[str, Any], told)
