from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.reason import Reason


T = TypeVar("T", bound="Memory")


@_attrs_define
class Memory:
    """A memory.

    Attributes:
        id (UUID):
        key (str):
        tags (list[str]):
        importance (float): 0-1.
        relevance (float): 0-1: importance x 0.5^(age / 7 days) since the last write or access.
        ttl (int | None): Seconds, as said.
        expires_at (datetime.datetime | None):
        crystallized (bool): Permanent: never expires, never collected.
        sealed (bool): Tagged `secrets`: encrypted at rest; its value is in GET /api/memory/{key} only, for
            memory.secrets.
        access_count (int): How often it was read by its exact key.
        suggest_crystallize (bool): Read more than 10 times and not crystallized.
        learned_from (None | UUID): The goal whose executor wrote it.
        created_at (datetime.datetime):
        written_at (datetime.datetime):
        accessed_at (datetime.datetime | None):
        value (Any | Unset): Absent where the caller may not see it: see `sealed`.
        why (list[Reason] | Unset): With mode=semantic: what found it, in this order.
    """

    id: UUID
    key: str
    tags: list[str]
    importance: float
    relevance: float
    ttl: int | None
    expires_at: datetime.datetime | None
    crystallized: bool
    sealed: bool
    access_count: int
    suggest_crystallize: bool
    learned_from: None | UUID
    created_at: datetime.datetime
    written_at: datetime.datetime
    accessed_at: datetime.datetime | None
    value: Any | Unset = UNSET
    why: list[Reason] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        key = self.key

        tags = self.tags

        importance = self.importance

        relevance = self.relevance

        ttl: int | None
        ttl = self.ttl

        expires_at: None | str
        if isinstance(self.expires_at, datetime.datetime):
            expires_at = self.expires_at.isoformat()
        else:
            expires_at = self.expires_at

        crystallized = self.crystallized

        sealed = self.sealed

        access_count = self.access_count

        suggest_crystallize = self.suggest_crystallize

        learned_from: None | str
        if isinstance(self.learned_from, UUID):
            learned_from = str(self.learned_from)
        else:
            learned_from = self.learned_from

        created_at = self.created_at.isoformat()

        written_at = self.written_at.isoformat()

        accessed_at: None | str
        if isinstance(self.accessed_at, datetime.datetime):
            accessed_at = self.accessed_at.isoformat()
        else:
            accessed_at = self.accessed_at

        value = self.value

        why: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.why, Unset):
            why = []
            for why_item_data in self.why:
                why_item = why_item_data.to_dict()
                why.append(why_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "key": key,
                "tags": tags,
                "importance": importance,
                "relevance": relevance,
                "ttl": ttl,
                "expiresAt": expires_at,
                "crystallized": crystallized,
                "sealed": sealed,
                "accessCount": access_count,
                "suggestCrystallize": suggest_crystallize,
                "learnedFrom": learned_from,
                "createdAt": created_at,
                "writtenAt": written_at,
                "accessedAt": accessed_at,
            }
        )
        if value is not UNSET:
            field_dict["value"] = value
        if why is not UNSET:
            field_dict["why"] = why

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.reason import Reason

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        key = d.pop("key")

        tags = cast(list[str], d.pop("tags"))

        importance = d.pop("importance")

        relevance = d.pop("relevance")

        def _parse_ttl(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        ttl = _parse_ttl(d.pop("ttl"))

        def _parse_expires_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                expires_at_type_0 = datetime.datetime.fromisoformat(data)

                return expires_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        expires_at = _parse_expires_at(d.pop("expiresAt"))

        crystallized = d.pop("crystallized")

        sealed = d.pop("sealed")

        access_count = d.pop("accessCount")

        suggest_crystallize = d.pop("suggestCrystallize")

        def _parse_learned_from(data: object) -> None | UUID:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                learned_from_type_0 = UUID(data)

                return learned_from_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UUID, data)

        learned_from = _parse_learned_from(d.pop("learnedFrom"))

        created_at = datetime.datetime.fromisoformat(d.pop("createdAt"))

        written_at = datetime.datetime.fromisoformat(d.pop("writtenAt"))

        def _parse_accessed_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                accessed_at_type_0 = datetime.datetime.fromisoformat(data)

                return accessed_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        accessed_at = _parse_accessed_at(d.pop("accessedAt"))

        value = d.pop("value", UNSET)

        _why = d.pop("why", UNSET)
        why: list[Reason] | Unset = UNSET
        if _why is not UNSET:
            why = []
            for why_item_data in _why:
                why_item = Reason.from_dict(why_item_data)

                why.append(why_item)

        memory = cls(
            id=id,
            key=key,
            tags=tags,
            importance=importance,
            relevance=relevance,
            ttl=ttl,
            expires_at=expires_at,
            crystallized=crystallized,
            sealed=sealed,
            access_count=access_count,
            suggest_crystallize=suggest_crystallize,
            learned_from=learned_from,
            created_at=created_at,
            written_at=written_at,
            accessed_at=accessed_at,
            value=value,
            why=why,
        )

        memory.additional_properties = d
        return memory

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
