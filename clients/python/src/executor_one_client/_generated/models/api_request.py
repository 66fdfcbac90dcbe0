from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="ApiRequest")


@_attrs_define
class ApiRequest:
    """One request of a key.

    Attributes:
        at (datetime.datetime):
        method (str):
        path (str): Without the query; cut where it is longer.
        status (int):
        duration_ms (int):
        receipt (str):
        ip (None | str | Unset):
        replay_of (str | Unset): The receipt of the request that did it.
    """

    at: datetime.datetime
    method: str
    path: str
    status: int
    duration_ms: int
    receipt: str
    ip: None | str | Unset = UNSET
    replay_of: str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        at = self.at.isoformat()

        method = self.method

        path = self.path

        status = self.status

        duration_ms = self.duration_ms

        receipt = self.receipt

        ip: None | str | Unset
        if isinstance(self.ip, Unset):
            ip = UNSET
        else:
            ip = self.ip

        replay_of = self.replay_of

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "at": at,
                "method": method,
                "path": path,
                "status": status,
                "durationMs": duration_ms,
                "receipt": receipt,
            }
        )
        if ip is not UNSET:
            field_dict["ip"] = ip
        if replay_of is not UNSET:
            field_dict["replayOf"] = replay_of

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        at = datetime.datetime.fromisoformat(d.pop("at"))

        method = d.pop("method")

        path = d.pop("path")

        status = d.pop("status")

        duration_ms = d.pop("durationMs")

        receipt = d.pop("receipt")

        def _parse_ip(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        ip = _parse_ip(d.pop("ip", UNSET))

        replay_of = d.pop("replayOf", UNSET)

        api_request = cls(
            at=at,
            method=method,
            path=path,
            status=status,
            duration_ms=duration_ms,
            receipt=receipt,
            ip=ip,
            replay_of=replay_of,
        )

        return api_request
