from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="SignedHead")


@_attrs_define
class SignedHead:
    """The end of a chain as it was when it was signed.

    Attributes:
        account (None | str):
        seq (int): Of the event that was the last one.
        hash_ (str): Of that event.
        previous (int): The seq of the head before; 0 for the first one.
        signed_at (str): UTC, always with six digits of the second.
        key (str): The id of the key, as at /api/v1/audit/keys.
        signature (str): Ed25519, of what docs/explanation/audit.md says.
    """

    account: None | str
    seq: int
    hash_: str
    previous: int
    signed_at: str
    key: str
    signature: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        account: None | str
        account = self.account

        seq = self.seq

        hash_ = self.hash_

        previous = self.previous

        signed_at = self.signed_at

        key = self.key

        signature = self.signature

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "account": account,
                "seq": seq,
                "hash": hash_,
                "previous": previous,
                "signedAt": signed_at,
                "key": key,
                "signature": signature,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)

        def _parse_account(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        account = _parse_account(d.pop("account"))

        seq = d.pop("seq")

        hash_ = d.pop("hash")

        previous = d.pop("previous")

        signed_at = d.pop("signedAt")

        key = d.pop("key")

        signature = d.pop("signature")

        signed_head = cls(
            account=account,
            seq=seq,
            hash_=hash_,
            previous=previous,
            signed_at=signed_at,
            key=key,
            signature=signature,
        )

        signed_head.additional_properties = d
        return signed_head

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
