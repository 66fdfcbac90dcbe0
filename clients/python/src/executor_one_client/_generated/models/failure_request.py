from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.failure_request_actuator import (
    FailureRequestActuator,
    check_failure_request_actuator,
)
from ..types import UNSET, Unset

T = TypeVar("T", bound="FailureRequest")


@_attrs_define
class FailureRequest:
    """A failure as it was seen; its signature is what stays when paths, ids, numbers and hosts are masked.

    Attributes:
        output (str): What it printed, the error's lines at least.
        actuator (FailureRequestActuator | Unset): * `shell` - shell
            * `file-writer` - file-writer
            * `http-client` - http-client
            * `docker` - docker
            * `database` - database Default: 'shell'.
        exit_code (int | None | Unset): How it ended; not said: however it ends.
    """

    output: str
    actuator: FailureRequestActuator | Unset = "shell"
    exit_code: int | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        output = self.output

        actuator: str | Unset = UNSET
        if not isinstance(self.actuator, Unset):
            actuator = self.actuator

        exit_code: int | None | Unset
        if isinstance(self.exit_code, Unset):
            exit_code = UNSET
        else:
            exit_code = self.exit_code

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "output": output,
            }
        )
        if actuator is not UNSET:
            field_dict["actuator"] = actuator
        if exit_code is not UNSET:
            field_dict["exitCode"] = exit_code

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        output = d.pop("output")

        _actuator = d.pop("actuator", UNSET)
        actuator: FailureRequestActuator | Unset
        if isinstance(_actuator, Unset):
            actuator = UNSET
        else:
            actuator = check_failure_request_actuator(_actuator)

        def _parse_exit_code(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        exit_code = _parse_exit_code(d.pop("exitCode", UNSET))

        failure_request = cls(
            output=output,
            actuator=actuator,
            exit_code=exit_code,
        )

        return failure_request
