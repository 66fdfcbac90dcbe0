from typing import Literal

ReceivedState = Literal["done", "ignored"]

RECEIVED_STATE_VALUES: set[ReceivedState] = {
    "done",
    "ignored",
}


def check_received_state(value: str) -> ReceivedState:
    if value in RECEIVED_STATE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {RECEIVED_STATE_VALUES!r}"
    )
