from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="RecallMeta")


@_attrs_define
class RecallMeta:
    """Where in the matches a page is.

    Attributes:
        total (int): How many match; at least so many when it is not exact. With mode=semantic: found, at most 200.
        exact (bool): Whether total is all that matches. With mode=semantic false when a way of finding stopped early.
        limit (int):
        offset (int):
    """

    total: int
    exact: bool
    limit: int
    offset: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        total = self.total

        exact = self.exact

        limit = self.limit

        offset = self.offset

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "total": total,
                "exact": exact,
                "limit": limit,
                "offset": offset,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        total = d.pop("total")

        exact = d.pop("exact")

        limit = d.pop("limit")

        offset = d.pop("offset")

        recall_meta = cls(
            total=total,
            exact=exact,
            limit=limit,
            offset=offset,
        )

        recall_meta.additional_properties = d
        return recall_meta

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
