from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="IntentInputRequest")


@_attrs_define
class IntentInputRequest:
    """What POST /billing/create-payment-intent takes.

    Attributes:
        package_slug (str): calls-100, ...: a `slug` of GET /api/billing/pricing.
        idempotency_key (str | Unset): Of your own making, one for each purchase: asked again with it, it is the same
            payment.
    """

    package_slug: str
    idempotency_key: str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        package_slug = self.package_slug

        idempotency_key = self.idempotency_key

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "packageSlug": package_slug,
            }
        )
        if idempotency_key is not UNSET:
            field_dict["idempotencyKey"] = idempotency_key

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        package_slug = d.pop("packageSlug")

        idempotency_key = d.pop("idempotencyKey", UNSET)

        intent_input_request = cls(
            package_slug=package_slug,
            idempotency_key=idempotency_key,
        )

        return intent_input_request
