from typing import Literal

GoalPriority = Literal["critical", "high", "low", "normal"]

GOAL_PRIORITY_VALUES: set[GoalPriority] = {
    "critical",
    "high",
    "low",
    "normal",
}


def check_goal_priority(value: str) -> GoalPriority:
    if value in GOAL_PRIORITY_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {GOAL_PRIORITY_VALUES!r}"
    )
