from typing import Literal

OrganizationKeyRole = Literal["admin", "developer", "operator", "owner", "viewer"]

ORGANIZATION_KEY_ROLE_VALUES: set[OrganizationKeyRole] = {
    "admin",
    "developer",
    "operator",
    "owner",
    "viewer",
}


def check_organization_key_role(value: str) -> OrganizationKeyRole:
    if value in ORGANIZATION_KEY_ROLE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {ORGANIZATION_KEY_ROLE_VALUES!r}"
    )
