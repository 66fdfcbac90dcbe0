"""The order of memories: importance x recency, as one stored number (E-R27).

Relevance = importance x 0.5^(age / 7 days), its age counted from the last write or access. Every memory fades at the
same pace, so their order never changes by itself: ln(relevance) = ln(importance) + lambda x (time - now), and without
the `now` that all share, it is a number that an index can hold.
"""

from __future__ import annotations

from math import exp, log

HALF_LIFE_SECONDS = 7 * 86400
LAMBDA = log(2) / HALF_LIFE_SECONDS
LEAST = 3e-308  # an importance of 0 has no logarithm; so far down that no age of another brings it there


def rank(importance: float, touched: float) -> float:
    """The number to order by; `touched` is the time of the last write or access, in seconds since 1970."""
    return log(max(importance, LEAST)) + LAMBDA * touched


def relevance(rank: float, now: float) -> float:
    """What a stored rank means now: 0-1, the importance of what was touched this very moment."""
    return min(1.0, exp(rank - LAMBDA * now))


def after(prefix: str) -> str:
    """The least text greater than every text with this prefix, in the order of code points (collation "C").

    Empty: there is none. LIKE would say the same, but behind row-level security it finds by no index.
    """
    for at in range(len(prefix) - 1, -1, -1):
        point = ord(prefix[at])
        if point < 0x10FFFF:
            return prefix[:at] + chr(0xE000 if point == 0xD7FF else point + 1)  # no text holds a surrogate
    return ""
