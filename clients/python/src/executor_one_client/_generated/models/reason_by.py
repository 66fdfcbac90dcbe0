from typing import Literal

ReasonBy = Literal["meaning", "prefix", "tags", "words"]

REASON_BY_VALUES: set[ReasonBy] = {
    "meaning",
    "prefix",
    "tags",
    "words",
}


def check_reason_by(value: str) -> ReasonBy:
    if value in REASON_BY_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {REASON_BY_VALUES!r}")
