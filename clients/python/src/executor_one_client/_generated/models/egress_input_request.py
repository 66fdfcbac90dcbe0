from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="EgressInputRequest")


@_attrs_define
class EgressInputRequest:
    """What PUT /egress takes.

    Attributes:
        hosts (list[str]): example.com, or *.example.com for every name below it. No address, port or path. Empty: no
            network.
    """

    hosts: list[str]

    def to_dict(self) -> dict[str, Any]:
        hosts = self.hosts

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "hosts": hosts,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        hosts = cast(list[str], d.pop("hosts"))

        egress_input_request = cls(
            hosts=hosts,
        )

        return egress_input_request
