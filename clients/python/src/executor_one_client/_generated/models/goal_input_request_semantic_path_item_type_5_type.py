from typing import Literal

GoalInputRequestSemanticPathItemType5Type = Literal["database"]

GOAL_INPUT_REQUEST_SEMANTIC_PATH_ITEM_TYPE_5_TYPE_VALUES: set[
    GoalInputRequestSemanticPathItemType5Type
] = {
    "database",
}


def check_goal_input_request_semantic_path_item_type_5_type(
    value: str,
) -> GoalInputRequestSemanticPathItemType5Type:
    if value in GOAL_INPUT_REQUEST_SEMANTIC_PATH_ITEM_TYPE_5_TYPE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {GOAL_INPUT_REQUEST_SEMANTIC_PATH_ITEM_TYPE_5_TYPE_VALUES!r}"
    )
