from typing import Literal

GoalsListSort = Literal[
    "-createdAt",
    "-deadline",
    "-finishedAt",
    "-state",
    "createdAt",
    "deadline",
    "finishedAt",
    "state",
]

GOALS_LIST_SORT_VALUES: set[GoalsListSort] = {
    "-createdAt",
    "-deadline",
    "-finishedAt",
    "-state",
    "createdAt",
    "deadline",
    "finishedAt",
    "state",
}


def check_goals_list_sort(value: str) -> GoalsListSort:
    if value in GOALS_LIST_SORT_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {GOALS_LIST_SORT_VALUES!r}"
    )
