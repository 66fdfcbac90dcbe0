from typing import Literal

TaskState = Literal[
    "cancelled",
    "completed",
    "delayed",
    "ended",
    "failed",
    "released",
    "running",
    "skipped",
    "waiting",
]

TASK_STATE_VALUES: set[TaskState] = {
    "cancelled",
    "completed",
    "delayed",
    "ended",
    "failed",
    "released",
    "running",
    "skipped",
    "waiting",
}


def check_task_state(value: str) -> TaskState:
    if value in TASK_STATE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {TASK_STATE_VALUES!r}"
    )
