from typing import Literal

GoalInputRequestSemanticPathItemType4Type = Literal["docker"]

GOAL_INPUT_REQUEST_SEMANTIC_PATH_ITEM_TYPE_4_TYPE_VALUES: set[
    GoalInputRequestSemanticPathItemType4Type
] = {
    "docker",
}


def check_goal_input_request_semantic_path_item_type_4_type(
    value: str,
) -> GoalInputRequestSemanticPathItemType4Type:
    if value in GOAL_INPUT_REQUEST_SEMANTIC_PATH_ITEM_TYPE_4_TYPE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {GOAL_INPUT_REQUEST_SEMANTIC_PATH_ITEM_TYPE_4_TYPE_VALUES!r}"
    )
