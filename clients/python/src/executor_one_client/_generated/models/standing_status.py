from typing import Literal

StandingStatus = Literal["active", "ended", "none", "past_due", "unpaid"]

STANDING_STATUS_VALUES: set[StandingStatus] = {
    "active",
    "ended",
    "none",
    "past_due",
    "unpaid",
}


def check_standing_status(value: str) -> StandingStatus:
    if value in STANDING_STATUS_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {STANDING_STATUS_VALUES!r}"
    )
