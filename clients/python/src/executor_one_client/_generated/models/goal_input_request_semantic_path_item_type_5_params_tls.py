from typing import Literal

GoalInputRequestSemanticPathItemType5ParamsTls = Literal["encrypt", "off", "verify"]

GOAL_INPUT_REQUEST_SEMANTIC_PATH_ITEM_TYPE_5_PARAMS_TLS_VALUES: set[
    GoalInputRequestSemanticPathItemType5ParamsTls
] = {
    "encrypt",
    "off",
    "verify",
}


def check_goal_input_request_semantic_path_item_type_5_params_tls(
    value: str,
) -> GoalInputRequestSemanticPathItemType5ParamsTls:
    if value in GOAL_INPUT_REQUEST_SEMANTIC_PATH_ITEM_TYPE_5_PARAMS_TLS_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {GOAL_INPUT_REQUEST_SEMANTIC_PATH_ITEM_TYPE_5_PARAMS_TLS_VALUES!r}"
    )
