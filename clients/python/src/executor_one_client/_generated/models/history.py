from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.goal import Goal
    from ..models.history_events_item import HistoryEventsItem
    from ..models.task import Task


T = TypeVar("T", bound="History")


@_attrs_define
class History:
    """What GET /api/goals/{id}/history answers.

    Attributes:
        goal (Goal): A goal and how far it is.
        tasks (list[Task]):
        events (list[HistoryEventsItem]): {id, type, timestamp, data} each, in order; at most 10,000.
    """

    goal: Goal
    tasks: list[Task]
    events: list[HistoryEventsItem]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        goal = self.goal.to_dict()

        tasks = []
        for tasks_item_data in self.tasks:
            tasks_item = tasks_item_data.to_dict()
            tasks.append(tasks_item)

        events = []
        for events_item_data in self.events:
            events_item = events_item_data.to_dict()
            events.append(events_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "goal": goal,
                "tasks": tasks,
                "events": events,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.goal import Goal
        from ..models.history_events_item import HistoryEventsItem
        from ..models.task import Task

        d = dict(src_dict)
        goal = Goal.from_dict(d.pop("goal"))

        tasks = []
        _tasks = d.pop("tasks")
        for tasks_item_data in _tasks:
            tasks_item = Task.from_dict(tasks_item_data)

            tasks.append(tasks_item)

        events = []
        _events = d.pop("events")
        for events_item_data in _events:
            events_item = HistoryEventsItem.from_dict(events_item_data)

            events.append(events_item)

        history = cls(
            goal=goal,
            tasks=tasks,
            events=events,
        )

        history.additional_properties = d
        return history

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
