from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.role_input_request_role import (
    RoleInputRequestRole,
    check_role_input_request_role,
)

T = TypeVar("T", bound="RoleInputRequest")


@_attrs_define
class RoleInputRequest:
    """The role that a member shall have.

    Attributes:
        role (RoleInputRequestRole): At most your own.

            * `viewer` - Viewer
            * `operator` - Operator
            * `developer` - Developer
            * `admin` - Admin
            * `owner` - Owner
    """

    role: RoleInputRequestRole

    def to_dict(self) -> dict[str, Any]:
        role: str = self.role

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "role": role,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        role = check_role_input_request_role(d.pop("role"))

        role_input_request = cls(
            role=role,
        )

        return role_input_request
