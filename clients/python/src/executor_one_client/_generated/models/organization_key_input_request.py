from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.organization_key_input_request_role import (
    OrganizationKeyInputRequestRole,
    check_organization_key_input_request_role,
)
from ..models.organization_key_input_request_scopes_item import (
    OrganizationKeyInputRequestScopesItem,
    check_organization_key_input_request_scopes_item,
)
from ..types import UNSET, Unset

T = TypeVar("T", bound="OrganizationKeyInputRequest")


@_attrs_define
class OrganizationKeyInputRequest:
    """What POST /organizations/{orgId}/api-keys takes; only a name is needed.

    Attributes:
        name (str):
        role (OrganizationKeyInputRequestRole | Unset): At most your own; yours when not said.

            * `viewer` - Viewer
            * `operator` - Operator
            * `developer` - Developer
            * `admin` - Admin
            * `owner` - Owner
        scopes (list[OrganizationKeyInputRequestScopesItem] | Unset): Narrows what the role may; all of it when not
            said, but for credentials.read, which must be named.
        expires_at (datetime.datetime | None | Unset):
        description (str | Unset):
    """

    name: str
    role: OrganizationKeyInputRequestRole | Unset = UNSET
    scopes: list[OrganizationKeyInputRequestScopesItem] | Unset = UNSET
    expires_at: datetime.datetime | None | Unset = UNSET
    description: str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        role: str | Unset = UNSET
        if not isinstance(self.role, Unset):
            role = self.role

        scopes: list[str] | Unset = UNSET
        if not isinstance(self.scopes, Unset):
            scopes = []
            for scopes_item_data in self.scopes:
                scopes_item: str = scopes_item_data
                scopes.append(scopes_item)

        expires_at: None | str | Unset
        if isinstance(self.expires_at, Unset):
            expires_at = UNSET
        elif isinstance(self.expires_at, datetime.datetime):
            expires_at = self.expires_at.isoformat()
        else:
            expires_at = self.expires_at

        description = self.description

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
            }
        )
        if role is not UNSET:
            field_dict["role"] = role
        if scopes is not UNSET:
            field_dict["scopes"] = scopes
        if expires_at is not UNSET:
            field_dict["expiresAt"] = expires_at
        if description is not UNSET:
            field_dict["description"] = description

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        name = d.pop("name")

        _role = d.pop("role", UNSET)
        role: OrganizationKeyInputRequestRole | Unset
        if isinstance(_role, Unset):
            role = UNSET
        else:
            role = check_organization_key_input_request_role(_role)

        _scopes = d.pop("scopes", UNSET)
        scopes: list[OrganizationKeyInputRequestScopesItem] | Unset = UNSET
        if _scopes is not UNSET:
            scopes = []
            for scopes_item_data in _scopes:
                scopes_item = check_organization_key_input_request_scopes_item(
                    scopes_item_data
                )

                scopes.append(scopes_item)

        def _parse_expires_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                expires_at_type_0 = datetime.datetime.fromisoformat(data)

                return expires_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        expires_at = _parse_expires_at(d.pop("expiresAt", UNSET))

        description = d.pop("description", UNSET)

        organization_key_input_request = cls(
            name=name,
            role=role,
            scopes=scopes,
            expires_at=expires_at,
            description=description,
        )

        return organization_key_input_request
