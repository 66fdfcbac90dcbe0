from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.health_report_status import HealthReportStatus, check_health_report_status

if TYPE_CHECKING:
    from ..models.check import Check


T = TypeVar("T", bound="HealthReport")


@_attrs_define
class HealthReport:
    """healthy; degraded: a part is missing that only some tasks need; unhealthy (503): goals do not move.

    Attributes:
        status (HealthReportStatus): * `healthy` - healthy
            * `degraded` - degraded
            * `unhealthy` - unhealthy
        uptime_ms (int): Of this web process.
        tick_count (int): Beats of the heartbeat since the installation began.
        checks (list[Check]):
    """

    status: HealthReportStatus
    uptime_ms: int
    tick_count: int
    checks: list[Check]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        status: str = self.status

        uptime_ms = self.uptime_ms

        tick_count = self.tick_count

        checks = []
        for checks_item_data in self.checks:
            checks_item = checks_item_data.to_dict()
            checks.append(checks_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "status": status,
                "uptimeMs": uptime_ms,
                "tickCount": tick_count,
                "checks": checks,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.check import Check

        d = dict(src_dict)
        status = check_health_report_status(d.pop("status"))

        uptime_ms = d.pop("uptimeMs")

        tick_count = d.pop("tickCount")

        checks = []
        _checks = d.pop("checks")
        for checks_item_data in _checks:
            checks_item = Check.from_dict(checks_item_data)

            checks.append(checks_item)

        health_report = cls(
            status=status,
            uptime_ms=uptime_ms,
            tick_count=tick_count,
            checks=checks,
        )

        health_report.additional_properties = d
        return health_report

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
