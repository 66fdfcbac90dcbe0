"""What a statement answered, in JSON and within its caps."""

from __future__ import annotations

import base64
import datetime
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LONGEST_DOCUMENT = 2 << 20  # characters; a longer one does not fit into any answer, however it is spelled
MOST_DEEP = 64  # lists within lists of a JSON value; deeper ones are answered as their text
NOT_NUMBERS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}  # PostgreSQL's words, which JavaScript shares


@dataclass(frozen=True)
class Statement:
    """One statement, what is bound to it, and what its answer may take."""

    sql: str
    params: Sequence[Any] | Mapping[str, Any] | None
    read_only: bool
    max_rows: int
    max_bytes: int


class Answer:
    """Collects rows until they are too many or too long."""

    def __init__(self, statement: Statement) -> None:
        self.columns: list[dict[str, str]] = []
        self.rows: list[list[Any]] = []
        self.truncated = False
        self.affected: int | None = None
        self._seen = 0
        self._max_rows = statement.max_rows
        self._room = statement.max_bytes

    def add(self, row: Iterable[Any]) -> bool:
        """Keep a row when it fits; False when it does not, and then no later one does."""
        self._seen += 1
        row = list(row)
        if self.truncated or len(self.rows) >= self._max_rows or _length(row) > self._room:
            self.truncated = True
            return False
        values = [plain(value) for value in row]
        self._room -= len(json.dumps(values)) + 2
        if self._room < 0:
            self.truncated = True
            return False
        self.rows.append(values)
        return True

    def skip(self) -> bool:
        """A row came that is too long to be looked at; False, as ``add`` says it."""
        self._seen += 1
        self.truncated = True
        return False

    def told(self, count: int, *, truncated: bool) -> None:
        """What somebody else who counted the rows says of them."""
        self._seen = self.affected = count
        self.truncated = self.truncated or truncated

    def data(self) -> dict[str, Any]:
        """``rowCount`` is of all rows that came, or, of a statement without rows, of those that it changed."""
        count = self._seen if self.columns or self.affected is None else self.affected
        return {"columns": self.columns, "rows": self.rows, "rowCount": count, "truncated": self.truncated}


def plain(value: Any) -> Any:
    """``value`` as JSON has it; as text where JSON has no such type, and bytes in base64."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return text(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else NOT_NUMBERS[str(value)]
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.date | datetime.time):  # a datetime is a date
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {text(str(name)): plain(item) for name, item in value.items()}
    return text(str(value))


def document(raw: str) -> Any:
    """A JSON value; its text where it is none, nor one that can be taken apart and put together again."""
    if len(raw) > LONGEST_DOCUMENT:
        return raw
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return raw
    return value if _is_flat(value, MOST_DEEP) else raw


def _is_flat(value: Any, left: int) -> bool:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return left > 0 and all(_is_flat(item, left - 1) for item in items)


def _length(row: Iterable[Any]) -> int:
    """A row has at least as many bytes: what is much too long need not be spelled to be counted."""
    return sum(len(value) for value in row if isinstance(value, str | bytes))


def text(value: str) -> str:
    """``value`` without what cannot be stored: NUL, and halves of characters, become U+FFFD."""
    if not value.isascii():
        value = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return value.replace("\0", "\ufffd")
