from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.failure_request import FailureRequest


T = TypeVar("T", bound="CorrectionInputRequest")


@_attrs_define
class CorrectionInputRequest:
    """What POST /api/corrections takes: what failed, and what to do about it.

    Attributes:
        fix (Any): {kind: run-before | replace-command | environment | wait | alternative, ...}; see the how-to guide.
        failure (FailureRequest | Unset): A failure as it was seen; its signature is what stays when paths, ids, numbers
            and hosts are masked.
        signature (str | Unset): As a correction shows it: `shell/exit_2: ...` or `shell/any: ...`. What varies is
            masked.
        reason (str | Unset): What it does, in words. Default: ''.
    """

    fix: Any
    failure: FailureRequest | Unset = UNSET
    signature: str | Unset = UNSET
    reason: str | Unset = ""

    def to_dict(self) -> dict[str, Any]:
        fix = self.fix

        failure: dict[str, Any] | Unset = UNSET
        if not isinstance(self.failure, Unset):
            failure = self.failure.to_dict()

        signature = self.signature

        reason = self.reason

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "fix": fix,
            }
        )
        if failure is not UNSET:
            field_dict["failure"] = failure
        if signature is not UNSET:
            field_dict["signature"] = signature
        if reason is not UNSET:
            field_dict["reason"] = reason

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.failure_request import FailureRequest

        d = dict(src_dict)
        fix = d.pop("fix")

        _failure = d.pop("failure", UNSET)
        failure: FailureRequest | Unset
        if isinstance(_failure, Unset):
            failure = UNSET
        else:
            failure = FailureRequest.from_dict(_failure)

        signature = d.pop("signature", UNSET)

        reason = d.pop("reason", UNSET)

        correction_input_request = cls(
            fix=fix,
            failure=failure,
            signature=signature,
            reason=reason,
        )

        return correction_input_request
