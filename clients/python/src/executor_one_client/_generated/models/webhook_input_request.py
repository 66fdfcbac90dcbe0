from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="WebhookInputRequest")


@_attrs_define
class WebhookInputRequest:
    """What POST /webhooks takes.

    Attributes:
        url (str): https, at most 2,000 characters; no user and password in it, no unusual port.
        types (list[str]): Types of events such as goal.completed, families such as goal.*, or "*" for all; at most 50.
        description (str | Unset):  Default: ''.
    """

    url: str
    types: list[str]
    description: str | Unset = ""

    def to_dict(self) -> dict[str, Any]:
        url = self.url

        types = self.types

        description = self.description

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "url": url,
                "types": types,
            }
        )
        if description is not UNSET:
            field_dict["description"] = description

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        url = d.pop("url")

        types = cast(list[str], d.pop("types"))

        description = d.pop("description", UNSET)

        webhook_input_request = cls(
            url=url,
            types=types,
            description=description,
        )

        return webhook_input_request
