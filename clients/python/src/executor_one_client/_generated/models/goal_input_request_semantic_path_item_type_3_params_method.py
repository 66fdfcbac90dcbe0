from typing import Literal

GoalInputRequestSemanticPathItemType3ParamsMethod = Literal[
    "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"
]

GOAL_INPUT_REQUEST_SEMANTIC_PATH_ITEM_TYPE_3_PARAMS_METHOD_VALUES: set[
    GoalInputRequestSemanticPathItemType3ParamsMethod
] = {
    "DELETE",
    "GET",
    "HEAD",
    "OPTIONS",
    "PATCH",
    "POST",
    "PUT",
}


def check_goal_input_request_semantic_path_item_type_3_params_method(
    value: str,
) -> GoalInputRequestSemanticPathItemType3ParamsMethod:
    if value in GOAL_INPUT_REQUEST_SEMANTIC_PATH_ITEM_TYPE_3_PARAMS_METHOD_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {GOAL_INPUT_REQUEST_SEMANTIC_PATH_ITEM_TYPE_3_PARAMS_METHOD_VALUES!r}"
    )
