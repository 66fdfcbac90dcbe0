from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.plan_change_status import PlanChangeStatus, check_plan_change_status

T = TypeVar("T", bound="PlanChange")


@_attrs_define
class PlanChange:
    """What came of it. The plan itself changes when Stripe has confirmed it, within seconds (`plan.changed`).

    Attributes:
        status (PlanChangeStatus): checkout: pay at checkoutUrl. requested: Stripe changes the subscription. scheduled:
            it ends at effectiveAt. resumed: it does not end any more.

            * `checkout` - checkout
            * `requested` - requested
            * `scheduled` - scheduled
            * `resumed` - resumed
        tier (str):
        checkout_url (None | str):
        effective_at (datetime.datetime | None):
    """

    status: PlanChangeStatus
    tier: str
    checkout_url: None | str
    effective_at: datetime.datetime | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        status: str = self.status

        tier = self.tier

        checkout_url: None | str
        checkout_url = self.checkout_url

        effective_at: None | str
        if isinstance(self.effective_at, datetime.datetime):
            effective_at = self.effective_at.isoformat()
        else:
            effective_at = self.effective_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "status": status,
                "tier": tier,
                "checkoutUrl": checkout_url,
                "effectiveAt": effective_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        status = check_plan_change_status(d.pop("status"))

        tier = d.pop("tier")

        def _parse_checkout_url(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        checkout_url = _parse_checkout_url(d.pop("checkoutUrl"))

        def _parse_effective_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                effective_at_type_0 = datetime.datetime.fromisoformat(data)

                return effective_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        effective_at = _parse_effective_at(d.pop("effectiveAt"))

        plan_change = cls(
            status=status,
            tier=tier,
            checkout_url=checkout_url,
            effective_at=effective_at,
        )

        plan_change.additional_properties = d
        return plan_change

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
