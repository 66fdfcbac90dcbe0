from typing import Literal

WebhooksDeliveriesState = Literal["dead", "delivered", "pending"]

WEBHOOKS_DELIVERIES_STATE_VALUES: set[WebhooksDeliveriesState] = {
    "dead",
    "delivered",
    "pending",
}


def check_webhooks_deliveries_state(value: str) -> WebhooksDeliveriesState:
    if value in WEBHOOKS_DELIVERIES_STATE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {WEBHOOKS_DELIVERIES_STATE_VALUES!r}"
    )
