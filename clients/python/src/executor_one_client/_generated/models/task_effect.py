from typing import Literal

TaskEffect = Literal["external", "idempotent", "pure"]

TASK_EFFECT_VALUES: set[TaskEffect] = {
    "external",
    "idempotent",
    "pure",
}


def check_task_effect(value: str) -> TaskEffect:
    if value in TASK_EFFECT_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {TASK_EFFECT_VALUES!r}"
    )
