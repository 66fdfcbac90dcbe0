from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Income")


@_attrs_define
class Income:
    """What one plan brings a month.

    Attributes:
        tier (str): The code of the plan.
        accounts (int): How many pay for it, late ones too.
        cents (int): A month, in the currency's smallest unit.
        currency (str):
    """

    tier: str
    accounts: int
    cents: int
    currency: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        tier = self.tier

        accounts = self.accounts

        cents = self.cents

        currency = self.currency

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "tier": tier,
                "accounts": accounts,
                "cents": cents,
                "currency": currency,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        tier = d.pop("tier")

        accounts = d.pop("accounts")

        cents = d.pop("cents")

        currency = d.pop("currency")

        income = cls(
            tier=tier,
            accounts=accounts,
            cents=cents,
            currency=currency,
        )

        income.additional_properties = d
        return income

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
