from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.standing_status import StandingStatus, check_standing_status

T = TypeVar("T", bound="Standing")


@_attrs_define
class Standing:
    """Which plan the account has, and how it is paid.

    Attributes:
        tier (str): The code of the plan that holds now.
        name (str):
        status (StandingStatus): none: nothing is paid. active. past_due: a payment failed, the plan stays until
            graceUntil. unpaid: and that is over, the account is on Free until the payment comes. ended.

            * `none` - None
            * `active` - Active
            * `past_due` - Past Due
            * `unpaid` - Unpaid
            * `ended` - Ended
        since (datetime.datetime): Since when the account has this plan.
        paid_tier (None | str): The plan that is paid for.
        period_end (datetime.datetime | None): Until when it is paid.
        ends_at_period_end (bool): Whether it ends then.
        grace_until (datetime.datetime | None):
    """

    tier: str
    name: str
    status: StandingStatus
    since: datetime.datetime
    paid_tier: None | str
    period_end: datetime.datetime | None
    ends_at_period_end: bool
    grace_until: datetime.datetime | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        tier = self.tier

        name = self.name

        status: str = self.status

        since = self.since.isoformat()

        paid_tier: None | str
        paid_tier = self.paid_tier

        period_end: None | str
        if isinstance(self.period_end, datetime.datetime):
            period_end = self.period_end.isoformat()
        else:
            period_end = self.period_end

        ends_at_period_end = self.ends_at_period_end

        grace_until: None | str
        if isinstance(self.grace_until, datetime.datetime):
            grace_until = self.grace_until.isoformat()
        else:
            grace_until = self.grace_until

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "tier": tier,
                "name": name,
                "status": status,
                "since": since,
                "paidTier": paid_tier,
                "periodEnd": period_end,
                "endsAtPeriodEnd": ends_at_period_end,
                "graceUntil": grace_until,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        tier = d.pop("tier")

        name = d.pop("name")

        status = check_standing_status(d.pop("status"))

        since = datetime.datetime.fromisoformat(d.pop("since"))

        def _parse_paid_tier(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        paid_tier = _parse_paid_tier(d.pop("paidTier"))

        def _parse_period_end(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                period_end_type_0 = datetime.datetime.fromisoformat(data)

                return period_end_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        period_end = _parse_period_end(d.pop("periodEnd"))

        ends_at_period_end = d.pop("endsAtPeriodEnd")

        def _parse_grace_until(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                grace_until_type_0 = datetime.datetime.fromisoformat(data)

                return grace_until_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        grace_until = _parse_grace_until(d.pop("graceUntil"))

        standing = cls(
            tier=tier,
            name=name,
            status=status,
            since=since,
            paid_tier=paid_tier,
            period_end=period_end,
            ends_at_period_end=ends_at_period_end,
            grace_until=grace_until,
        )

        standing.additional_properties = d
        return standing

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
