"""When a delivery is tried again: exponential backoff with full jitter, for a day. Plain values."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

DAY = timedelta(hours=24)  # after which a delivery is given up
LEAST, FIRST, LONGEST = 1.0, 5.0, 4 * 3600.0  # seconds


def ceiling(failed: int) -> float:
    """The longest wait after so many failed tries, in seconds: 5, 10, 20 ... 4 hours."""
    return min(LONGEST, FIRST * 2.0 ** min(failed - 1, 20))


def next_try(begun_at: datetime, failed: int, now: datetime) -> datetime | None:
    """When it is tried after `failed` tries; None: that was the last one.

    Anything from a second to the ceiling, so that what failed together does not come back together. The last try is
    a day after the first at the latest, and never much earlier.
    """
    end = begun_at + DAY
    if now >= end:
        return None
    wait = random.uniform(LEAST, ceiling(failed))  # noqa: S311 - spreads load, guards nothing
    return min(now + timedelta(seconds=wait), end)
