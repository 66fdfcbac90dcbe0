from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.price_interval import PriceInterval, check_price_interval

T = TypeVar("T", bound="Price")


@_attrs_define
class Price:
    """What a month costs.

    Attributes:
        amount_cents (int): In the smallest unit of the currency: 2900 is 29.00.
        currency (str): ISO 4217, in lower case.
        interval (PriceInterval): * `month` - month
    """

    amount_cents: int
    currency: str
    interval: PriceInterval
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        amount_cents = self.amount_cents

        currency = self.currency

        interval: str = self.interval

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "amountCents": amount_cents,
                "currency": currency,
                "interval": interval,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        amount_cents = d.pop("amountCents")

        currency = d.pop("currency")

        interval = check_price_interval(d.pop("interval"))

        price = cls(
            amount_cents=amount_cents,
            currency=currency,
            interval=interval,
        )

        price.additional_properties = d
        return price

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
