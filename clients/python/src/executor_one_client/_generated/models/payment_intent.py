from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="PaymentIntent")


@_attrs_define
class PaymentIntent:
    """A payment to be confirmed with Stripe's script in your page. Credit comes when Stripe says it is paid.

    Attributes:
        client_secret (str): For Stripe.js; it is the customer's alone.
        payment_intent (str): Its id at Stripe.
        amount_cents (int): In the smallest unit of the currency.
        currency (str): ISO 4217, in lower case.
        package (str): The package's slug.
    """

    client_secret: str
    payment_intent: str
    amount_cents: int
    currency: str
    package: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        client_secret = self.client_secret

        payment_intent = self.payment_intent

        amount_cents = self.amount_cents

        currency = self.currency

        package = self.package

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "clientSecret": client_secret,
                "paymentIntent": payment_intent,
                "amountCents": amount_cents,
                "currency": currency,
                "package": package,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        client_secret = d.pop("clientSecret")

        payment_intent = d.pop("paymentIntent")

        amount_cents = d.pop("amountCents")

        currency = d.pop("currency")

        package = d.pop("package")

        payment_intent = cls(
            client_secret=client_secret,
            payment_intent=payment_intent,
            amount_cents=amount_cents,
            currency=currency,
            package=package,
        )

        payment_intent.additional_properties = d
        return payment_intent

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
