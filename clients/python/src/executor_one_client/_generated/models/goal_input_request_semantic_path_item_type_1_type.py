from typing import Literal

GoalInputRequestSemanticPathItemType1Type = Literal["shell"]

GOAL_INPUT_REQUEST_SEMANTIC_PATH_ITEM_TYPE_1_TYPE_VALUES: set[
    GoalInputRequestSemanticPathItemType1Type
] = {
    "shell",
}


def check_goal_input_request_semantic_path_item_type_1_type(
    value: str,
) -> GoalInputRequestSemanticPathItemType1Type:
    if value in GOAL_INPUT_REQUEST_SEMANTIC_PATH_ITEM_TYPE_1_TYPE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {GOAL_INPUT_REQUEST_SEMANTIC_PATH_ITEM_TYPE_1_TYPE_VALUES!r}"
    )
