from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="PackagePrice")


@_attrs_define
class PackagePrice:
    """What a package costs, once.

    Attributes:
        amount_cents (int): In the smallest unit of the currency: 500 is 5.00.
        currency (str): ISO 4217, in lower case.
        per_call_cents (float): The same for one call.
    """

    amount_cents: int
    currency: str
    per_call_cents: float
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        amount_cents = self.amount_cents

        currency = self.currency

        per_call_cents = self.per_call_cents

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "amountCents": amount_cents,
                "currency": currency,
                "perCallCents": per_call_cents,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        amount_cents = d.pop("amountCents")

        currency = d.pop("currency")

        per_call_cents = d.pop("perCallCents")

        package_price = cls(
            amount_cents=amount_cents,
            currency=currency,
            per_call_cents=per_call_cents,
        )

        package_price.additional_properties = d
        return package_price

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
