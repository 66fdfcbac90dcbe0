"""The published formulas of ExecutorState (E12): every value is between 0 and 1. Pure."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WEIGHTS = {"low": 0.25, "normal": 0.5, "high": 0.75, "critical": 1.0}
HORIZON_SECONDS = 24 * 3600.0
FATIGUE_SECONDS = 600.0


def nearness(seconds_left: float | None) -> float:
    """0.5 without a deadline or a day before it, rising to 1 when it has passed."""
    if seconds_left is None:
        return 0.5
    return 1 - 0.5 * min(1.0, max(0.0, seconds_left) / HORIZON_SECONDS)


def urgency(goals: Iterable[tuple[str, float | None]]) -> float:
    """The most pressing open goal: max of priority weight x nearness; 0 with nothing open."""
    return max((WEIGHTS[priority] * nearness(left) for priority, left in goals), default=0.0)


def confidence(succeeded: int, failed: int) -> float:
    """The smoothed share of goals that succeed; 0.65 before the first one (a Beta(13, 7) prior)."""
    return (succeeded + 13) / (succeeded + failed + 20)


def fatigue(before: float, busy_share: float, seconds: float) -> float:
    """The share of busy slots, averaged exponentially over ten minutes."""
    kept = math.exp(-max(0.0, seconds) / FATIGUE_SECONDS)
    return before * kept + busy_share * (1 - kept)


def curiosity(novel: int, recent: int) -> float:
    """The smoothed share of recent goals (50 at most) that no crystallized task tree answered; 0.3 at first."""
    return (novel + 3) / (recent + 10)


@dataclass(frozen=True)
class Sensed:
    """What the four values of an account come from, as it is at this moment."""

    opened: Sequence[tuple[str, float | None]]  # of each open goal its priority and the seconds to its deadline
    succeeded: int
    failed: int
    novel: int  # of the `recent` goals, those that no crystallized task tree answered
    recent: int
    active: int  # tasks released or running
    fatigue: float  # `seconds` ago
    busy_share: float  # since then, as long as tasks are active
    seconds: float

    def values(self) -> dict[str, float]:
        """The four values, to four digits."""
        values = {
            "urgency": urgency(self.opened),
            "confidence": confidence(self.succeeded, self.failed),
            "fatigue": fatigue(self.fatigue, self.busy_share if self.active else 0, self.seconds),
            "curiosity": curiosity(self.novel, self.recent),
        }
        return {name: round(value, 4) for name, value in values.items()}
