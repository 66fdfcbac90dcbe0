from typing import Literal

ActivityInputRequestActorType = Literal["agent", "system", "user"]

ACTIVITY_INPUT_REQUEST_ACTOR_TYPE_VALUES: set[ActivityInputRequestActorType] = {
    "agent",
    "system",
    "user",
}


def check_activity_input_request_actor_type(
    value: str,
) -> ActivityInputRequestActorType:
    if value in ACTIVITY_INPUT_REQUEST_ACTOR_TYPE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {ACTIVITY_INPUT_REQUEST_ACTOR_TYPE_VALUES!r}"
    )
