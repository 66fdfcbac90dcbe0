from typing import Literal

EntryKind = Literal["bought", "given", "refunded", "used"]

ENTRY_KIND_VALUES: set[EntryKind] = {
    "bought",
    "given",
    "refunded",
    "used",
}


def check_entry_kind(value: str) -> EntryKind:
    if value in ENTRY_KIND_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {ENTRY_KIND_VALUES!r}"
    )
