from typing import Literal

GoalsListPriority = Literal["critical", "high", "low", "normal"]

GOALS_LIST_PRIORITY_VALUES: set[GoalsListPriority] = {
    "critical",
    "high",
    "low",
    "normal",
}


def check_goals_list_priority(value: str) -> GoalsListPriority:
    if value in GOALS_LIST_PRIORITY_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {GOALS_LIST_PRIORITY_VALUES!r}"
    )
