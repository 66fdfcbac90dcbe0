from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="TierInputRequest")


@_attrs_define
class TierInputRequest:
    """A plan by its code.

    Attributes:
        tier (str): free, pro, ...: a `code` of GET /api/billing/tiers.
    """

    tier: str

    def to_dict(self) -> dict[str, Any]:
        tier = self.tier

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "tier": tier,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        tier = d.pop("tier")

        tier_input_request = cls(
            tier=tier,
        )

        return tier_input_request
