from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.task_tree_slots_item import TaskTreeSlotsItem
    from ..models.task_tree_tasks_item import TaskTreeTasksItem


T = TypeVar("T", bound="TaskTree")


@_attrs_define
class TaskTree:
    """The tasks of a goal that succeeded, kept so that its repeat needs no planner.

    Attributes:
        id (UUID):
        description (str): The goal's description, its slots as {name}.
        slots (list[TaskTreeSlotsItem]): What may differ: [{type, step, seen}]; step is its place in the path, null in
            the description.
        tasks (list[TaskTreeTasksItem]): [{name, actuator, params, dependsOn, timeoutMs}], as they were the first time.
        planner (str): Which planner made it first.
        learned_from (UUID): The goal whose success wrote it.
        score (float | Unset):
        times_used (int | Unset): How often it took the planner's place.
        successes (int | Unset):
        failures (int | Unset):
        crystallized (bool | Unset):
        used_at (datetime.datetime | Unset):
        created_at (datetime.datetime | Unset):
    """

    id: UUID
    description: str
    slots: list[TaskTreeSlotsItem]
    tasks: list[TaskTreeTasksItem]
    planner: str
    learned_from: UUID
    score: float | Unset = UNSET
    times_used: int | Unset = UNSET
    successes: int | Unset = UNSET
    failures: int | Unset = UNSET
    crystallized: bool | Unset = UNSET
    used_at: datetime.datetime | Unset = UNSET
    created_at: datetime.datetime | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        description = self.description

        slots = []
        for slots_item_data in self.slots:
            slots_item = slots_item_data.to_dict()
            slots.append(slots_item)

        tasks = []
        for tasks_item_data in self.tasks:
            tasks_item = tasks_item_data.to_dict()
            tasks.append(tasks_item)

        planner = self.planner

        learned_from = str(self.learned_from)

        score = self.score

        times_used = self.times_used

        successes = self.successes

        failures = self.failures

        crystallized = self.crystallized

        used_at: str | Unset = UNSET
        if not isinstance(self.used_at, Unset):
            used_at = self.used_at.isoformat()

        created_at: str | Unset = UNSET
        if not isinstance(self.created_at, Unset):
            created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "description": description,
                "slots": slots,
                "tasks": tasks,
                "planner": planner,
                "learnedFrom": learned_from,
            }
        )
        if score is not UNSET:
            field_dict["score"] = score
        if times_used is not UNSET:
            field_dict["timesUsed"] = times_used
        if successes is not UNSET:
            field_dict["successes"] = successes
        if failures is not UNSET:
            field_dict["failures"] = failures
        if crystallized is not UNSET:
            field_dict["crystallized"] = crystallized
        if used_at is not UNSET:
            field_dict["usedAt"] = used_at
        if created_at is not UNSET:
            field_dict["createdAt"] = created_at

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.task_tree_slots_item import TaskTreeSlotsItem
        from ..models.task_tree_tasks_item import TaskTreeTasksItem

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        description = d.pop("description")

        slots = []
        _slots = d.pop("slots")
        for slots_item_data in _slots:
            slots_item = TaskTreeSlotsItem.from_dict(slots_item_data)

            slots.append(slots_item)

        tasks = []
        _tasks = d.pop("tasks")
        for tasks_item_data in _tasks:
            tasks_item = TaskTreeTasksItem.from_dict(tasks_item_data)

            tasks.append(tasks_item)

        planner = d.pop("planner")

        learned_from = UUID(d.pop("learnedFrom"))

        score = d.pop("score", UNSET)

        times_used = d.pop("timesUsed", UNSET)

        successes = d.pop("successes", UNSET)

        failures = d.pop("failures", UNSET)

        crystallized = d.pop("crystallized", UNSET)

        _used_at = d.pop("usedAt", UNSET)
        used_at: datetime.datetime | Unset
        if isinstance(_used_at, Unset):
            used_at = UNSET
        else:
            used_at = datetime.datetime.fromisoformat(_used_at)

        _created_at = d.pop("createdAt", UNSET)
        created_at: datetime.datetime | Unset
        if isinstance(_created_at, Unset):
            created_at = UNSET
        else:
            created_at = datetime.datetime.fromisoformat(_created_at)

        task_tree = cls(
            id=id,
            description=description,
            slots=slots,
            tasks=tasks,
            planner=planner,
            learned_from=learned_from,
            score=score,
            times_used=times_used,
            successes=successes,
            failures=failures,
            crystallized=crystallized,
            used_at=used_at,
            created_at=created_at,
        )

        task_tree.additional_properties = d
        return task_tree

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
