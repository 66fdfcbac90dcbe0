from typing import Literal

GoalInputRequestPriority = Literal["critical", "high", "low", "normal"]

GOAL_INPUT_REQUEST_PRIORITY_VALUES: set[GoalInputRequestPriority] = {
    "critical",
    "high",
    "low",
    "normal",
}


def check_goal_input_request_priority(value: str) -> GoalInputRequestPriority:
    if value in GOAL_INPUT_REQUEST_PRIORITY_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {GOAL_INPUT_REQUEST_PRIORITY_VALUES!r}"
    )
