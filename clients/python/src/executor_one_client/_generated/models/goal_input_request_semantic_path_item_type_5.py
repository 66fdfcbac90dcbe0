from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.goal_input_request_semantic_path_item_type_5_type import (
    GoalInputRequestSemanticPathItemType5Type,
    check_goal_input_request_semantic_path_item_type_5_type,
)
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.goal_input_request_semantic_path_item_type_5_params import (
        GoalInputRequestSemanticPathItemType5Params,
    )
    from ..models.goal_input_request_semantic_path_item_type_5_verify import (
        GoalInputRequestSemanticPathItemType5Verify,
    )


T = TypeVar("T", bound="GoalInputRequestSemanticPathItemType5")


@_attrs_define
class GoalInputRequestSemanticPathItemType5:
    """
    Attributes:
        type_ (GoalInputRequestSemanticPathItemType5Type):
        params (GoalInputRequestSemanticPathItemType5Params):
        name (str | Unset): What the task is called.
        depends_on (list[int] | Unset): The steps that it waits for, by their numbers from 0. Absent: all before it; []:
            none.
        timeout_ms (int | Unset): 300,000 if it is absent.
        verify (GoalInputRequestSemanticPathItemType5Verify | Unset):
    """

    type_: GoalInputRequestSemanticPathItemType5Type
    params: GoalInputRequestSemanticPathItemType5Params
    name: str | Unset = UNSET
    depends_on: list[int] | Unset = UNSET
    timeout_ms: int | Unset = UNSET
    verify: GoalInputRequestSemanticPathItemType5Verify | Unset = UNSET

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
        from ..models.goal_input_request_semantic_path_item_type_5_params import (
            GoalInputRequestSemanticPathItemType5Params,
        )
        from ..models.goal_input_request_semantic_path_item_type_5_verify import (
            GoalInputRequestSemanticPathItemType5Verify,
        )

        d = dict(src_dict)
        type_ = check_goal_input_request_semantic_path_item_type_5_type(d.pop("type"))

        params = GoalInputRequestSemanticPathItemType5Params.from_dict(d.pop("params"))

        name = d.pop("name", UNSET)

        depends_on = cast(list[int], d.pop("dependsOn", UNSET))

        timeout_ms = d.pop("timeoutMs", UNSET)

        _verify = d.pop("verify", UNSET)
        verify: GoalInputRequestSemanticPathItemType5Verify | Unset
        if isinstance(_verify, Unset):
            verify = UNSET
        else:
            verify = GoalInputRequestSemanticPathItemType5Verify.from_dict(_verify)

        goal_input_request_semantic_path_item_type_5 = cls(
            type_=type_,
            params=params,
            name=name,
            depends_on=depends_on,
            timeout_ms=timeout_ms,
            verify=verify,
        )

        return goal_input_request_semantic_path_item_type_5
