from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="UsedOnDay")


@_attrs_define
class UsedOnDay:
    """What was used on one day (UTC).

    Attributes:
        day (datetime.date):
        goals (int): Goals stated that count towards the plan.
        llm_calls (int): Requests to a language model for the goals of this day.
    """

    day: datetime.date
    goals: int
    llm_calls: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        day = self.day.isoformat()

        goals = self.goals

        llm_calls = self.llm_calls

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "day": day,
                "goals": goals,
                "llmCalls": llm_calls,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        day = datetime.date.fromisoformat(d.pop("day"))

        goals = d.pop("goals")

        llm_calls = d.pop("llmCalls")

        used_on_day = cls(
            day=day,
            goals=goals,
            llm_calls=llm_calls,
        )

        used_on_day.additional_properties = d
        return used_on_day

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
