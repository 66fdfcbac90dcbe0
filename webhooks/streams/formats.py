"""Events as the bytes that each kind of target takes. Plain values.

An event is what GET /api/v1/audit/events shows, field for field: docs/examples/verify_audit.py verifies what arrived.
All is ASCII, other characters are escaped as JSON escapes them: no reader breaks a line or a character in the middle.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

Event = Mapping[str, Any]

SOURCE, SOURCE_TYPE = "executor.one", "executor:audit"
PRIORITY = 13 * 8 + 6  # facility 13, log audit; severity 6, informational (RFC 5424, 6.2.1)
LONGEST_MSGID = 32
# Private names need an enterprise number; this is the one that RFC 5612 gives to whoever has none.
STRUCTURE = "executor@32473"
CONTENT_TYPES = {"array": "application/json", "ndjson": "application/x-ndjson"}


def compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def hec(events: Iterable[Event], host: str) -> bytes:
    """What Splunk's HTTP Event Collector takes: objects one after the other."""
    return "".join(
        compact(
            {
                "time": datetime.fromisoformat(event["createdAt"]).timestamp(),
                "host": host,
                "source": SOURCE,
                "sourcetype": SOURCE_TYPE,
                "event": event,
            }
        )
        for event in events
    ).encode("ascii")


def array(events: Iterable[Event]) -> bytes:
    """One JSON array."""
    return compact(list(events)).encode("ascii")


def ndjson(events: Iterable[Event]) -> bytes:
    """An event a line."""
    return "".join(f"{compact(event)}\n" for event in events).encode("ascii")


def syslog(events: Iterable[Event], host: str) -> bytes:
    """Messages of RFC 5424, each behind the count of its octets (RFC 6587, 3.4.1; RFC 5425)."""
    return b"".join(b"%d %s" % (len(message), message) for message in (_message(event, host) for event in events))


def _message(event: Event, host: str) -> bytes:
    named = {"account": event["account"], "seq": event["seq"], "hash": event["hash"]}
    structure = " ".join([STRUCTURE, *(f'{name}="{_quoted(value)}"' for name, value in named.items())])
    head = f"<{PRIORITY}>1 {event['createdAt']} {host} {SOURCE} - {event['type'][:LONGEST_MSGID]}"
    return f"{head} [{structure}] {compact(event)}".encode("ascii")


def _quoted(value: Any) -> str:
    """As RFC 5424, 6.3.3 asks of a value."""
    return str(value).replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\]")
