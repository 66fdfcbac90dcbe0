from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.attempt_outcome import AttemptOutcome, check_attempt_outcome
from ..models.attempt_rung import AttemptRung, check_attempt_rung
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.attempt_output import AttemptOutput


T = TypeVar("T", bound="Attempt")


@_attrs_define
class Attempt:
    """One try of a task; output is text of at most 64 KiB a stream.

    Attributes:
        number (int):
        outcome (AttemptOutcome): * `succeeded` - Succeeded
            * `failed` - Failed
            * `cancelled` - Cancelled
            * `lost` - Lost
        output (AttemptOutput): {stdout, stderr, stdoutTruncated, stderrTruncated}
        finished_at (datetime.datetime):
        rung (AttemptRung | Unset): * `first` - First
            * `known_fix` - Known Fix
            * `backoff` - Backoff
            * `alternative` - Alternative
        reason (str | Unset): Why it was tried again, and what is different.
        correction (None | Unset | UUID): The correction that it applied.
        params (Any | None | Unset): What ran, where it differs from the task's params.
        exit_code (int | None | Unset):
        duration_ms (int | Unset):
        error_code (str | Unset):
        error (str | Unset):
        data (Any | None | Unset): What it answered besides: an HTTP status, rows.
        started_at (datetime.datetime | None | Unset):
    """

    number: int
    outcome: AttemptOutcome
    output: AttemptOutput
    finished_at: datetime.datetime
    rung: AttemptRung | Unset = UNSET
    reason: str | Unset = UNSET
    correction: None | Unset | UUID = UNSET
    params: Any | None | Unset = UNSET
    exit_code: int | None | Unset = UNSET
    duration_ms: int | Unset = UNSET
    error_code: str | Unset = UNSET
    error: str | Unset = UNSET
    data: Any | None | Unset = UNSET
    started_at: datetime.datetime | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        number = self.number

        outcome: str = self.outcome

        output = self.output.to_dict()

        finished_at = self.finished_at.isoformat()

        rung: str | Unset = UNSET
        if not isinstance(self.rung, Unset):
            rung = self.rung

        reason = self.reason

        correction: None | str | Unset
        if isinstance(self.correction, Unset):
            correction = UNSET
        elif isinstance(self.correction, UUID):
            correction = str(self.correction)
        else:
            correction = self.correction

        params: Any | None | Unset
        if isinstance(self.params, Unset):
            params = UNSET
        else:
            params = self.params

        exit_code: int | None | Unset
        if isinstance(self.exit_code, Unset):
            exit_code = UNSET
        else:
            exit_code = self.exit_code

        duration_ms = self.duration_ms

        error_code = self.error_code

        error = self.error

        data: Any | None | Unset
        if isinstance(self.data, Unset):
            data = UNSET
        else:
            data = self.data

        started_at: None | str | Unset
        if isinstance(self.started_at, Unset):
            started_at = UNSET
        elif isinstance(self.started_at, datetime.datetime):
            started_at = self.started_at.isoformat()
        else:
            started_at = self.started_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "number": number,
                "outcome": outcome,
                "output": output,
                "finishedAt": finished_at,
            }
        )
        if rung is not UNSET:
            field_dict["rung"] = rung
        if reason is not UNSET:
            field_dict["reason"] = reason
        if correction is not UNSET:
            field_dict["correction"] = correction
        if params is not UNSET:
            field_dict["params"] = params
        if exit_code is not UNSET:
            field_dict["exitCode"] = exit_code
        if duration_ms is not UNSET:
            field_dict["durationMs"] = duration_ms
        if error_code is not UNSET:
            field_dict["errorCode"] = error_code
        if error is not UNSET:
            field_dict["error"] = error
        if data is not UNSET:
            field_dict["data"] = data
        if started_at is not UNSET:
            field_dict["startedAt"] = started_at

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.attempt_output import AttemptOutput

        d = dict(src_dict)
        number = d.pop("number")

        outcome = check_attempt_outcome(d.pop("outcome"))

        output = AttemptOutput.from_dict(d.pop("output"))

        finished_at = datetime.datetime.fromisoformat(d.pop("finishedAt"))

        _rung = d.pop("rung", UNSET)
        rung: AttemptRung | Unset
        if isinstance(_rung, Unset):
            rung = UNSET
        else:
            rung = check_attempt_rung(_rung)

        reason = d.pop("reason", UNSET)

        def _parse_correction(data: object) -> None | Unset | UUID:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                correction_type_0 = UUID(data)

                return correction_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Unset | UUID, data)

        correction = _parse_correction(d.pop("correction", UNSET))

        def _parse_params(data: object) -> Any | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(Any | None | Unset, data)

        params = _parse_params(d.pop("params", UNSET))

        def _parse_exit_code(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        exit_code = _parse_exit_code(d.pop("exitCode", UNSET))

        duration_ms = d.pop("durationMs", UNSET)

        error_code = d.pop("errorCode", UNSET)

        error = d.pop("error", UNSET)

        def _parse_data(data: object) -> Any | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(Any | None | Unset, data)

        data = _parse_data(d.pop("data", UNSET))

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

        attempt = cls(
            number=number,
            outcome=outcome,
            output=output,
            finished_at=finished_at,
            rung=rung,
            reason=reason,
            correction=correction,
            params=params,
            exit_code=exit_code,
            duration_ms=duration_ms,
            error_code=error_code,
            error=error,
            data=data,
            started_at=started_at,
        )

        attempt.additional_properties = d
        return attempt

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
