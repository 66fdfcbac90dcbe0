from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="LearningOfPlanner")


@_attrs_define
class LearningOfPlanner:
    """The same of one planner.

    Attributes:
        succeeded (int):
        failed (int):
        cancelled (int):
        success_rate (float | None): Of those that succeeded or failed; null: none.
        mean_duration_ms (int | None): From start to end, of the succeeded.
        fixes_applied (int): Tries with a fix that have ended.
        fixes_worked (int): Those of them after which the task succeeded.
        plans_skipped (int): Goals whose tasks came from a crystallized tree.
        planner (str): path, keyword, llm, crystallized, direct; empty: it was never planned.
    """

    succeeded: int
    failed: int
    cancelled: int
    success_rate: float | None
    mean_duration_ms: int | None
    fixes_applied: int
    fixes_worked: int
    plans_skipped: int
    planner: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        succeeded = self.succeeded

        failed = self.failed

        cancelled = self.cancelled

        success_rate: float | None
        success_rate = self.success_rate

        mean_duration_ms: int | None
        mean_duration_ms = self.mean_duration_ms

        fixes_applied = self.fixes_applied

        fixes_worked = self.fixes_worked

        plans_skipped = self.plans_skipped

        planner = self.planner

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "succeeded": succeeded,
                "failed": failed,
                "cancelled": cancelled,
                "successRate": success_rate,
                "meanDurationMs": mean_duration_ms,
                "fixesApplied": fixes_applied,
                "fixesWorked": fixes_worked,
                "plansSkipped": plans_skipped,
                "planner": planner,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        succeeded = d.pop("succeeded")

        failed = d.pop("failed")

        cancelled = d.pop("cancelled")

        def _parse_success_rate(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        success_rate = _parse_success_rate(d.pop("successRate"))

        def _parse_mean_duration_ms(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        mean_duration_ms = _parse_mean_duration_ms(d.pop("meanDurationMs"))

        fixes_applied = d.pop("fixesApplied")

        fixes_worked = d.pop("fixesWorked")

        plans_skipped = d.pop("plansSkipped")

        planner = d.pop("planner")

        learning_of_planner = cls(
            succeeded=succeeded,
            failed=failed,
            cancelled=cancelled,
            success_rate=success_rate,
            mean_duration_ms=mean_duration_ms,
            fixes_applied=fixes_applied,
            fixes_worked=fixes_worked,
            plans_skipped=plans_skipped,
            planner=planner,
        )

        learning_of_planner.additional_properties = d
        return learning_of_planner

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
