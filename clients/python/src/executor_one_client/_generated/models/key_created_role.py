from typing import Literal

KeyCreatedRole = Literal["admin", "developer", "operator", "owner", "viewer"]

KEY_CREATED_ROLE_VALUES: set[KeyCreatedRole] = {
    "admin",
    "developer",
    "operator",
    "owner",
    "viewer",
}


def check_key_created_role(value: str) -> KeyCreatedRole:
    if value in KEY_CREATED_ROLE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {KEY_CREATED_ROLE_VALUES!r}"
    )
