from typing import Literal

OrganizationKeyCreatedRole = Literal[
    "admin", "developer", "operator", "owner", "viewer"
]

ORGANIZATION_KEY_CREATED_ROLE_VALUES: set[OrganizationKeyCreatedRole] = {
    "admin",
    "developer",
    "operator",
    "owner",
    "viewer",
}


def check_organization_key_created_role(value: str) -> OrganizationKeyCreatedRole:
    if value in ORGANIZATION_KEY_CREATED_ROLE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {ORGANIZATION_KEY_CREATED_ROLE_VALUES!r}"
    )
