from typing import Literal

MemoryListMode = Literal["prefix", "semantic"]

MEMORY_LIST_MODE_VALUES: set[MemoryListMode] = {
    "prefix",
    "semantic",
}


def check_memory_list_mode(value: str) -> MemoryListMode:
    if value in MEMORY_LIST_MODE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {MEMORY_LIST_MODE_VALUES!r}"
    )
