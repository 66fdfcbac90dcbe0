"""Which task goes first: a score from priority, deadline, age and what waits for it. Pure."""

from goals.formulas import WEIGHTS, nearness


def score(*, priority: str, seconds_left: float | None, age_seconds: float, dependents: int) -> float:
    """Higher goes first; equal scores go in the order of creation.

    100 x priority weight + 100 x (nearness - 0.5) + a third of a point a minute of age (an hour at most, so that
    nothing starves) + one point for each task that waits for this one (10 at most).
    """
    return (
        100 * WEIGHTS[priority]
        + 100 * (nearness(seconds_left) - 0.5)
        + min(max(0.0, age_seconds) / 60, 60) / 3
        + min(dependents, 10)
    )
