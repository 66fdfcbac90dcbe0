from typing import Literal

GoalsListState = Literal[
    "cancelled", "completed", "executing", "failed", "pending", "planning"
]

GOALS_LIST_STATE_VALUES: set[GoalsListState] = {
    "cancelled",
    "completed",
    "executing",
    "failed",
    "pending",
    "planning",
}


def check_goals_list_state(value: str) -> GoalsListState:
    if value in GOALS_LIST_STATE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {GOALS_LIST_STATE_VALUES!r}"
    )
