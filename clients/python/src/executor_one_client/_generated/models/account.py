from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.account_limits import AccountLimits


T = TypeVar("T", bound="Account")


@_attrs_define
class Account:
    """The account, its plan and the plan's limits; null is unlimited.

    Attributes:
        id (str):
        email (str):
        name (str):
        plan (str):
        verified (bool):
        limits (AccountLimits):
        created_at (datetime.datetime):
    """

    id: str
    email: str
    name: str
    plan: str
    verified: bool
    limits: AccountLimits
    created_at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        email = self.email

        name = self.name

        plan = self.plan

        verified = self.verified

        limits = self.limits.to_dict()

        created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "email": email,
                "name": name,
                "plan": plan,
                "verified": verified,
                "limits": limits,
                "createdAt": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.account_limits import AccountLimits

        d = dict(src_dict)
        id = d.pop("id")

        email = d.pop("email")

        name = d.pop("name")

        plan = d.pop("plan")

        verified = d.pop("verified")

        limits = AccountLimits.from_dict(d.pop("limits"))

        created_at = datetime.datetime.fromisoformat(d.pop("createdAt"))

        account = cls(
            id=id,
            email=email,
            name=name,
            plan=plan,
            verified=verified,
            limits=limits,
            created_at=created_at,
        )

        account.additional_properties = d
        return account

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
