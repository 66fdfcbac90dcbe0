from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.identity_role import IdentityRole, check_identity_role

if TYPE_CHECKING:
    from ..models.me import Me


T = TypeVar("T", bound="Identity")


@_attrs_define
class Identity:
    """Who calls.

    Attributes:
        user (Me | None): Null for an API key.
        account_id (str):
        role (IdentityRole): * `viewer` - Viewer
            * `operator` - Operator
            * `developer` - Developer
            * `admin` - Admin
            * `owner` - Owner
        permissions (list[str]):
    """

    user: Me | None
    account_id: str
    role: IdentityRole
    permissions: list[str]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.me import Me

        user: dict[str, Any] | None
        if isinstance(self.user, Me):
            user = self.user.to_dict()
        else:
            user = self.user

        account_id = self.account_id

        role: str = self.role

        permissions = self.permissions

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "user": user,
                "accountId": account_id,
                "role": role,
                "permissions": permissions,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.me import Me

        d = dict(src_dict)

        def _parse_user(data: object) -> Me | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                user_type_0 = Me.from_dict(data)

                return user_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Me | None, data)

        user = _parse_user(d.pop("user"))

        account_id = d.pop("accountId")

        role = check_identity_role(d.pop("role"))

        permissions = cast(list[str], d.pop("permissions"))

        identity = cls(
            user=user,
            account_id=account_id,
            role=role,
            permissions=permissions,
        )

        identity.additional_properties = d
        return identity

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
