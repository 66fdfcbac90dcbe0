from typing import Literal

DuplicateKind = Literal["exact", "near"]

DUPLICATE_KIND_VALUES: set[DuplicateKind] = {
    "exact",
    "near",
}


def check_duplicate_kind(value: str) -> DuplicateKind:
    if value in DUPLICATE_KIND_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {DUPLICATE_KIND_VALUES!r}"
    )
