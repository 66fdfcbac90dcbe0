from typing import Literal

DeliveryShownState = Literal["dead", "delivered", "pending"]

DELIVERY_SHOWN_STATE_VALUES: set[DeliveryShownState] = {
    "dead",
    "delivered",
    "pending",
}


def check_delivery_shown_state(value: str) -> DeliveryShownState:
    if value in DELIVERY_SHOWN_STATE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {DELIVERY_SHOWN_STATE_VALUES!r}"
    )
