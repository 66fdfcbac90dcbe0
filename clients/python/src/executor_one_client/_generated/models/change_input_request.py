from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="ChangeInputRequest")


@_attrs_define
class ChangeInputRequest:
    """What POST /billing/change-plan takes.

    Attributes:
        tier (str): free, pro, ...: a `code` of GET /api/billing/tiers.
        accept (bool | Unset): Take a plan that allows less than is used: the surplus is read-only. Default: False.
    """

    tier: str
    accept: bool | Unset = False

    def to_dict(self) -> dict[str, Any]:
        tier = self.tier

        accept = self.accept

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "tier": tier,
            }
        )
        if accept is not UNSET:
            field_dict["accept"] = accept

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        tier = d.pop("tier")

        accept = d.pop("accept", UNSET)

        change_input_request = cls(
            tier=tier,
            accept=accept,
        )

        return change_input_request
