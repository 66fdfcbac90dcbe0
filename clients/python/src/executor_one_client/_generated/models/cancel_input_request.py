from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="CancelInputRequest")


@_attrs_define
class CancelInputRequest:
    """What POST /api/goals/{id}/cancel takes; nothing at all is fine.

    Attributes:
        reason (str | Unset): Why, at most 500 characters; it stays with the goal and is in its event. Default: ''.
    """

    reason: str | Unset = ""

    def to_dict(self) -> dict[str, Any]:
        reason = self.reason

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if reason is not UNSET:
            field_dict["reason"] = reason

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        reason = d.pop("reason", UNSET)

        cancel_input_request = cls(
            reason=reason,
        )

        return cancel_input_request
