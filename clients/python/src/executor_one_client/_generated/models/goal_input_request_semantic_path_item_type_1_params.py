from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="GoalInputRequestSemanticPathItemType1Params")


@_attrs_define
class GoalInputRequestSemanticPathItemType1Params:
    """
    Attributes:
        command (str): Run by /bin/sh -c in /workspace; at most 100000 bytes.
        credentials (list[str] | Unset): Credentials of kind env, by their keys: their variables are set for the
            command.
    """

    command: str
    credentials: list[str] | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        command = self.command

        credentials: list[str] | Unset = UNSET
        if not isinstance(self.credentials, Unset):
            credentials = self.credentials

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "command": command,
            }
        )
        if credentials is not UNSET:
            field_dict["credentials"] = credentials

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        command = d.pop("command")

        credentials = cast(list[str], d.pop("credentials", UNSET))

        goal_input_request_semantic_path_item_type_1_params = cls(
            command=command,
            credentials=credentials,
        )

        return goal_input_request_semantic_path_item_type_1_params
