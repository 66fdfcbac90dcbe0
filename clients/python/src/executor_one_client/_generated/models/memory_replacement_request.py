from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="MemoryReplacementRequest")


@_attrs_define
class MemoryReplacementRequest:
    """What PUT /api/memory/{key} takes: the whole memory; what is not said gets its default.

    Attributes:
        value (Any): Any JSON, at most 64 KiB of compact UTF-8; 64 levels deep.
        tags (list[str] | Unset): At most 32, each of 1-64 characters without a comma. `secrets` encrypts the value at
            rest.
        importance (float | Unset): 0-1; 0.5 when never said.
        ttl (int | None | Unset): Seconds from the write until it expires; null: never. A crystallized memory has none.
    """

    value: Any
    tags: list[str] | Unset = UNSET
    importance: float | Unset = UNSET
    ttl: int | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        value = self.value

        tags: list[str] | Unset = UNSET
        if not isinstance(self.tags, Unset):
            tags = self.tags

        importance = self.importance

        ttl: int | None | Unset
        if isinstance(self.ttl, Unset):
            ttl = UNSET
        else:
            ttl = self.ttl

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "value": value,
            }
        )
        if tags is not UNSET:
            field_dict["tags"] = tags
        if importance is not UNSET:
            field_dict["importance"] = importance
        if ttl is not UNSET:
            field_dict["ttl"] = ttl

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        value = d.pop("value")

        tags = cast(list[str], d.pop("tags", UNSET))

        importance = d.pop("importance", UNSET)

        def _parse_ttl(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        ttl = _parse_ttl(d.pop("ttl", UNSET))

        memory_replacement_request = cls(
            value=value,
            tags=tags,
            importance=importance,
            ttl=ttl,
        )

        return memory_replacement_request
