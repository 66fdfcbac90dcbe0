from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.execute_output import ExecuteOutput
    from ..models.execute_result_data_type_0 import ExecuteResultDataType0


T = TypeVar("T", bound="ExecuteResult")


@_attrs_define
class ExecuteResult:
    """What POST /api/execute answers.

    Attributes:
        success (bool):
        output (ExecuteOutput): stdout and stderr of the action.
        data (ExecuteResultDataType0 | None): What it answered besides: an HTTP status, rows.
        duration_ms (int):
        exit_code (int | None):
        truncated (bool): Output past 64 KiB a stream was dropped; past 256 MiB the command is killed.
        error (None | str):
        error_code (None | str):
        goal_id (UUID):
    """

    success: bool
    output: ExecuteOutput
    data: ExecuteResultDataType0 | None
    duration_ms: int
    exit_code: int | None
    truncated: bool
    error: None | str
    error_code: None | str
    goal_id: UUID
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.execute_result_data_type_0 import ExecuteResultDataType0

        success = self.success

        output = self.output.to_dict()

        data: dict[str, Any] | None
        if isinstance(self.data, ExecuteResultDataType0):
            data = self.data.to_dict()
        else:
            data = self.data

        duration_ms = self.duration_ms

        exit_code: int | None
        exit_code = self.exit_code

        truncated = self.truncated

        error: None | str
        error = self.error

        error_code: None | str
        error_code = self.error_code

        goal_id = str(self.goal_id)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "success": success,
                "output": output,
                "data": data,
                "durationMs": duration_ms,
                "exitCode": exit_code,
                "truncated": truncated,
                "error": error,
                "errorCode": error_code,
                "goalId": goal_id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.execute_output import ExecuteOutput
        from ..models.execute_result_data_type_0 import ExecuteResultDataType0

        d = dict(src_dict)
        success = d.pop("success")

        output = ExecuteOutput.from_dict(d.pop("output"))

        def _parse_data(data: object) -> ExecuteResultDataType0 | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                data_type_0 = ExecuteResultDataType0.from_dict(data)

                return data_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ExecuteResultDataType0 | None, data)

        data = _parse_data(d.pop("data"))

        duration_ms = d.pop("durationMs")

        def _parse_exit_code(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        exit_code = _parse_exit_code(d.pop("exitCode"))

        truncated = d.pop("truncated")

        def _parse_error(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        error = _parse_error(d.pop("error"))

        def _parse_error_code(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        error_code = _parse_error_code(d.pop("errorCode"))

        goal_id = UUID(d.pop("goalId"))

        execute_result = cls(
            success=success,
            output=output,
            data=data,
            duration_ms=duration_ms,
            exit_code=exit_code,
            truncated=truncated,
            error=error,
            error_code=error_code,
            goal_id=goal_id,
        )

        execute_result.additional_properties = d
        return execute_result

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
