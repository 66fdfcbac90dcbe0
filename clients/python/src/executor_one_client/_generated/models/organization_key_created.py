from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.organization_key_created_role import (
    OrganizationKeyCreatedRole,
    check_organization_key_created_role,
)
from ..types import UNSET, Unset

T = TypeVar("T", bound="OrganizationKeyCreated")


@_attrs_define
class OrganizationKeyCreated:
    """A new key with its secret, shown this once.

    Attributes:
        id (str):
        name (str):
        prefix (str):
        role (OrganizationKeyCreatedRole): * `viewer` - Viewer
            * `operator` - Operator
            * `developer` - Developer
            * `admin` - Admin
            * `owner` - Owner
        is_active (bool): Whether a request with it is let in.
        grace_until (datetime.datetime | None): Of a rotated one: until when it still works; null for others.
        api_key (str): exo_...
        description (str | Unset):
        scopes (list[str] | Unset):
        created_at (datetime.datetime | Unset):
        last_used_at (datetime.datetime | None | Unset):
        last_ip (None | str | Unset): From where it was last used.
        requests (int | Unset): How many requests it made, at least: each web process writes what it counted within a
            minute, and what it had not written when it was killed is missing.
        expires_at (datetime.datetime | None | Unset):
        paused_at (datetime.datetime | None | Unset): Since when it is refused, until it is resumed.
        revoked_at (datetime.datetime | None | Unset):
        replaces (str | Unset): The id of the key in whose place it is.
    """

    id: str
    name: str
    prefix: str
    role: OrganizationKeyCreatedRole
    is_active: bool
    grace_until: datetime.datetime | None
    api_key: str
    description: str | Unset = UNSET
    scopes: list[str] | Unset = UNSET
    created_at: datetime.datetime | Unset = UNSET
    last_used_at: datetime.datetime | None | Unset = UNSET
    last_ip: None | str | Unset = UNSET
    requests: int | Unset = UNSET
    expires_at: datetime.datetime | None | Unset = UNSET
    paused_at: datetime.datetime | None | Unset = UNSET
    revoked_at: datetime.datetime | None | Unset = UNSET
    replaces: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        name = self.name

        prefix = self.prefix

        role: str = self.role

        is_active = self.is_active

        grace_until: None | str
        if isinstance(self.grace_until, datetime.datetime):
            grace_until = self.grace_until.isoformat()
        else:
            grace_until = self.grace_until

        api_key = self.api_key

        description = self.description

        scopes: list[str] | Unset = UNSET
        if not isinstance(self.scopes, Unset):
            scopes = self.scopes

        created_at: str | Unset = UNSET
        if not isinstance(self.created_at, Unset):
            created_at = self.created_at.isoformat()

        last_used_at: None | str | Unset
        if isinstance(self.last_used_at, Unset):
            last_used_at = UNSET
        elif isinstance(self.last_used_at, datetime.datetime):
            last_used_at = self.last_used_at.isoformat()
        else:
            last_used_at = self.last_used_at

        last_ip: None | str | Unset
        if isinstance(self.last_ip, Unset):
            last_ip = UNSET
        else:
            last_ip = self.last_ip

        requests = self.requests

        expires_at: None | str | Unset
        if isinstance(self.expires_at, Unset):
            expires_at = UNSET
        elif isinstance(self.expires_at, datetime.datetime):
            expires_at = self.expires_at.isoformat()
        else:
            expires_at = self.expires_at

        paused_at: None | str | Unset
        if isinstance(self.paused_at, Unset):
            paused_at = UNSET
        elif isinstance(self.paused_at, datetime.datetime):
            paused_at = self.paused_at.isoformat()
        else:
            paused_at = self.paused_at

        revoked_at: None | str | Unset
        if isinstance(self.revoked_at, Unset):
            revoked_at = UNSET
        elif isinstance(self.revoked_at, datetime.datetime):
            revoked_at = self.revoked_at.isoformat()
        else:
            revoked_at = self.revoked_at

        replaces = self.replaces

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "name": name,
                "prefix": prefix,
                "role": role,
                "isActive": is_active,
                "graceUntil": grace_until,
                "apiKey": api_key,
            }
        )
        if description is not UNSET:
            field_dict["description"] = description
        if scopes is not UNSET:
            field_dict["scopes"] = scopes
        if created_at is not UNSET:
            field_dict["createdAt"] = created_at
        if last_used_at is not UNSET:
            field_dict["lastUsedAt"] = last_used_at
        if last_ip is not UNSET:
            field_dict["lastIp"] = last_ip
        if requests is not UNSET:
            field_dict["requests"] = requests
        if expires_at is not UNSET:
            field_dict["expiresAt"] = expires_at
        if paused_at is not UNSET:
            field_dict["pausedAt"] = paused_at
        if revoked_at is not UNSET:
            field_dict["revokedAt"] = revoked_at
        if replaces is not UNSET:
            field_dict["replaces"] = replaces

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        name = d.pop("name")

        prefix = d.pop("prefix")

        role = check_organization_key_created_role(d.pop("role"))

        is_active = d.pop("isActive")

        def _parse_grace_until(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                grace_until_type_0 = datetime.datetime.fromisoformat(data)

                return grace_until_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        grace_until = _parse_grace_until(d.pop("graceUntil"))

        api_key = d.pop("apiKey")

        description = d.pop("description", UNSET)

        scopes = cast(list[str], d.pop("scopes", UNSET))

        _created_at = d.pop("createdAt", UNSET)
        created_at: datetime.datetime | Unset
        if isinstance(_created_at, Unset):
            created_at = UNSET
        else:
            created_at = datetime.datetime.fromisoformat(_created_at)

        def _parse_last_used_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                last_used_at_type_0 = datetime.datetime.fromisoformat(data)

                return last_used_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        last_used_at = _parse_last_used_at(d.pop("lastUsedAt", UNSET))

        def _parse_last_ip(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        last_ip = _parse_last_ip(d.pop("lastIp", UNSET))

        requests = d.pop("requests", UNSET)

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

        def _parse_paused_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                paused_at_type_0 = datetime.datetime.fromisoformat(data)

                return paused_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        paused_at = _parse_paused_at(d.pop("pausedAt", UNSET))

        def _parse_revoked_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                revoked_at_type_0 = datetime.datetime.fromisoformat(data)

                return revoked_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        revoked_at = _parse_revoked_at(d.pop("revokedAt", UNSET))

        replaces = d.pop("replaces", UNSET)

        organization_key_created = cls(
            id=id,
            name=name,
            prefix=prefix,
            role=role,
            is_active=is_active,
            grace_until=grace_until,
            api_key=api_key,
            description=description,
            scopes=scopes,
            created_at=created_at,
            last_used_at=last_used_at,
            last_ip=last_ip,
            requests=requests,
            expires_at=expires_at,
            paused_at=paused_at,
            revoked_at=revoked_at,
            replaces=replaces,
        )

        organization_key_created.additional_properties = d
        return organization_key_created

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
