from typing import Literal

ActivityActorType = Literal["agent", "system", "user"]

ACTIVITY_ACTOR_TYPE_VALUES: set[ActivityActorType] = {
    "agent",
    "system",
    "user",
}


def check_activity_actor_type(value: str) -> ActivityActorType:
    if value in ACTIVITY_ACTOR_TYPE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {ACTIVITY_ACTOR_TYPE_VALUES!r}"
    )
