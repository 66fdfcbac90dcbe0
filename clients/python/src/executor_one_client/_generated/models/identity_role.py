from typing import Literal

IdentityRole = Literal["admin", "developer", "operator", "owner", "viewer"]

IDENTITY_ROLE_VALUES: set[IdentityRole] = {
    "admin",
    "developer",
    "operator",
    "owner",
    "viewer",
}


def check_identity_role(value: str) -> IdentityRole:
    if value in IDENTITY_ROLE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {IDENTITY_ROLE_VALUES!r}"
    )
