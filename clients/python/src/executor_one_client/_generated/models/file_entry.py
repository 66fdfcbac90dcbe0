from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.file_entry_kind import FileEntryKind, check_file_entry_kind

T = TypeVar("T", bound="FileEntry")


@_attrs_define
class FileEntry:
    """One name in a folder of the workspace.

    Attributes:
        name (str):
        kind (FileEntryKind): * `file` - file
            * `directory` - directory
            * `link` - link
            * `other` - other
        size (int): Bytes.
        mode (str): Its permissions in octal, like 0644.
        modified_at (datetime.datetime):
    """

    name: str
    kind: FileEntryKind
    size: int
    mode: str
    modified_at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        kind: str = self.kind

        size = self.size

        mode = self.mode

        modified_at = self.modified_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
                "kind": kind,
                "size": size,
                "mode": mode,
                "modifiedAt": modified_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        name = d.pop("name")

        kind = check_file_entry_kind(d.pop("kind"))

        size = d.pop("size")

        mode = d.pop("mode")

        modified_at = datetime.datetime.fromisoformat(d.pop("modifiedAt"))

        file_entry = cls(
            name=name,
            kind=kind,
            size=size,
            mode=mode,
            modified_at=modified_at,
        )

        file_entry.additional_properties = d
        return file_entry

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
