from typing import Literal

InvitationInputRequestRole = Literal[
    "admin", "developer", "operator", "owner", "viewer"
]

INVITATION_INPUT_REQUEST_ROLE_VALUES: set[InvitationInputRequestRole] = {
    "admin",
    "developer",
    "operator",
    "owner",
    "viewer",
}


def check_invitation_input_request_role(value: str) -> InvitationInputRequestRole:
    if value in INVITATION_INPUT_REQUEST_ROLE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {INVITATION_INPUT_REQUEST_ROLE_VALUES!r}"
    )
