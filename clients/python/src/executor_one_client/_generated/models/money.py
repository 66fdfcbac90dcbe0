from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.cost import Cost
    from ..models.income import Income


T = TypeVar("T", bound="Money")


@_attrs_define
class Money:
    """The installation's month.

    Attributes:
        month (datetime.date): Its first day.
        mrr (list[Income]):
        costs (list[Cost]):
        llm_calls (int): Requests to the language model this month, of all accounts.
    """

    month: datetime.date
    mrr: list[Income]
    costs: list[Cost]
    llm_calls: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        month = self.month.isoformat()

        mrr = []
        for mrr_item_data in self.mrr:
            mrr_item = mrr_item_data.to_dict()
            mrr.append(mrr_item)

        costs = []
        for costs_item_data in self.costs:
            costs_item = costs_item_data.to_dict()
            costs.append(costs_item)

        llm_calls = self.llm_calls

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "month": month,
                "mrr": mrr,
                "costs": costs,
                "llmCalls": llm_calls,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.cost import Cost
        from ..models.income import Income

        d = dict(src_dict)
        month = datetime.date.fromisoformat(d.pop("month"))

        mrr = []
        _mrr = d.pop("mrr")
        for mrr_item_data in _mrr:
            mrr_item = Income.from_dict(mrr_item_data)

            mrr.append(mrr_item)

        costs = []
        _costs = d.pop("costs")
        for costs_item_data in _costs:
            costs_item = Cost.from_dict(costs_item_data)

            costs.append(costs_item)

        llm_calls = d.pop("llmCalls")

        money = cls(
            month=month,
            mrr=mrr,
            costs=costs,
            llm_calls=llm_calls,
        )

        money.additional_properties = d
        return money

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
