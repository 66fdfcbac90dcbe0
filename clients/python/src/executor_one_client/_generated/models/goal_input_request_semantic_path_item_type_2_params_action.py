from typing import Literal

GoalInputRequestSemanticPathItemType2ParamsAction = Literal[
    "append", "delete", "mkdir", "read", "write"
]

GOAL_INPUT_REQUEST_SEMANTIC_PATH_ITEM_TYPE_2_PARAMS_ACTION_VALUES: set[
    GoalInputRequestSemanticPathItemType2ParamsAction
] = {
    "append",
    "delete",
    "mkdir",
    "read",
    "write",
}


def check_goal_input_request_semantic_path_item_type_2_params_action(
    value: str,
) -> GoalInputRequestSemanticPathItemType2ParamsAction:
    if value in GOAL_INPUT_REQUEST_SEMANTIC_PATH_ITEM_TYPE_2_PARAMS_ACTION_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {GOAL_INPUT_REQUEST_SEMANTIC_PATH_ITEM_TYPE_2_PARAMS_ACTION_VALUES!r}"
    )
