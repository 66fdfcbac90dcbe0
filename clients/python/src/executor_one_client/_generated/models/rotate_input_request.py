from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="RotateInputRequest")


@_attrs_define
class RotateInputRequest:
    """How long the old key goes on.

    Attributes:
        grace_hours (int | Unset): 0: the old key ends now. At most 168. Default: 24.
    """

    grace_hours: int | Unset = 24

    def to_dict(self) -> dict[str, Any]:
        grace_hours = self.grace_hours

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if grace_hours is not UNSET:
            field_dict["graceHours"] = grace_hours

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        grace_hours = d.pop("graceHours", UNSET)

        rotate_input_request = cls(
            grace_hours=grace_hours,
        )

        return rotate_input_request
