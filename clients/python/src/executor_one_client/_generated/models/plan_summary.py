from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.credit_left import CreditLeft
    from ..models.limits import Limits
    from ..models.standing import Standing
    from ..models.used_limits import UsedLimits


T = TypeVar("T", bound="PlanSummary")


@_attrs_define
class PlanSummary:
    """The plan, its limits, and what is used of them.

    Attributes:
        subscription (Standing): Which plan the account has, and how it is paid.
        limits (Limits): What a plan allows; null is unlimited.
        usage (UsedLimits): Every limit that is counted.
        credit (CreditLeft): What the account has beyond its plan: bought, or given by staff.
    """

    subscription: Standing
    limits: Limits
    usage: UsedLimits
    credit: CreditLeft
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        subscription = self.subscription.to_dict()

        limits = self.limits.to_dict()

        usage = self.usage.to_dict()

        credit = self.credit.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "subscription": subscription,
                "limits": limits,
                "usage": usage,
                "credit": credit,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.credit_left import CreditLeft
        from ..models.limits import Limits
        from ..models.standing import Standing
        from ..models.used_limits import UsedLimits

        d = dict(src_dict)
        subscription = Standing.from_dict(d.pop("subscription"))

        limits = Limits.from_dict(d.pop("limits"))

        usage = UsedLimits.from_dict(d.pop("usage"))

        credit = CreditLeft.from_dict(d.pop("credit"))

        plan_summary = cls(
            subscription=subscription,
            limits=limits,
            usage=usage,
            credit=credit,
        )

        plan_summary.additional_properties = d
        return plan_summary

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
