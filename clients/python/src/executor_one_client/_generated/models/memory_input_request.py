from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="MemoryInputRequest")


@_attrs_define
class MemoryInputRequest:
    """What POST /api/memory takes.

    Attributes:
        value (Any): Any JSON, at most 64 KiB of compact UTF-8; 64 levels deep.
        key (str): 1-256 characters, as said; `/ . : -` and any letters, no control characters; not `.` or `..` alone.
        tags (list[str] | Unset): At most 32, each of 1-64 characters without a comma. `secrets` encrypts the value at
            rest.
        importance (float | Unset): 0-1; 0.5 when never said.
        ttl (int | None | Unset): Seconds from the write until it expires; null: never. A crystallized memory has none.
        dedupe (bool | Unset): Store nothing when a key that differs only in what says when or which note says the same.
            Default: False.
    """

    value: Any
    key: str
    tags: list[str] | Unset = UNSET
    importance: float | Unset = UNSET
    ttl: int | None | Unset = UNSET
    dedupe: bool | Unset = False

    def to_dict(self) -> dict[str, Any]:
        value = self.value

        key = self.key

        tags: list[str] | Unset = UNSET
        if not isinstance(self.tags, Unset):
            tags = self.tags

        importance = self.importance

        ttl: int | None | Unset
        if isinstance(self.ttl, Unset):
            ttl = UNSET
        else:
            ttl = self.ttl

        dedupe = self.dedupe

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "value": value,
                "key": key,
            }
        )
        if tags is not UNSET:
            field_dict["tags"] = tags
        if importance is not UNSET:
            field_dict["importance"] = importance
        if ttl is not UNSET:
            field_dict["ttl"] = ttl
        if dedupe is not UNSET:
            field_dict["dedupe"] = dedupe

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        value = d.pop("value")

        key = d.pop("key")

        tags = cast(list[str], d.pop("tags", UNSET))

        importance = d.pop("importance", UNSET)

        def _parse_ttl(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        ttl = _parse_ttl(d.pop("ttl", UNSET))

        dedupe = d.pop("dedupe", UNSET)

        memory_input_request = cls(
            value=value,
            key=key,
            tags=tags,
            importance=importance,
            ttl=ttl,
            dedupe=dedupe,
        )

        return memory_input_request
