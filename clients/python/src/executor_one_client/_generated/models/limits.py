from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Limits")


@_attrs_define
class Limits:
    """What a plan allows; null is unlimited.

    Attributes:
        goals_per_month (int | None):
        memories (int | None):
        llm_calls_per_month (int | None): 0: goals are planned by keywords.
        parallel_tasks (int):
        api_keys (int | None):
        web_socket (bool):
        goal_cooldown_seconds (int): Seconds between two goals.
    """

    goals_per_month: int | None
    memories: int | None
    llm_calls_per_month: int | None
    parallel_tasks: int
    api_keys: int | None
    web_socket: bool
    goal_cooldown_seconds: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        goals_per_month: int | None
        goals_per_month = self.goals_per_month

        memories: int | None
        memories = self.memories

        llm_calls_per_month: int | None
        llm_calls_per_month = self.llm_calls_per_month

        parallel_tasks = self.parallel_tasks

        api_keys: int | None
        api_keys = self.api_keys

        web_socket = self.web_socket

        goal_cooldown_seconds = self.goal_cooldown_seconds

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "goalsPerMonth": goals_per_month,
                "memories": memories,
                "llmCallsPerMonth": llm_calls_per_month,
                "parallelTasks": parallel_tasks,
                "apiKeys": api_keys,
                "webSocket": web_socket,
                "goalCooldownSeconds": goal_cooldown_seconds,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)

        def _parse_goals_per_month(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        goals_per_month = _parse_goals_per_month(d.pop("goalsPerMonth"))

        def _parse_memories(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        memories = _parse_memories(d.pop("memories"))

        def _parse_llm_calls_per_month(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        llm_calls_per_month = _parse_llm_calls_per_month(d.pop("llmCallsPerMonth"))

        parallel_tasks = d.pop("parallelTasks")

        def _parse_api_keys(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        api_keys = _parse_api_keys(d.pop("apiKeys"))

        web_socket = d.pop("webSocket")

        goal_cooldown_seconds = d.pop("goalCooldownSeconds")

        limits = cls(
            goals_per_month=goals_per_month,
            memories=memories,
            llm_calls_per_month=llm_calls_per_month,
            parallel_tasks=parallel_tasks,
            api_keys=api_keys,
            web_socket=web_socket,
            goal_cooldown_seconds=goal_cooldown_seconds,
        )

        limits.additional_properties = d
        return limits

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
