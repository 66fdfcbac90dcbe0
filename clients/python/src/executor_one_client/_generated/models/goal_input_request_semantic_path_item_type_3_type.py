from typing import Literal

GoalInputRequestSemanticPathItemType3Type = Literal["http-client"]

GOAL_INPUT_REQUEST_SEMANTIC_PATH_ITEM_TYPE_3_TYPE_VALUES: set[
    GoalInputRequestSemanticPathItemType3Type
] = {
    "http-client",
}


def check_goal_input_request_semantic_path_item_type_3_type(
    value: str,
) -> GoalInputRequestSemanticPathItemType3Type:
    if value in GOAL_INPUT_REQUEST_SEMANTIC_PATH_ITEM_TYPE_3_TYPE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {GOAL_INPUT_REQUEST_SEMANTIC_PATH_ITEM_TYPE_3_TYPE_VALUES!r}"
    )
