from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.action_count import ActionCount
    from ..models.activity_statistics_by_actor_type import ActivityStatisticsByActorType
    from ..models.day_count import DayCount


T = TypeVar("T", bound="ActivityStatistics")


@_attrs_define
class ActivityStatistics:
    """Counts of the last 30 days.

    Attributes:
        since (datetime.datetime):
        total (int):
        is_complete (bool): false: only the newest 50,000 events were counted.
        by_actor_type (ActivityStatisticsByActorType):
        by_action (list[ActionCount]): The 100 most frequent ones.
        by_day (list[DayCount]):
    """

    since: datetime.datetime
    total: int
    is_complete: bool
    by_actor_type: ActivityStatisticsByActorType
    by_action: list[ActionCount]
    by_day: list[DayCount]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        since = self.since.isoformat()

        total = self.total

        is_complete = self.is_complete

        by_actor_type = self.by_actor_type.to_dict()

        by_action = []
        for by_action_item_data in self.by_action:
            by_action_item = by_action_item_data.to_dict()
            by_action.append(by_action_item)

        by_day = []
        for by_day_item_data in self.by_day:
            by_day_item = by_day_item_data.to_dict()
            by_day.append(by_day_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "since": since,
                "total": total,
                "isComplete": is_complete,
                "byActorType": by_actor_type,
                "byAction": by_action,
                "byDay": by_day,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.action_count import ActionCount
        from ..models.activity_statistics_by_actor_type import (
            ActivityStatisticsByActorType,
        )
        from ..models.day_count import DayCount

        d = dict(src_dict)
        since = datetime.datetime.fromisoformat(d.pop("since"))

        total = d.pop("total")

        is_complete = d.pop("isComplete")

        by_actor_type = ActivityStatisticsByActorType.from_dict(d.pop("byActorType"))

        by_action = []
        _by_action = d.pop("byAction")
        for by_action_item_data in _by_action:
            by_action_item = ActionCount.from_dict(by_action_item_data)

            by_action.append(by_action_item)

        by_day = []
        _by_day = d.pop("byDay")
        for by_day_item_data in _by_day:
            by_day_item = DayCount.from_dict(by_day_item_data)

            by_day.append(by_day_item)

        activity_statistics = cls(
            since=since,
            total=total,
            is_complete=is_complete,
            by_actor_type=by_actor_type,
            by_action=by_action,
            by_day=by_day,
        )

        activity_statistics.additional_properties = d
        return activity_statistics

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
