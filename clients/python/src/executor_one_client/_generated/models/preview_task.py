from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.preview_task_params import PreviewTaskParams


T = TypeVar("T", bound="PreviewTask")


@_attrs_define
class PreviewTask:
    """A task that a goal would run.

    Attributes:
        position (int):
        name (str):
        actuator (str):
        params (PreviewTaskParams):
        depends_on (list[int]): Positions of the tasks before it.
        timeout_ms (int):
        touches (None | str): What it can reach, in words; null: not known.
    """

    position: int
    name: str
    actuator: str
    params: PreviewTaskParams
    depends_on: list[int]
    timeout_ms: int
    touches: None | str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        position = self.position

        name = self.name

        actuator = self.actuator

        params = self.params.to_dict()

        depends_on = self.depends_on

        timeout_ms = self.timeout_ms

        touches: None | str
        touches = self.touches

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "position": position,
                "name": name,
                "actuator": actuator,
                "params": params,
                "dependsOn": depends_on,
                "timeoutMs": timeout_ms,
                "touches": touches,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.preview_task_params import PreviewTaskParams

        d = dict(src_dict)
        position = d.pop("position")

        name = d.pop("name")

        actuator = d.pop("actuator")

        params = PreviewTaskParams.from_dict(d.pop("params"))

        depends_on = cast(list[int], d.pop("dependsOn"))

        timeout_ms = d.pop("timeoutMs")

        def _parse_touches(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        touches = _parse_touches(d.pop("touches"))

        preview_task = cls(
            position=position,
            name=name,
            actuator=actuator,
            params=params,
            depends_on=depends_on,
            timeout_ms=timeout_ms,
            touches=touches,
        )

        preview_task.additional_properties = d
        return preview_task

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
