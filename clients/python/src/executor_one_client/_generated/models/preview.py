from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.preview_planner_type_1 import (
    PreviewPlannerType1,
    check_preview_planner_type_1,
)
from ..models.preview_planner_type_2_type_1 import (
    PreviewPlannerType2Type1,
    check_preview_planner_type_2_type_1,
)
from ..models.preview_planner_type_3_type_1 import (
    PreviewPlannerType3Type1,
    check_preview_planner_type_3_type_1,
)

if TYPE_CHECKING:
    from ..models.goal_error import GoalError
    from ..models.preview_task import PreviewTask
    from ..models.preview_time import PreviewTime


T = TypeVar("T", bound="Preview")


@_attrs_define
class Preview:
    """What POST /api/goals/preview answers.

    Attributes:
        planner (None | PreviewPlannerType1 | PreviewPlannerType2Type1 | PreviewPlannerType3Type1): Where the tasks come
            from: your steps, keywords of the description, a language model, a remembered run. Null: nothing can plan it,
            and `error` says why.

            * `path` - path
            * `keyword` - keyword
            * `llm` - llm
            * `crystallized` - crystallized
        asks_model (bool): A language model plans it when it runs; `tasks` is empty.
        task_tree (None | UUID): The remembered tree that the tasks come from.
        tasks (list[PreviewTask]):
        expected (PreviewTime): How long such a goal took.
        error (GoalError | None): Why the goal would fail at once; null otherwise.
    """

    planner: (
        None | PreviewPlannerType1 | PreviewPlannerType2Type1 | PreviewPlannerType3Type1
    )
    asks_model: bool
    task_tree: None | UUID
    tasks: list[PreviewTask]
    expected: PreviewTime
    error: GoalError | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.goal_error import GoalError

        planner: None | str
        if (
            isinstance(self.planner, str)
            or isinstance(self.planner, str)
            or isinstance(self.planner, str)
        ):
            planner = self.planner
        else:
            planner = self.planner

        asks_model = self.asks_model

        task_tree: None | str
        if isinstance(self.task_tree, UUID):
            task_tree = str(self.task_tree)
        else:
            task_tree = self.task_tree

        tasks = []
        for tasks_item_data in self.tasks:
            tasks_item = tasks_item_data.to_dict()
            tasks.append(tasks_item)

        expected = self.expected.to_dict()

        error: dict[str, Any] | None
        if isinstance(self.error, GoalError):
            error = self.error.to_dict()
        else:
            error = self.error

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "planner": planner,
                "asksModel": asks_model,
                "taskTree": task_tree,
                "tasks": tasks,
                "expected": expected,
                "error": error,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.goal_error import GoalError
        from ..models.preview_task import PreviewTask
        from ..models.preview_time import PreviewTime

        d = dict(src_dict)

        def _parse_planner(
            data: object,
        ) -> (
            None
            | PreviewPlannerType1
            | PreviewPlannerType2Type1
            | PreviewPlannerType3Type1
        ):
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                planner_type_1 = check_preview_planner_type_1(data)

                return planner_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, str):
                    raise TypeError()
                planner_type_2_type_1 = check_preview_planner_type_2_type_1(data)

                return planner_type_2_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, str):
                    raise TypeError()
                planner_type_3_type_1 = check_preview_planner_type_3_type_1(data)

                return planner_type_3_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(
                None
                | PreviewPlannerType1
                | PreviewPlannerType2Type1
                | PreviewPlannerType3Type1,
                data,
            )

        planner = _parse_planner(d.pop("planner"))

        asks_model = d.pop("asksModel")

        def _parse_task_tree(data: object) -> None | UUID:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                task_tree_type_0 = UUID(data)

                return task_tree_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UUID, data)

        task_tree = _parse_task_tree(d.pop("taskTree"))

        tasks = []
        _tasks = d.pop("tasks")
        for tasks_item_data in _tasks:
            tasks_item = PreviewTask.from_dict(tasks_item_data)

            tasks.append(tasks_item)

        expected = PreviewTime.from_dict(d.pop("expected"))

        def _parse_error(data: object) -> GoalError | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                error_type_0 = GoalError.from_dict(data)

                return error_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(GoalError | None, data)

        error = _parse_error(d.pop("error"))

        preview = cls(
            planner=planner,
            asks_model=asks_model,
            task_tree=task_tree,
            tasks=tasks,
            expected=expected,
            error=error,
        )

        preview.additional_properties = d
        return preview

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
