"""Text for people: made harmless, and numbers and times as one says them. Pure."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

# What a terminal would obey. Whoever wrote the output of a task must not move the cursor, set the title or the
# clipboard, or turn the direction of what stands beside it.
# Sequences go whole; each ESC matches one of the first three.
SEQUENCE = re.compile(
    r"(?:\x1b[\]PX^_]|[\x90\x98\x9d\x9e\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"  # OSC, DCS, SOS, PM, APC
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # CSI
    r"|\x1b[ -/]*[0-~]?"  # every other escape
)
CONTROL = (
    r"\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but tab and newline, DEL, C1
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # the direction of writing
    r"\u2028\u2029\ufeff\U000e0000-\U000e007f"  # other ends of lines, marks and tags that nobody sees
)
UNSEEN = re.compile(f"[{CONTROL}]")
SURROGATE = re.compile(r"[\ud800-\udfff]")
IN_JSON = re.compile(f"[{CONTROL}\ud800-\udfff]")


def clean(text: object) -> str:
    """The text without anything that a terminal obeys; its lines and tabs stay. A bare return ends a line."""
    plain = SEQUENCE.sub("", str(text).replace("\r\n", "\n").replace("\r", "\n"))
    return SURROGATE.sub("\ufffd", UNSEEN.sub("", plain))


def one_line(text: object, width: int = 0) -> str:
    """Harmless text in one line; cut to `width` characters, where that is not 0."""
    line = " ".join(clean(text).split())
    return f"{line[: width - 1]}…" if 0 < width < len(line) else line


def as_json(document: Any) -> str:
    """JSON for people and programs; what a terminal would obey is written as \\uXXXX, so it is the same document."""
    return IN_JSON.sub(_escaped, json.dumps(document, indent=2, ensure_ascii=False))


def _escaped(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1]  # they only stand inside of strings: json itself writes none of them


def duration(seconds: float) -> str:
    """In the largest sensible unit: 840 ms, 3.2 s, 4 min 10 s, 2 h 5 min."""
    if round(seconds * 1000) < 1000:
        return f"{max(0, round(seconds * 1000))} ms"
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def moment(text: str | None) -> datetime | None:
    """An ISO 8601 time of the API; None for none, or one that cannot be read."""
    try:
        read = datetime.fromisoformat(str(text)) if text else None
    except ValueError:
        return None
    return read.replace(tzinfo=UTC) if read and read.tzinfo is None else read


def ago(text: str | None) -> str:
    """How long ago, or in how long: "3 min ago", "in 2 h"; "never" for None."""
    at = moment(text)
    if at is None:
        return "never"
    seconds = (datetime.now(UTC) - at).total_seconds()
    units = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
    size, unit = next((one for one in units if abs(seconds) >= one[0]), (1, "s"))
    number = int(abs(seconds) // size)
    return f"{number} {unit} ago" if seconds >= 0 else f"in {number} {unit}"
