from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.organization_key_change_request_scopes_item import (
    OrganizationKeyChangeRequestScopesItem,
    check_organization_key_change_request_scopes_item,
)
from ..types import UNSET, Unset

T = TypeVar("T", bound="OrganizationKeyChangeRequest")


@_attrs_define
class OrganizationKeyChangeRequest:
    """What can be changed of a key; what is not given stays.

    Attributes:
        name (str | Unset):
        description (str | Unset):
        scopes (list[OrganizationKeyChangeRequestScopesItem] | Unset): Each of them one that you have.
        is_active (bool | Unset): false: refused from the next request on, until it is true again.
    """

    name: str | Unset = UNSET
    description: str | Unset = UNSET
    scopes: list[OrganizationKeyChangeRequestScopesItem] | Unset = UNSET
    is_active: bool | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        description = self.description

        scopes: list[str] | Unset = UNSET
        if not isinstance(self.scopes, Unset):
            scopes = []
            for scopes_item_data in self.scopes:
                scopes_item: str = scopes_item_data
                scopes.append(scopes_item)

        is_active = self.is_active

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if name is not UNSET:
            field_dict["name"] = name
        if description is not UNSET:
            field_dict["description"] = description
        if scopes is not UNSET:
            field_dict["scopes"] = scopes
        if is_active is not UNSET:
            field_dict["isActive"] = is_active

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        name = d.pop("name", UNSET)

        description = d.pop("description", UNSET)

        _scopes = d.pop("scopes", UNSET)
        scopes: list[OrganizationKeyChangeRequestScopesItem] | Unset = UNSET
        if _scopes is not UNSET:
            scopes = []
            for scopes_item_data in _scopes:
                scopes_item = check_organization_key_change_request_scopes_item(
                    scopes_item_data
                )

                scopes.append(scopes_item)

        is_active = d.pop("isActive", UNSET)

        organization_key_change_request = cls(
            name=name,
            description=description,
            scopes=scopes,
            is_active=is_active,
        )

        return organization_key_change_request
