from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="WebhookShown")


@_attrs_define
class WebhookShown:
    """A webhook with its secret: when it is made or rotated, and never again.

    Attributes:
        id (str):
        url (str):
        types (list[str]): Types of events, families like "goal.*", or "*".
        failing_since (datetime.datetime | None): When a delivery was given up first since the last one that succeeded;
            null: none was.
        previous_secret_until (None | str): Until when the secret before the last rotation signs too; null: there is
            none.
        created_by (str): Who made it: user:... or key:...
        secret (str): whsec_...; this text, as it is, keys the signature.
        description (str | Unset):
        is_active (bool | Unset):
        disabled_at (datetime.datetime | None | Unset): Since when it is off.
        disabled_for (str | Unset): Why, in words.
        created_at (datetime.datetime | Unset):
        updated_at (datetime.datetime | Unset):
    """

    id: str
    url: str
    types: list[str]
    failing_since: datetime.datetime | None
    previous_secret_until: None | str
    created_by: str
    secret: str
    description: str | Unset = UNSET
    is_active: bool | Unset = UNSET
    disabled_at: datetime.datetime | None | Unset = UNSET
    disabled_for: str | Unset = UNSET
    created_at: datetime.datetime | Unset = UNSET
    updated_at: datetime.datetime | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        url = self.url

        types = self.types

        failing_since: None | str
        if isinstance(self.failing_since, datetime.datetime):
            failing_since = self.failing_since.isoformat()
        else:
            failing_since = self.failing_since

        previous_secret_until: None | str
        previous_secret_until = self.previous_secret_until

        created_by = self.created_by

        secret = self.secret

        description = self.description

        is_active = self.is_active

        disabled_at: None | str | Unset
        if isinstance(self.disabled_at, Unset):
            disabled_at = UNSET
        elif isinstance(self.disabled_at, datetime.datetime):
            disabled_at = self.disabled_at.isoformat()
        else:
            disabled_at = self.disabled_at

        disabled_for = self.disabled_for

        created_at: str | Unset = UNSET
        if not isinstance(self.created_at, Unset):
            created_at = self.created_at.isoformat()

        updated_at: str | Unset = UNSET
        if not isinstance(self.updated_at, Unset):
            updated_at = self.updated_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "url": url,
                "types": types,
                "failingSince": failing_since,
                "previousSecretUntil": previous_secret_until,
                "createdBy": created_by,
                "secret": secret,
            }
        )
        if description is not UNSET:
            field_dict["description"] = description
        if is_active is not UNSET:
            field_dict["isActive"] = is_active
        if disabled_at is not UNSET:
            field_dict["disabledAt"] = disabled_at
        if disabled_for is not UNSET:
            field_dict["disabledFor"] = disabled_for
        if created_at is not UNSET:
            field_dict["createdAt"] = created_at
        if updated_at is not UNSET:
            field_dict["updatedAt"] = updated_at

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        url = d.pop("url")

        types = cast(list[str], d.pop("types"))

        def _parse_failing_since(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                failing_since_type_0 = datetime.datetime.fromisoformat(data)

                return failing_since_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        failing_since = _parse_failing_since(d.pop("failingSince"))

        def _parse_previous_secret_until(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        previous_secret_until = _parse_previous_secret_until(
            d.pop("previousSecretUntil")
        )

        created_by = d.pop("createdBy")

        secret = d.pop("secret")

        description = d.pop("description", UNSET)

        is_active = d.pop("isActive", UNSET)

        def _parse_disabled_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                disabled_at_type_0 = datetime.datetime.fromisoformat(data)

                return disabled_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        disabled_at = _parse_disabled_at(d.pop("disabledAt", UNSET))

        disabled_for = d.pop("disabledFor", UNSET)

        _created_at = d.pop("createdAt", UNSET)
        created_at: datetime.datetime | Unset
        if isinstance(_created_at, Unset):
            created_at = UNSET
        else:
            created_at = datetime.datetime.fromisoformat(_created_at)

        _updated_at = d.pop("updatedAt", UNSET)
        updated_at: datetime.datetime | Unset
        if isinstance(_updated_at, Unset):
            updated_at = UNSET
        else:
            updated_at = datetime.datetime.fromisoformat(_updated_at)

        webhook_shown = cls(
            id=id,
            url=url,
            types=types,
            failing_since=failing_since,
            previous_secret_until=previous_secret_until,
            created_by=created_by,
            secret=secret,
            description=description,
            is_active=is_active,
            disabled_at=disabled_at,
            disabled_for=disabled_for,
            created_at=created_at,
            updated_at=updated_at,
        )

        webhook_shown.additional_properties = d
        return webhook_shown

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
