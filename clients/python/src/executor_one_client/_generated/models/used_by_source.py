from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.used_by_source_source import (
    UsedBySourceSource,
    check_used_by_source_source,
)

T = TypeVar("T", bound="UsedBySource")


@_attrs_define
class UsedBySource:
    """What was used by one key, or by one person on the dashboard or with a session token.

    Attributes:
        source (UsedBySourceSource): * `key` - key
            * `user` - user
            * `other` - other
        id (str): Of the key or the person.
        name (None | str): Null for somebody who is not known any more.
        goals (int):
        llm_calls (int):
    """

    source: UsedBySourceSource
    id: str
    name: None | str
    goals: int
    llm_calls: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        source: str = self.source

        id = self.id

        name: None | str
        name = self.name

        goals = self.goals

        llm_calls = self.llm_calls

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "source": source,
                "id": id,
                "name": name,
                "goals": goals,
                "llmCalls": llm_calls,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        source = check_used_by_source_source(d.pop("source"))

        id = d.pop("id")

        def _parse_name(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        name = _parse_name(d.pop("name"))

        goals = d.pop("goals")

        llm_calls = d.pop("llmCalls")

        used_by_source = cls(
            source=source,
            id=id,
            name=name,
            goals=goals,
            llm_calls=llm_calls,
        )

        used_by_source.additional_properties = d
        return used_by_source

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
