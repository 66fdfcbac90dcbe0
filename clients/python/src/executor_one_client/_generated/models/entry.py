from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.entry_kind import EntryKind, check_entry_kind
from ..types import UNSET, Unset

T = TypeVar("T", bound="Entry")


@_attrs_define
class Entry:
    """One change of what the account has beyond its plan.

    Attributes:
        id (int):
        kind (EntryKind): * `bought` - Bought
            * `given` - Given
            * `used` - Used
            * `refunded` - Refunded
        amount (int): Calls that came, or went (below zero).
        balance (int): Calls that were left afterwards.
        package (None | str): The package's slug.
        payment_intent (str): The payment, at Stripe; empty where there is none.
        cents (int | None | Unset): What was paid, or went back by this entry, in the currency's smallest unit.
        currency (str | Unset): ISO 4217, in lower case.
        note (str | Unset): Why it was given.
        created_at (datetime.datetime | Unset):
    """

    id: int
    kind: EntryKind
    amount: int
    balance: int
    package: None | str
    payment_intent: str
    cents: int | None | Unset = UNSET
    currency: str | Unset = UNSET
    note: str | Unset = UNSET
    created_at: datetime.datetime | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        kind: str = self.kind

        amount = self.amount

        balance = self.balance

        package: None | str
        package = self.package

        payment_intent = self.payment_intent

        cents: int | None | Unset
        if isinstance(self.cents, Unset):
            cents = UNSET
        else:
            cents = self.cents

        currency = self.currency

        note = self.note

        created_at: str | Unset = UNSET
        if not isinstance(self.created_at, Unset):
            created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "kind": kind,
                "amount": amount,
                "balance": balance,
                "package": package,
                "paymentIntent": payment_intent,
            }
        )
        if cents is not UNSET:
            field_dict["cents"] = cents
        if currency is not UNSET:
            field_dict["currency"] = currency
        if note is not UNSET:
            field_dict["note"] = note
        if created_at is not UNSET:
            field_dict["createdAt"] = created_at

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        kind = check_entry_kind(d.pop("kind"))

        amount = d.pop("amount")

        balance = d.pop("balance")

        def _parse_package(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        package = _parse_package(d.pop("package"))

        payment_intent = d.pop("paymentIntent")

        def _parse_cents(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        cents = _parse_cents(d.pop("cents", UNSET))

        currency = d.pop("currency", UNSET)

        note = d.pop("note", UNSET)

        _created_at = d.pop("createdAt", UNSET)
        created_at: datetime.datetime | Unset
        if isinstance(_created_at, Unset):
            created_at = UNSET
        else:
            created_at = datetime.datetime.fromisoformat(_created_at)

        entry = cls(
            id=id,
            kind=kind,
            amount=amount,
            balance=balance,
            package=package,
            payment_intent=payment_intent,
            cents=cents,
            currency=currency,
            note=note,
            created_at=created_at,
        )

        entry.additional_properties = d
        return entry

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
