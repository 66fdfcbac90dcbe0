from typing import Literal

CorrectionSource = Literal["catalogue", "customer", "learned"]

CORRECTION_SOURCE_VALUES: set[CorrectionSource] = {
    "catalogue",
    "customer",
    "learned",
}


def check_correction_source(value: str) -> CorrectionSource:
    if value in CORRECTION_SOURCE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {CORRECTION_SOURCE_VALUES!r}"
    )
