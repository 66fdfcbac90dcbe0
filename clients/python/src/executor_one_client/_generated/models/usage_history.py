from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.used_by_source import UsedBySource
    from ..models.used_on_day import UsedOnDay


T = TypeVar("T", bound="UsageHistory")


@_attrs_define
class UsageHistory:
    """The last 30 days of an account, today included.

    Attributes:
        data (list[UsedOnDay]):
        by_source (list[UsedBySource]):
    """

    data: list[UsedOnDay]
    by_source: list[UsedBySource]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        data = []
        for data_item_data in self.data:
            data_item = data_item_data.to_dict()
            data.append(data_item)

        by_source = []
        for by_source_item_data in self.by_source:
            by_source_item = by_source_item_data.to_dict()
            by_source.append(by_source_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "data": data,
                "bySource": by_source,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.used_by_source import UsedBySource
        from ..models.used_on_day import UsedOnDay

        d = dict(src_dict)
        data = []
        _data = d.pop("data")
        for data_item_data in _data:
            data_item = UsedOnDay.from_dict(data_item_data)

            data.append(data_item)

        by_source = []
        _by_source = d.pop("bySource")
        for by_source_item_data in _by_source:
            by_source_item = UsedBySource.from_dict(by_source_item_data)

            by_source.append(by_source_item)

        usage_history = cls(
            data=data,
            by_source=by_source,
        )

        usage_history.additional_properties = d
        return usage_history

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
