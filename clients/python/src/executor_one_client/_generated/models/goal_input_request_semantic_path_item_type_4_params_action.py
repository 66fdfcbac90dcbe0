from typing import Literal

GoalInputRequestSemanticPathItemType4ParamsAction = Literal[
    "build", "exec", "logs", "pull", "remove", "run", "stop"
]

GOAL_INPUT_REQUEST_SEMANTIC_PATH_ITEM_TYPE_4_PARAMS_ACTION_VALUES: set[
    GoalInputRequestSemanticPathItemType4ParamsAction
] = {
    "build",
    "exec",
    "logs",
    "pull",
    "remove",
    "run",
    "stop",
}


def check_goal_input_request_semantic_path_item_type_4_params_action(
    value: str,
) -> GoalInputRequestSemanticPathItemType4ParamsAction:
    if value in GOAL_INPUT_REQUEST_SEMANTIC_PATH_ITEM_TYPE_4_PARAMS_ACTION_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {GOAL_INPUT_REQUEST_SEMANTIC_PATH_ITEM_TYPE_4_PARAMS_ACTION_VALUES!r}"
    )
