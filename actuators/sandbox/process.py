"""Telling one process from a later one that got the same number."""

from __future__ import annotations

from pathlib import Path


def started(pid: int) -> str:
    """Start time of a process in clock ticks since boot; "" when there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    return text.rpartition(")")[2].split()[19]
