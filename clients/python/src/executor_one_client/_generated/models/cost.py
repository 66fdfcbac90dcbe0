from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.cost_kind import CostKind, check_cost_kind

T = TypeVar("T", bound="Cost")


@_attrs_define
class Cost:
    """What one kind of cost is this month, as staff entered it.

    Attributes:
        kind (CostKind): * `infrastructure` - Infrastructure
            * `ai` - Ai
            * `other` - Other
        cents (int):
        currency (str):
    """

    kind: CostKind
    cents: int
    currency: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        kind: str = self.kind

        cents = self.cents

        currency = self.currency

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "kind": kind,
                "cents": cents,
                "currency": currency,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        kind = check_cost_kind(d.pop("kind"))

        cents = d.pop("cents")

        currency = d.pop("currency")

        cost = cls(
            kind=kind,
            cents=cents,
            currency=currency,
        )

        cost.additional_properties = d
        return cost

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
