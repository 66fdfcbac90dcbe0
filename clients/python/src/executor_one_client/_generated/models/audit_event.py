from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.audit_event_data import AuditEventData


T = TypeVar("T", bound="AuditEvent")


@_attrs_define
class AuditEvent:
    """One event and its place in the chain.

    Attributes:
        id (str): As in /api/events.
        seq (int): Its number in the chain, from 1, without a gap.
        account (None | str): null: of the installation's chain.
        type_ (str): docs/reference/events.md has them all.
        actor (str): user:<id>, key:<id>, staff:<id>, executor, ...
        receipt (str): Of the request or job that did it.
        created_at (str): UTC, always with six digits of the second.
        data (AuditEventData): As the catalogue of events says.
        hash_ (str): SHA-256; docs/explanation/audit.md.
        prev_hash (None | str): That of the event before; 64 zeros for the first one, null where that event is missing.
    """

    id: str
    seq: int
    account: None | str
    type_: str
    actor: str
    receipt: str
    created_at: str
    data: AuditEventData
    hash_: str
    prev_hash: None | str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        seq = self.seq

        account: None | str
        account = self.account

        type_ = self.type_

        actor = self.actor

        receipt = self.receipt

        created_at = self.created_at

        data = self.data.to_dict()

        hash_ = self.hash_

        prev_hash: None | str
        prev_hash = self.prev_hash

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "seq": seq,
                "account": account,
                "type": type_,
                "actor": actor,
                "receipt": receipt,
                "createdAt": created_at,
                "data": data,
                "hash": hash_,
                "prevHash": prev_hash,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.audit_event_data import AuditEventData

        d = dict(src_dict)
        id = d.pop("id")

        seq = d.pop("seq")

        def _parse_account(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        account = _parse_account(d.pop("account"))

        type_ = d.pop("type")

        actor = d.pop("actor")

        receipt = d.pop("receipt")

        created_at = d.pop("createdAt")

        data = AuditEventData.from_dict(d.pop("data"))

        hash_ = d.pop("hash")

        def _parse_prev_hash(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        prev_hash = _parse_prev_hash(d.pop("prevHash"))

        audit_event = cls(
            id=id,
            seq=seq,
            account=account,
            type_=type_,
            actor=actor,
            receipt=receipt,
            created_at=created_at,
            data=data,
            hash_=hash_,
            prev_hash=prev_hash,
        )

        audit_event.additional_properties = d
        return audit_event

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
