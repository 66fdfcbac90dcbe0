from typing import Literal

PreviewPlannerType2Type1 = Literal["crystallized", "keyword", "llm", "path"]

PREVIEW_PLANNER_TYPE_2_TYPE_1_VALUES: set[PreviewPlannerType2Type1] = {
    "crystallized",
    "keyword",
    "llm",
    "path",
}


def check_preview_planner_type_2_type_1(value: str) -> PreviewPlannerType2Type1:
    if value in PREVIEW_PLANNER_TYPE_2_TYPE_1_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {PREVIEW_PLANNER_TYPE_2_TYPE_1_VALUES!r}"
    )
