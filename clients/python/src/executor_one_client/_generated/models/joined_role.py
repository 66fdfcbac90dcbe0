from typing import Literal

JoinedRole = Literal["admin", "developer", "operator", "owner", "viewer"]

JOINED_ROLE_VALUES: set[JoinedRole] = {
    "admin",
    "developer",
    "operator",
    "owner",
    "viewer",
}


def check_joined_role(value: str) -> JoinedRole:
    if value in JOINED_ROLE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {JOINED_ROLE_VALUES!r}"
    )
