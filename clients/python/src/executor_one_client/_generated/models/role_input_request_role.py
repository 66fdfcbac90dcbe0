from typing import Literal

RoleInputRequestRole = Literal["admin", "developer", "operator", "owner", "viewer"]

ROLE_INPUT_REQUEST_ROLE_VALUES: set[RoleInputRequestRole] = {
    "admin",
    "developer",
    "operator",
    "owner",
    "viewer",
}


def check_role_input_request_role(value: str) -> RoleInputRequestRole:
    if value in ROLE_INPUT_REQUEST_ROLE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {ROLE_INPUT_REQUEST_ROLE_VALUES!r}"
    )
