from typing import Literal

PriceInterval = Literal["month"]

PRICE_INTERVAL_VALUES: set[PriceInterval] = {
    "month",
}


def check_price_interval(value: str) -> PriceInterval:
    if value in PRICE_INTERVAL_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {PRICE_INTERVAL_VALUES!r}"
    )
