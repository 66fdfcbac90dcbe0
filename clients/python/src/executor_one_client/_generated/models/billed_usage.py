from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.credit_left import CreditLeft
    from ..models.used_limits import UsedLimits


T = TypeVar("T", bound="BilledUsage")


@_attrs_define
class BilledUsage:
    """What was used of the plan this month.

    Attributes:
        tier (str): The code of the plan.
        period_start (datetime.datetime): Counters began here: the first of the month, 00:00 UTC.
        period_end (datetime.datetime): And start again here.
        usage (UsedLimits): Every limit that is counted.
        credit (CreditLeft): What the account has beyond its plan: bought, or given by staff.
    """

    tier: str
    period_start: datetime.datetime
    period_end: datetime.datetime
    usage: UsedLimits
    credit: CreditLeft
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        tier = self.tier

        period_start = self.period_start.isoformat()

        period_end = self.period_end.isoformat()

        usage = self.usage.to_dict()

        credit = self.credit.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "tier": tier,
                "periodStart": period_start,
                "periodEnd": period_end,
                "usage": usage,
                "credit": credit,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.credit_left import CreditLeft
        from ..models.used_limits import UsedLimits

        d = dict(src_dict)
        tier = d.pop("tier")

        period_start = datetime.datetime.fromisoformat(d.pop("periodStart"))

        period_end = datetime.datetime.fromisoformat(d.pop("periodEnd"))

        usage = UsedLimits.from_dict(d.pop("usage"))

        credit = CreditLeft.from_dict(d.pop("credit"))

        billed_usage = cls(
            tier=tier,
            period_start=period_start,
            period_end=period_end,
            usage=usage,
            credit=credit,
        )

        billed_usage.additional_properties = d
        return billed_usage

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
