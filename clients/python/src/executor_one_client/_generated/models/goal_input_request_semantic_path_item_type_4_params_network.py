from typing import Literal

GoalInputRequestSemanticPathItemType4ParamsNetwork = Literal["none", "private"]

GOAL_INPUT_REQUEST_SEMANTIC_PATH_ITEM_TYPE_4_PARAMS_NETWORK_VALUES: set[
    GoalInputRequestSemanticPathItemType4ParamsNetwork
] = {
    "none",
    "private",
}


def check_goal_input_request_semantic_path_item_type_4_params_network(
    value: str,
) -> GoalInputRequestSemanticPathItemType4ParamsNetwork:
    if value in GOAL_INPUT_REQUEST_SEMANTIC_PATH_ITEM_TYPE_4_PARAMS_NETWORK_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {GOAL_INPUT_REQUEST_SEMANTIC_PATH_ITEM_TYPE_4_PARAMS_NETWORK_VALUES!r}"
    )
