"""Which task goes first: a score from priority, deadline, age and what waits for it. Pure.

    score = 100 x priority weight + 100 x (nearness - 0.5) + minutes of age / 3 + min(dependents, 10)

The score of a waiting task rises with time, but every score rises alike, but for deadlines inside their last day,
which rise alike among themselves. So what a score is at one moment, the epoch, orders the tasks at any moment: these
are the two stored ranks, and an index finds the best task without looking at the others.
"""

from goals.formulas import HORIZON_SECONDS, WEIGHTS

AGE = 1 / 180  # points a second
NEARNESS = 50 / HORIZON_SECONDS  # points a second, in the last day before the deadline


def rank(*, priority: str, created: float, dependents: int) -> float:
    """The score at the epoch (1970), without the deadline. `created` in seconds since then."""
    return 100 * WEIGHTS[priority] + min(dependents, 10) - AGE * created


def deadline_rank(rank: float, deadline: float) -> float:
    """The same with the deadline (seconds since the epoch), as if the last day before it were long enough."""
    return rank + 50 - NEARNESS * deadline


def score(rank: float, deadline_rank: float | None, now: float) -> float:
    """The score at a moment (seconds since the epoch): higher goes first, equal ones in the order of creation.

    An hour of age is worth 20 points, so nothing starves: after four hours a low one goes before a new critical one.
    """
    calm = rank + AGE * now
    if deadline_rank is None:
        return calm
    pressed = deadline_rank + (AGE + NEARNESS) * now
    return max(calm, min(pressed, calm + 50))
