from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="MadeRequest")


@_attrs_define
class MadeRequest:
    """The request itself.

    Attributes:
        at (datetime.datetime):
        method (str):
        path (str): Without the query; cut where it is longer.
        status (int):
        duration_ms (int):
    """

    at: datetime.datetime
    method: str
    path: str
    status: int
    duration_ms: int

    def to_dict(self) -> dict[str, Any]:
        at = self.at.isoformat()

        method = self.method

        path = self.path

        status = self.status

        duration_ms = self.duration_ms

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "at": at,
                "method": method,
                "path": path,
                "status": status,
                "durationMs": duration_ms,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        at = datetime.datetime.fromisoformat(d.pop("at"))

        method = d.pop("method")

        path = d.pop("path")

        status = d.pop("status")

        duration_ms = d.pop("durationMs")

        made_request = cls(
            at=at,
            method=method,
            path=path,
            status=status,
            duration_ms=duration_ms,
        )

        return made_request
