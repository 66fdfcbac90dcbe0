from typing import Literal

AttemptRung = Literal["alternative", "backoff", "first", "known_fix"]

ATTEMPT_RUNG_VALUES: set[AttemptRung] = {
    "alternative",
    "backoff",
    "first",
    "known_fix",
}


def check_attempt_rung(value: str) -> AttemptRung:
    if value in ATTEMPT_RUNG_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {ATTEMPT_RUNG_VALUES!r}"
    )
