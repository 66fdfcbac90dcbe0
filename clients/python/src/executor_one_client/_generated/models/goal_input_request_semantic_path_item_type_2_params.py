from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.goal_input_request_semantic_path_item_type_2_params_action import (
    GoalInputRequestSemanticPathItemType2ParamsAction,
    check_goal_input_request_semantic_path_item_type_2_params_action,
)
from ..types import UNSET, Unset

T = TypeVar("T", bound="GoalInputRequestSemanticPathItemType2Params")


@_attrs_define
class GoalInputRequestSemanticPathItemType2Params:
    """
    Attributes:
        action (GoalInputRequestSemanticPathItemType2ParamsAction):
        path (str): Relative to the workspace. No '..', and no symbolic link on the way. To delete all that is in the
            workspace, whatever it is called: '.', with recursive.
        content (str | Unset): Text to write, as UTF-8.
        content_base_64 (str | Unset): Bytes to write, in base64, instead of content.
        mode (str | Unset): In octal. Unless given: as it was, 0644 for a new file, 0755 for a new directory.
        parents (bool | Unset): Make the directories that are missing. Default: True.
        recursive (bool | Unset): Delete a directory with all that is in it. Default: False.
    """

    action: GoalInputRequestSemanticPathItemType2ParamsAction
    path: str
    content: str | Unset = UNSET
    content_base_64: str | Unset = UNSET
    mode: str | Unset = UNSET
    parents: bool | Unset = True
    recursive: bool | Unset = False

    def to_dict(self) -> dict[str, Any]:
        action: str = self.action

        path = self.path

        content = self.content

        content_base_64 = self.content_base_64

        mode = self.mode

        parents = self.parents

        recursive = self.recursive

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "action": action,
                "path": path,
            }
        )
        if content is not UNSET:
            field_dict["content"] = content
        if content_base_64 is not UNSET:
            field_dict["contentBase64"] = content_base_64
        if mode is not UNSET:
            field_dict["mode"] = mode
        if parents is not UNSET:
            field_dict["parents"] = parents
        if recursive is not UNSET:
            field_dict["recursive"] = recursive

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        action = check_goal_input_request_semantic_path_item_type_2_params_action(
            d.pop("action")
        )

        path = d.pop("path")

        content = d.pop("content", UNSET)

        content_base_64 = d.pop("contentBase64", UNSET)

        mode = d.pop("mode", UNSET)

        parents = d.pop("parents", UNSET)

        recursive = d.pop("recursive", UNSET)

        goal_input_request_semantic_path_item_type_2_params = cls(
            action=action,
            path=path,
            content=content,
            content_base_64=content_base_64,
            mode=mode,
            parents=parents,
            recursive=recursive,
        )

        return goal_input_request_semantic_path_item_type_2_params
