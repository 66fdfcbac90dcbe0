from typing import Literal

GoalState = Literal[
    "cancelled", "completed", "executing", "failed", "pending", "planning"
]

GOAL_STATE_VALUES: set[GoalState] = {
    "cancelled",
    "completed",
    "executing",
    "failed",
    "pending",
    "planning",
}


def check_goal_state(value: str) -> GoalState:
    if value in GOAL_STATE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {GOAL_STATE_VALUES!r}"
    )
