from typing import Literal

CostKind = Literal["ai", "infrastructure", "other"]

COST_KIND_VALUES: set[CostKind] = {
    "ai",
    "infrastructure",
    "other",
}


def check_cost_kind(value: str) -> CostKind:
    if value in COST_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {COST_KIND_VALUES!r}")
