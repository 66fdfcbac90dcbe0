from typing import Literal

KeyInputRequestRole = Literal["admin", "developer", "operator", "owner", "viewer"]

KEY_INPUT_REQUEST_ROLE_VALUES: set[KeyInputRequestRole] = {
    "admin",
    "developer",
    "operator",
    "owner",
    "viewer",
}


def check_key_input_request_role(value: str) -> KeyInputRequestRole:
    if value in KEY_INPUT_REQUEST_ROLE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {KEY_INPUT_REQUEST_ROLE_VALUES!r}"
    )
