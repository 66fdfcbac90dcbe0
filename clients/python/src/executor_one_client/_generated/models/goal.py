from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.goal_kind import GoalKind, check_goal_kind
from ..models.goal_priority import GoalPriority, check_goal_priority
from ..models.goal_state import GoalState, check_goal_state
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.goal_error import GoalError


T = TypeVar("T", bound="Goal")


@_attrs_define
class Goal:
    """A goal and how far it is.

    Attributes:
        id (UUID):
        progress (float): Completed share of the tasks, 0-1.
        current_task (None | str): What runs or is next; null at the end.
        description (str):
        retry_of (None | UUID):
        error (GoalError | None): Why it failed; null otherwise.
        state (GoalState | Unset): * `pending` - Pending
            * `planning` - Planning
            * `executing` - Executing
            * `completed` - Completed
            * `failed` - Failed
            * `cancelled` - Cancelled
        tasks_total (int | Unset):
        tasks_completed (int | Unset):
        kind (GoalKind | Unset): * `goal` - Goal
            * `direct` - Direct
        semantic_path (Any | Unset):
        priority (GoalPriority | Unset): * `low` - Low
            * `normal` - Normal
            * `high` - High
            * `critical` - Critical
        deadline (datetime.datetime | None | Unset):
        planner (str | Unset): Which planner made the tasks.
        self_correct (bool | Unset): Whether a failed task is tried again.
        fixes_applied (int | Unset):
        created_at (datetime.datetime | Unset):
        started_at (datetime.datetime | None | Unset):
        finished_at (datetime.datetime | None | Unset):
    """

    id: UUID
    progress: float
    current_task: None | str
    description: str
    retry_of: None | UUID
    error: GoalError | None
    state: GoalState | Unset = UNSET
    tasks_total: int | Unset = UNSET
    tasks_completed: int | Unset = UNSET
    kind: GoalKind | Unset = UNSET
    semantic_path: Any | Unset = UNSET
    priority: GoalPriority | Unset = UNSET
    deadline: datetime.datetime | None | Unset = UNSET
    planner: str | Unset = UNSET
    self_correct: bool | Unset = UNSET
    fixes_applied: int | Unset = UNSET
    created_at: datetime.datetime | Unset = UNSET
    started_at: datetime.datetime | None | Unset = UNSET
    finished_at: datetime.datetime | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.goal_error import GoalError

        id = str(self.id)

        progress = self.progress

        current_task: None | str
        current_task = self.current_task

        description = self.description

        retry_of: None | str
        if isinstance(self.retry_of, UUID):
            retry_of = str(self.retry_of)
        else:
            retry_of = self.retry_of

        error: dict[str, Any] | None
        if isinstance(self.error, GoalError):
            error = self.error.to_dict()
        else:
            error = self.error

        state: str | Unset = UNSET
        if not isinstance(self.state, Unset):
            state = self.state

        tasks_total = self.tasks_total

        tasks_completed = self.tasks_completed

        kind: str | Unset = UNSET
        if not isinstance(self.kind, Unset):
            kind = self.kind

        semantic_path = self.semantic_path

        priority: str | Unset = UNSET
        if not isinstance(self.priority, Unset):
            priority = self.priority

        deadline: None | str | Unset
        if isinstance(self.deadline, Unset):
            deadline = UNSET
        elif isinstance(self.deadline, datetime.datetime):
            deadline = self.deadline.isoformat()
        else:
            deadline = self.deadline

        planner = self.planner

        self_correct = self.self_correct

        fixes_applied = self.fixes_applied

        created_at: str | Unset = UNSET
        if not isinstance(self.created_at, Unset):
            created_at = self.created_at.isoformat()

        started_at: None | str | Unset
        if isinstance(self.started_at, Unset):
            started_at = UNSET
        elif isinstance(self.started_at, datetime.datetime):
            started_at = self.started_at.isoformat()
        else:
            started_at = self.started_at

        finished_at: None | str | Unset
        if isinstance(self.finished_at, Unset):
            finished_at = UNSET
        elif isinstance(self.finished_at, datetime.datetime):
            finished_at = self.finished_at.isoformat()
        else:
            finished_at = self.finished_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "progress": progress,
                "currentTask": current_task,
                "description": description,
                "retryOf": retry_of,
                "error": error,
            }
        )
        if state is not UNSET:
            field_dict["state"] = state
        if tasks_total is not UNSET:
            field_dict["tasksTotal"] = tasks_total
        if tasks_completed is not UNSET:
            field_dict["tasksCompleted"] = tasks_completed
        if kind is not UNSET:
            field_dict["kind"] = kind
        if semantic_path is not UNSET:
            field_dict["semanticPath"] = semantic_path
        if priority is not UNSET:
            field_dict["priority"] = priority
        if deadline is not UNSET:
            field_dict["deadline"] = deadline
        if planner is not UNSET:
            field_dict["planner"] = planner
        if self_correct is not UNSET:
            field_dict["selfCorrect"] = self_correct
        if fixes_applied is not UNSET:
            field_dict["fixesApplied"] = fixes_applied
        if created_at is not UNSET:
            field_dict["createdAt"] = created_at
        if started_at is not UNSET:
            field_dict["startedAt"] = started_at
        if finished_at is not UNSET:
            field_dict["finishedAt"] = finished_at

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.goal_error import GoalError

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        progress = d.pop("progress")

        def _parse_current_task(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        current_task = _parse_current_task(d.pop("currentTask"))

        description = d.pop("description")

        def _parse_retry_of(data: object) -> None | UUID:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                retry_of_type_0 = UUID(data)

                return retry_of_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UUID, data)

        retry_of = _parse_retry_of(d.pop("retryOf"))

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

        _state = d.pop("state", UNSET)
        state: GoalState | Unset
        if isinstance(_state, Unset):
            state = UNSET
        else:
            state = check_goal_state(_state)

        tasks_total = d.pop("tasksTotal", UNSET)

        tasks_completed = d.pop("tasksCompleted", UNSET)

        _kind = d.pop("kind", UNSET)
        kind: GoalKind | Unset
        if isinstance(_kind, Unset):
            kind = UNSET
        else:
            kind = check_goal_kind(_kind)

        semantic_path = d.pop("semanticPath", UNSET)

        _priority = d.pop("priority", UNSET)
        priority: GoalPriority | Unset
        if isinstance(_priority, Unset):
            priority = UNSET
        else:
            priority = check_goal_priority(_priority)

        def _parse_deadline(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                deadline_type_0 = datetime.datetime.fromisoformat(data)

                return deadline_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        deadline = _parse_deadline(d.pop("deadline", UNSET))

        planner = d.pop("planner", UNSET)

        self_correct = d.pop("selfCorrect", UNSET)

        fixes_applied = d.pop("fixesApplied", UNSET)

        _created_at = d.pop("createdAt", UNSET)
        created_at: datetime.datetime | Unset
        if isinstance(_created_at, Unset):
            created_at = UNSET
        else:
            created_at = datetime.datetime.fromisoformat(_created_at)

        def _parse_started_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                started_at_type_0 = datetime.datetime.fromisoformat(data)

                return started_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        started_at = _parse_started_at(d.pop("startedAt", UNSET))

        def _parse_finished_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                finished_at_type_0 = datetime.datetime.fromisoformat(data)

                return finished_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        finished_at = _parse_finished_at(d.pop("finishedAt", UNSET))

        goal = cls(
            id=id,
            progress=progress,
            current_task=current_task,
            description=description,
            retry_of=retry_of,
            error=error,
            state=state,
            tasks_total=tasks_total,
            tasks_completed=tasks_completed,
            kind=kind,
            semantic_path=semantic_path,
            priority=priority,
            deadline=deadline,
            planner=planner,
            self_correct=self_correct,
            fixes_applied=fixes_applied,
            created_at=created_at,
            started_at=started_at,
            finished_at=finished_at,
        )

        goal.additional_properties = d
        return goal

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
