from typing import Literal

PlanChangeStatus = Literal["checkout", "requested", "resumed", "scheduled"]

PLAN_CHANGE_STATUS_VALUES: set[PlanChangeStatus] = {
    "checkout",
    "requested",
    "resumed",
    "scheduled",
}


def check_plan_change_status(value: str) -> PlanChangeStatus:
    if value in PLAN_CHANGE_STATUS_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {PLAN_CHANGE_STATUS_VALUES!r}"
    )
