from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Economics")


@_attrs_define
class Economics:
    """What costs money, and in which order it is used.

    Attributes:
        metered (list[str]): The limits that a package adds to.
        order (list[str]): What is used first, and then.
        expires (bool): Whether bought calls expire.
        overage (bool): Whether anything is billed beyond what was bought before.
        buyers (list[str]): Tiers that can buy packages.
        refunds (str): What happens to bought calls when their money goes back.
    """

    metered: list[str]
    order: list[str]
    expires: bool
    overage: bool
    buyers: list[str]
    refunds: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        metered = self.metered

        order = self.order

        expires = self.expires

        overage = self.overage

        buyers = self.buyers

        refunds = self.refunds

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "metered": metered,
                "order": order,
                "expires": expires,
                "overage": overage,
                "buyers": buyers,
                "refunds": refunds,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        metered = cast(list[str], d.pop("metered"))

        order = cast(list[str], d.pop("order"))

        expires = d.pop("expires")

        overage = d.pop("overage")

        buyers = cast(list[str], d.pop("buyers"))

        refunds = d.pop("refunds")

        economics = cls(
            metered=metered,
            order=order,
            expires=expires,
            overage=overage,
            buyers=buyers,
            refunds=refunds,
        )

        economics.additional_properties = d
        return economics

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
