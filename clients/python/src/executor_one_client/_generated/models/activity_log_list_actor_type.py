from typing import Literal

ActivityLogListActorType = Literal["agent", "system", "user"]

ACTIVITY_LOG_LIST_ACTOR_TYPE_VALUES: set[ActivityLogListActorType] = {
    "agent",
    "system",
    "user",
}


def check_activity_log_list_actor_type(value: str) -> ActivityLogListActorType:
    if value in ACTIVITY_LOG_LIST_ACTOR_TYPE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {ACTIVITY_LOG_LIST_ACTOR_TYPE_VALUES!r}"
    )
