"""Where a correction stands: by how often it worked it is preferred, crystallized or retired (E-R31). Pure."""

from __future__ import annotations

from dataclasses import dataclass

RETIRED_BELOW = 0.3
CRYSTALLIZED_AFTER = 5  # uses
UNDECIDED_TASKS = 5  # that failed otherwise after a fix that never worked: together they count as one failure of it


@dataclass(frozen=True)
class Standing:
    """Where a correction stands after a use."""

    times_used: int
    times_worked: int
    rank: float
    crystallize: bool
    retire: bool


def after_use(times_used: int, times_worked: int, worked: bool) -> Standing:
    """Where a correction stands once another use of it has ended.

    rank = (worked + 1) / (used + 2). Crystallized when it worked in more than 0.8 of more than 5 uses (E-R31, both
    strictly), retired when its rank is below 0.3: not applied any more, though kept.
    """
    used, good = times_used + 1, times_worked + worked
    rank = (good + 1) / (used + 2)
    crystallize = used > CRYSTALLIZED_AFTER and good * 10 > used * 8  # whole numbers: 0.8 has no exact float
    return Standing(used, good, rank, crystallize, rank < RETIRED_BELOW)
