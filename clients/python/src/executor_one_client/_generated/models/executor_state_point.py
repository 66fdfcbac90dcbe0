from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="ExecutorStatePoint")


@_attrs_define
class ExecutorStatePoint:
    """The values of the executor at one time.

    Attributes:
        at (datetime.datetime):
        urgency (float):
        confidence (float):
        fatigue (float):
        curiosity (float):
        sampled (bool): Written at that time; else reckoned by the formulas.
    """

    at: datetime.datetime
    urgency: float
    confidence: float
    fatigue: float
    curiosity: float
    sampled: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        at = self.at.isoformat()

        urgency = self.urgency

        confidence = self.confidence

        fatigue = self.fatigue

        curiosity = self.curiosity

        sampled = self.sampled

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "at": at,
                "urgency": urgency,
                "confidence": confidence,
                "fatigue": fatigue,
                "curiosity": curiosity,
                "sampled": sampled,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        at = datetime.datetime.fromisoformat(d.pop("at"))

        urgency = d.pop("urgency")

        confidence = d.pop("confidence")

        fatigue = d.pop("fatigue")

        curiosity = d.pop("curiosity")

        sampled = d.pop("sampled")

        executor_state_point = cls(
            at=at,
            urgency=urgency,
            confidence=confidence,
            fatigue=fatigue,
            curiosity=curiosity,
            sampled=sampled,
        )

        executor_state_point.additional_properties = d
        return executor_state_point

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
