"""What an account's commands may reach: the list as it is kept. Plain values."""

from __future__ import annotations

from collections.abc import Sequence

from actuators.given import Refused
from actuators.outbound.names import LONGEST as LONGEST_NAME
from actuators.outbound.names import pattern_of

MOST = 50
LONGEST = LONGEST_NAME + len("*.")


class Wrong(Exception):
    """An entry that cannot be kept; the text says which and why."""


def hosts_of(given: Sequence[str]) -> list[str]:
    """`example.com` or `*.example.com` each, in the spelling that the proxy compares, each once, in their order."""
    found = list(dict.fromkeys(_host_of(raw) for raw in given))
    if len(found) > MOST:
        raise Wrong(f"These are more than {MOST}.")
    return found


def _host_of(raw: str) -> str:
    try:
        return pattern_of(raw)
    except Refused as refused:
        raise Wrong(f"{raw!r}: {refused}") from None
