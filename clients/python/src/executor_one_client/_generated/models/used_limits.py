from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.used import Used


T = TypeVar("T", bound="UsedLimits")


@_attrs_define
class UsedLimits:
    """Every limit that is counted.

    Attributes:
        goals (Used): How much of a limit is used; a null limit is unlimited, a null reset never starts again.
        llm_calls (Used): How much of a limit is used; a null limit is unlimited, a null reset never starts again.
        memories (Used): How much of a limit is used; a null limit is unlimited, a null reset never starts again.
        api_keys (Used): How much of a limit is used; a null limit is unlimited, a null reset never starts again.
    """

    goals: Used
    llm_calls: Used
    memories: Used
    api_keys: Used
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        goals = self.goals.to_dict()

        llm_calls = self.llm_calls.to_dict()

        memories = self.memories.to_dict()

        api_keys = self.api_keys.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "goals": goals,
                "llmCalls": llm_calls,
                "memories": memories,
                "apiKeys": api_keys,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.used import Used

        d = dict(src_dict)
        goals = Used.from_dict(d.pop("goals"))

        llm_calls = Used.from_dict(d.pop("llmCalls"))

        memories = Used.from_dict(d.pop("memories"))

        api_keys = Used.from_dict(d.pop("apiKeys"))

        used_limits = cls(
            goals=goals,
            llm_calls=llm_calls,
            memories=memories,
            api_keys=api_keys,
        )

        used_limits.additional_properties = d
        return used_limits

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
