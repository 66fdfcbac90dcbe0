"""How far a tree is trusted: the mean of a Beta distribution whose memory is bounded."""

from __future__ import annotations

HIT_SCORE = 0.55
"""A tree below this is not used, crystallized or not."""
MEMORY = 6
"""Outcomes that count: when the world changes, a tree with 1,000 successes must be given up as soon as one with 6."""


def after_use(successes: int, failures: int, succeeded: bool, *, score: float | None = None) -> tuple[int, int, float]:
    """The counts and the score after one more outcome.

    `score` is the one before; None stands for what a Beta(1, 1) prior makes of the counts. The first success gives 2/3,
    a failure then 1/2 (below HIT_SCORE), a success then 3/5. A tree of many successes bears three failures in a row.
    """
    strength = min(successes + failures + 2, MEMORY)
    before = (successes + 1) / (successes + failures + 2) if score is None else min(max(score, 0.0), 1.0)
    if successes + failures == 0:
        before = 0.5
    after = (before * strength + succeeded) / (strength + 1)
    return successes + succeeded, failures + (not succeeded), after
