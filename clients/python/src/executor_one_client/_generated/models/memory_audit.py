from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="MemoryAudit")


@_attrs_define
class MemoryAudit:
    """The state of an account's memory.

    Attributes:
        total (int): Memories that are not expired; the rest, but for `expired`, is of them.
        duplicates (int): How many say what another one says, whatever its key: equal or restated sentences, and equal
            values of more than 8,192 characters. Secrets are not compared.
        stale (int): Neither written nor read for 90 days, and not crystallized.
        never_read (int):
        expired (int): Expired, and not collected yet.
        crystallized (int):
        sealed (int): Tagged `secrets`.
        learned (int): Written by the executor itself.
    """

    total: int
    duplicates: int
    stale: int
    never_read: int
    expired: int
    crystallized: int
    sealed: int
    learned: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        total = self.total

        duplicates = self.duplicates

        stale = self.stale

        never_read = self.never_read

        expired = self.expired

        crystallized = self.crystallized

        sealed = self.sealed

        learned = self.learned

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "total": total,
                "duplicates": duplicates,
                "stale": stale,
                "neverRead": never_read,
                "expired": expired,
                "crystallized": crystallized,
                "sealed": sealed,
                "learned": learned,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        total = d.pop("total")

        duplicates = d.pop("duplicates")

        stale = d.pop("stale")

        never_read = d.pop("neverRead")

        expired = d.pop("expired")

        crystallized = d.pop("crystallized")

        sealed = d.pop("sealed")

        learned = d.pop("learned")

        memory_audit = cls(
            total=total,
            duplicates=duplicates,
            stale=stale,
            never_read=never_read,
            expired=expired,
            crystallized=crystallized,
            sealed=sealed,
            learned=learned,
        )

        memory_audit.additional_properties = d
        return memory_audit

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
