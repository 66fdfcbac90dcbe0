from typing import Literal

GoalInputRequestSemanticPathItemType5ParamsEngine = Literal[
    "mysql", "postgresql", "sqlite"
]

GOAL_INPUT_REQUEST_SEMANTIC_PATH_ITEM_TYPE_5_PARAMS_ENGINE_VALUES: set[
    GoalInputRequestSemanticPathItemType5ParamsEngine
] = {
    "mysql",
    "postgresql",
    "sqlite",
}


def check_goal_input_request_semantic_path_item_type_5_params_engine(
    value: str,
) -> GoalInputRequestSemanticPathItemType5ParamsEngine:
    if value in GOAL_INPUT_REQUEST_SEMANTIC_PATH_ITEM_TYPE_5_PARAMS_ENGINE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {GOAL_INPUT_REQUEST_SEMANTIC_PATH_ITEM_TYPE_5_PARAMS_ENGINE_VALUES!r}"
    )
