from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="GoalInputRequestSemanticPathItemType3ParamsHeadersType1Item")


@_attrs_define
class GoalInputRequestSemanticPathItemType3ParamsHeadersType1Item:
    """
    Attributes:
        name (str):
        value (str):
    """

    name: str
    value: str

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        value = self.value

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
                "value": value,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        name = d.pop("name")

        value = d.pop("value")

        goal_input_request_semantic_path_item_type_3_params_headers_type_1_item = cls(
            name=name,
            value=value,
        )

        return goal_input_request_semantic_path_item_type_3_params_headers_type_1_item
