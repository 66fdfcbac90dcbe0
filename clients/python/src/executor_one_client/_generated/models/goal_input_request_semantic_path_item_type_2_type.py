from typing import Literal

GoalInputRequestSemanticPathItemType2Type = Literal["file-writer"]

GOAL_INPUT_REQUEST_SEMANTIC_PATH_ITEM_TYPE_2_TYPE_VALUES: set[
    GoalInputRequestSemanticPathItemType2Type
] = {
    "file-writer",
}


def check_goal_input_request_semantic_path_item_type_2_type(
    value: str,
) -> GoalInputRequestSemanticPathItemType2Type:
    if value in GOAL_INPUT_REQUEST_SEMANTIC_PATH_ITEM_TYPE_2_TYPE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {GOAL_INPUT_REQUEST_SEMANTIC_PATH_ITEM_TYPE_2_TYPE_VALUES!r}"
    )
