from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.task_effect import TaskEffect, check_task_effect
from ..models.task_state import TaskState, check_task_state
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.attempt import Attempt


T = TypeVar("T", bound="Task")


@_attrs_define
class Task:
    """A task with its tries.

    Attributes:
        id (UUID):
        position (int):
        name (str):
        actuator (str):
        effect (TaskEffect): What a second try may do twice: nothing (pure), the same again (idempotent), or more
            (external).
        timeout_ms (int):
        attempts (list[Attempt]):
        params (Any | Unset):
        state (TaskState | Unset): * `waiting` - Waiting
            * `delayed` - Delayed
            * `released` - Released
            * `running` - Running
            * `ended` - Ended
            * `completed` - Completed
            * `failed` - Failed
            * `cancelled` - Cancelled
            * `skipped` - Skipped
        score (float | Unset): What it was when the task was released.
        depends_on (list[int] | Unset):
        verify (Any | None | Unset): What its success is, beyond its actuator's default.
        error (str | Unset):
        retry_at (datetime.datetime | None | Unset): When a delayed task waits no longer.
        started_at (datetime.datetime | None | Unset):
        finished_at (datetime.datetime | None | Unset):
    """

    id: UUID
    position: int
    name: str
    actuator: str
    effect: TaskEffect
    timeout_ms: int
    attempts: list[Attempt]
    params: Any | Unset = UNSET
    state: TaskState | Unset = UNSET
    score: float | Unset = UNSET
    depends_on: list[int] | Unset = UNSET
    verify: Any | None | Unset = UNSET
    error: str | Unset = UNSET
    retry_at: datetime.datetime | None | Unset = UNSET
    started_at: datetime.datetime | None | Unset = UNSET
    finished_at: datetime.datetime | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        position = self.position

        name = self.name

        actuator = self.actuator

        effect: str = self.effect

        timeout_ms = self.timeout_ms

        attempts = []
        for attempts_item_data in self.attempts:
            attempts_item = attempts_item_data.to_dict()
            attempts.append(attempts_item)

        params = self.params

        state: str | Unset = UNSET
        if not isinstance(self.state, Unset):
            state = self.state

        score = self.score

        depends_on: list[int] | Unset = UNSET
        if not isinstance(self.depends_on, Unset):
            depends_on = self.depends_on

        verify: Any | None | Unset
        if isinstance(self.verify, Unset):
            verify = UNSET
        else:
            verify = self.verify

        error = self.error

        retry_at: None | str | Unset
        if isinstance(self.retry_at, Unset):
            retry_at = UNSET
        elif isinstance(self.retry_at, datetime.datetime):
            retry_at = self.retry_at.isoformat()
        else:
            retry_at = self.retry_at

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
                "position": position,
                "name": name,
                "actuator": actuator,
                "effect": effect,
                "timeoutMs": timeout_ms,
                "attempts": attempts,
            }
        )
        if params is not UNSET:
            field_dict["params"] = params
        if state is not UNSET:
            field_dict["state"] = state
        if score is not UNSET:
            field_dict["score"] = score
        if depends_on is not UNSET:
            field_dict["dependsOn"] = depends_on
        if verify is not UNSET:
            field_dict["verify"] = verify
        if error is not UNSET:
            field_dict["error"] = error
        if retry_at is not UNSET:
            field_dict["retryAt"] = retry_at
        if started_at is not UNSET:
            field_dict["startedAt"] = started_at
        if finished_at is not UNSET:
            field_dict["finishedAt"] = finished_at

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.attempt import Attempt

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        position = d.pop("position")

        name = d.pop("name")

        actuator = d.pop("actuator")

        effect = check_task_effect(d.pop("effect"))

        timeout_ms = d.pop("timeoutMs")

        attempts = []
        _attempts = d.pop("attempts")
        for attempts_item_data in _attempts:
            attempts_item = Attempt.from_dict(attempts_item_data)

            attempts.append(attempts_item)

        params = d.pop("params", UNSET)

        _state = d.pop("state", UNSET)
        state: TaskState | Unset
        if isinstance(_state, Unset):
            state = UNSET
        else:
            state = check_task_state(_state)

        score = d.pop("score", UNSET)

        depends_on = cast(list[int], d.pop("dependsOn", UNSET))

        def _parse_verify(data: object) -> Any | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(Any | None | Unset, data)

        verify = _parse_verify(d.pop("verify", UNSET))

        error = d.pop("error", UNSET)

        def _parse_retry_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                retry_at_type_0 = datetime.datetime.fromisoformat(data)

                return retry_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        retry_at = _parse_retry_at(d.pop("retryAt", UNSET))

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

        task = cls(
            id=id,
            position=position,
            name=name,
            actuator=actuator,
            effect=effect,
            timeout_ms=timeout_ms,
            attempts=attempts,
            params=params,
            state=state,
            score=score,
            depends_on=depends_on,
            verify=verify,
            error=error,
            retry_at=retry_at,
            started_at=started_at,
            finished_at=finished_at,
        )

        task.additional_properties = d
        return task

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
