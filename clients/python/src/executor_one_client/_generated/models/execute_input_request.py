from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.execute_input_request_type import (
    ExecuteInputRequestType,
    check_execute_input_request_type,
)
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.execute_input_request_params import ExecuteInputRequestParams
    from ..models.execute_input_request_verify_type_0 import (
        ExecuteInputRequestVerifyType0,
    )


T = TypeVar("T", bound="ExecuteInputRequest")


@_attrs_define
class ExecuteInputRequest:
    """What POST /api/execute takes.

    Attributes:
        type_ (ExecuteInputRequestType): * `shell` - shell
            * `file-writer` - file-writer
            * `http-client` - http-client
            * `docker` - docker
            * `database` - database
        params (ExecuteInputRequestParams): What this one takes; for shell {"command": "ls -la"}.
        timeout_ms (int | Unset): 1-600,000 milliseconds. Default: 30000.
        verify (ExecuteInputRequestVerifyType0 | None | Unset): What its success is, as in a structured step of a goal;
            exit code 0 or a 2xx if absent.
    """

    type_: ExecuteInputRequestType
    params: ExecuteInputRequestParams
    timeout_ms: int | Unset = 30000
    verify: ExecuteInputRequestVerifyType0 | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.execute_input_request_verify_type_0 import (
            ExecuteInputRequestVerifyType0,
        )

        type_: str = self.type_

        params = self.params.to_dict()

        timeout_ms = self.timeout_ms

        verify: dict[str, Any] | None | Unset
        if isinstance(self.verify, Unset):
            verify = UNSET
        elif isinstance(self.verify, ExecuteInputRequestVerifyType0):
            verify = self.verify.to_dict()
        else:
            verify = self.verify

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "type": type_,
                "params": params,
            }
        )
        if timeout_ms is not UNSET:
            field_dict["timeoutMs"] = timeout_ms
        if verify is not UNSET:
            field_dict["verify"] = verify

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.execute_input_request_params import ExecuteInputRequestParams
        from ..models.execute_input_request_verify_type_0 import (
            ExecuteInputRequestVerifyType0,
        )

        d = dict(src_dict)
        type_ = check_execute_input_request_type(d.pop("type"))

        params = ExecuteInputRequestParams.from_dict(d.pop("params"))

        timeout_ms = d.pop("timeoutMs", UNSET)

        def _parse_verify(
            data: object,
        ) -> ExecuteInputRequestVerifyType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                verify_type_0 = ExecuteInputRequestVerifyType0.from_dict(data)

                return verify_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ExecuteInputRequestVerifyType0 | None | Unset, data)

        verify = _parse_verify(d.pop("verify", UNSET))

        execute_input_request = cls(
            type_=type_,
            params=params,
            timeout_ms=timeout_ms,
            verify=verify,
        )

        return execute_input_request
