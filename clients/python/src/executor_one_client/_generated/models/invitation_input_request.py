from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.invitation_input_request_role import (
    InvitationInputRequestRole,
    check_invitation_input_request_role,
)
from ..types import UNSET, Unset

T = TypeVar("T", bound="InvitationInputRequest")


@_attrs_define
class InvitationInputRequest:
    """Who is to join, and with which role.

    Attributes:
        email (str):
        role (InvitationInputRequestRole | Unset): At most your own.

            * `viewer` - Viewer
            * `operator` - Operator
            * `developer` - Developer
            * `admin` - Admin
            * `owner` - Owner Default: 'developer'.
    """

    email: str
    role: InvitationInputRequestRole | Unset = "developer"

    def to_dict(self) -> dict[str, Any]:
        email = self.email

        role: str | Unset = UNSET
        if not isinstance(self.role, Unset):
            role = self.role

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "email": email,
            }
        )
        if role is not UNSET:
            field_dict["role"] = role

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        email = d.pop("email")

        _role = d.pop("role", UNSET)
        role: InvitationInputRequestRole | Unset
        if isinstance(_role, Unset):
            role = UNSET
        else:
            role = check_invitation_input_request_role(_role)

        invitation_input_request = cls(
            email=email,
            role=role,
        )

        return invitation_input_request
