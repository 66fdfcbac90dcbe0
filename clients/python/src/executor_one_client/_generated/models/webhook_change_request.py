from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="WebhookChangeRequest")


@_attrs_define
class WebhookChangeRequest:
    """What PATCH /webhooks/{id} takes: any of these.

    Attributes:
        url (str | Unset): https, at most 2,000 characters; no user and password in it, no unusual port.
        types (list[str] | Unset): Types of events such as goal.completed, families such as goal.*, or "*" for all; at
            most 50.
        description (str | Unset):
        is_active (bool | Unset): false: nothing is sent; true: what happens from then on is.
    """

    url: str | Unset = UNSET
    types: list[str] | Unset = UNSET
    description: str | Unset = UNSET
    is_active: bool | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        url = self.url

        types: list[str] | Unset = UNSET
        if not isinstance(self.types, Unset):
            types = self.types

        description = self.description

        is_active = self.is_active

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if url is not UNSET:
            field_dict["url"] = url
        if types is not UNSET:
            field_dict["types"] = types
        if description is not UNSET:
            field_dict["description"] = description
        if is_active is not UNSET:
            field_dict["isActive"] = is_active

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        url = d.pop("url", UNSET)

        types = cast(list[str], d.pop("types", UNSET))

        description = d.pop("description", UNSET)

        is_active = d.pop("isActive", UNSET)

        webhook_change_request = cls(
            url=url,
            types=types,
            description=description,
            is_active=is_active,
        )

        return webhook_change_request
