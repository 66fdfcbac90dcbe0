from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.audit_key_algorithm import AuditKeyAlgorithm, check_audit_key_algorithm

T = TypeVar("T", bound="AuditKey")


@_attrs_define
class AuditKey:
    """A public key that heads are signed with.

    Attributes:
        id (str):
        algorithm (AuditKeyAlgorithm): * `Ed25519` - Ed25519
        public_key (str): 32 bytes.
        signs (bool): Whether it is the one that signs now.
    """

    id: str
    algorithm: AuditKeyAlgorithm
    public_key: str
    signs: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        algorithm: str = self.algorithm

        public_key = self.public_key

        signs = self.signs

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "algorithm": algorithm,
                "publicKey": public_key,
                "signs": signs,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        algorithm = check_audit_key_algorithm(d.pop("algorithm"))

        public_key = d.pop("publicKey")

        signs = d.pop("signs")

        audit_key = cls(
            id=id,
            algorithm=algorithm,
            public_key=public_key,
            signs=signs,
        )

        audit_key.additional_properties = d
        return audit_key

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
