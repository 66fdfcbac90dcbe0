from typing import Literal

OrganizationKeyInputRequestRole = Literal[
    "admin", "developer", "operator", "owner", "viewer"
]

ORGANIZATION_KEY_INPUT_REQUEST_ROLE_VALUES: set[OrganizationKeyInputRequestRole] = {
    "admin",
    "developer",
    "operator",
    "owner",
    "viewer",
}


def check_organization_key_input_request_role(
    value: str,
) -> OrganizationKeyInputRequestRole:
    if value in ORGANIZATION_KEY_INPUT_REQUEST_ROLE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {ORGANIZATION_KEY_INPUT_REQUEST_ROLE_VALUES!r}"
    )
