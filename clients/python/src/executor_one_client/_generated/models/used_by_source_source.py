from typing import Literal

UsedBySourceSource = Literal["key", "other", "user"]

USED_BY_SOURCE_SOURCE_VALUES: set[UsedBySourceSource] = {
    "key",
    "other",
    "user",
}


def check_used_by_source_source(value: str) -> UsedBySourceSource:
    if value in USED_BY_SOURCE_SOURCE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {USED_BY_SOURCE_SOURCE_VALUES!r}"
    )
