from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="ExecutorState")


@_attrs_define
class ExecutorState:
    """The executor's internal state; the formulas are in docs/explanation/the-loop.md.

    Attributes:
        urgency (float): 0-1: the most pressing open goal.
        confidence (float): 0-1: smoothed share of goals that succeed.
        fatigue (float): 0-1: share of busy slots over ten minutes.
        curiosity (float): 0-1: share of recent goals that were new.
        tick_count (int): Beats of this account's executor.
    """

    urgency: float
    confidence: float
    fatigue: float
    curiosity: float
    tick_count: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        urgency = self.urgency

        confidence = self.confidence

        fatigue = self.fatigue

        curiosity = self.curiosity

        tick_count = self.tick_count

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "urgency": urgency,
                "confidence": confidence,
                "fatigue": fatigue,
                "curiosity": curiosity,
                "tickCount": tick_count,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        urgency = d.pop("urgency")

        confidence = d.pop("confidence")

        fatigue = d.pop("fatigue")

        curiosity = d.pop("curiosity")

        tick_count = d.pop("tickCount")

        executor_state = cls(
            urgency=urgency,
            confidence=confidence,
            fatigue=fatigue,
            curiosity=curiosity,
            tick_count=tick_count,
        )

        executor_state.additional_properties = d
        return executor_state

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
