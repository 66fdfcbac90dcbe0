from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.goal_input_request_semantic_path_item_type_2_type import (
    GoalInputRequestSemanticPathItemType2Type,
    check_goal_input_request_semantic_path_item_type_2_type,
)
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.goal_input_request_semantic_path_item_type_2_params import (
        GoalInputRequestSemanticPathItemType2Params,
    )
    from ..models.goal_input_request_semantic_path_item_type_2_verify import (
        GoalInputRequestSemanticPathItemType2Verify,
    )


T = TypeVar("T", bound="GoalInputRequestSemanticPathItemType2")


@_attrs_define
class GoalInputRequestSemanticPathItemType2:
    """
    Attributes:
        type_ (GoalInputRequestSemanticPathItemType2Type):
        params (GoalInputRequestSemanticPathItemType2Params):
        name (str | Unset): What the task is called.
        depends_on (list[int] | Unset): The steps that it waits for, by their numbers from 0. Absent: all before it; []:
            none.
        timeout_ms (int | Unset): 300,000 if it is absent.
        verify (GoalInputRequestSemanticPathItemType2Verify | Unset):
    """

    type_: GoalInputRequestSemanticPathItemType2Type
    params: GoalInputRequestSemanticPathItemType2Params
    name: str | Unset = UNSET
    depends_on: list[int] | Unset = UNSET
    timeout_ms: int | Unset = UNSET
    verify: GoalInputRequestSemanticPathItemType2Verify | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        type_: str = self.type_

        params = self.params.to_dict()

        name = self.name

        depends_on: list[int] | Unset = UNSET
        if not isinstance(self.depends_on, Unset):
            depends_on = self.depends_on

        timeout_ms = self.timeout_ms

        verify: dict[str, Any] | Unset = UNSET
        if not isinstance(self.verify, Unset):
            verify = self.verify.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "type": type_,
                "params": params,
            }
        )
        if name is not UNSET:
            field_dict["name"] = name
        if depends_on is not UNSET:
            field_dict["dependsOn"] = depends_on
        if timeout_ms is not UNSET:
            field_dict["timeoutMs"] = timeout_ms
        if verify is not UNSET:
            field_dict["verify"] = verify

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.goal_input_request_semantic_path_item_type_2_params import (
            GoalInputRequestSemanticPathItemType2Params,
        )
        from ..models.goal_input_request_semantic_path_item_type_2_verify import (
            GoalInputRequestSemanticPathItemType2Verify,
        )

        d = dict(src_dict)
        type_ = check_goal_input_request_semantic_path_item_type_2_type(d.pop("type"))

        params = GoalInputRequestSemanticPathItemType2Params.from_dict(d.pop("params"))

        name = d.pop("name", UNSET)

        depends_on = cast(list[int], d.pop("dependsOn", UNSET))

        timeout_ms = d.pop("timeoutMs", UNSET)

        _verify = d.pop("verify", UNSET)
        verify: GoalInputRequestSemanticPathItemType2Verify | Unset
        if isinstance(_verify, Unset):
            verify = UNSET
        else:
            verify = GoalInputRequestSemanticPathItemType2Verify.from_dict(_verify)

        goal_input_request_semantic_path_item_type_2 = cls(
            type_=type_,
            params=params,
            name=name,
            depends_on=depends_on,
            timeout_ms=timeout_ms,
            verify=verify,
        )

        return goal_input_request_semantic_path_item_type_2
