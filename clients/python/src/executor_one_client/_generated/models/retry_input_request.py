from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="RetryInputRequest")


@_attrs_define
class RetryInputRequest:
    """What POST /api/goals/{id}/retry takes; nothing at all is fine.

    Attributes:
        from_task (int | None | Unset): Position of the task to begin again from, 0 or more: it and what depends on it
            run again, all else that was completed is taken over. Null: the task that failed.
    """

    from_task: int | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from_task: int | None | Unset
        if isinstance(self.from_task, Unset):
            from_task = UNSET
        else:
            from_task = self.from_task

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if from_task is not UNSET:
            field_dict["fromTask"] = from_task

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)

        def _parse_from_task(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        from_task = _parse_from_task(d.pop("fromTask", UNSET))

        retry_input_request = cls(
            from_task=from_task,
        )

        return retry_input_request
