from typing import Literal

PreviewPlannerType1 = Literal["crystallized", "keyword", "llm", "path"]

PREVIEW_PLANNER_TYPE_1_VALUES: set[PreviewPlannerType1] = {
    "crystallized",
    "keyword",
    "llm",
    "path",
}


def check_preview_planner_type_1(value: str) -> PreviewPlannerType1:
    if value in PREVIEW_PLANNER_TYPE_1_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {PREVIEW_PLANNER_TYPE_1_VALUES!r}"
    )
