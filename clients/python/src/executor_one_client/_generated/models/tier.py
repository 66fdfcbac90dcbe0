from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.limits import Limits
    from ..models.price import Price


T = TypeVar("T", bound="Tier")


@_attrs_define
class Tier:
    """A plan that everybody can have.

    Attributes:
        code (str): What `tier` takes elsewhere.
        name (str):
        rank (int): A higher plan allows what a lower one does, and more.
        limits (Limits): What a plan allows; null is unlimited.
        price (None | Price): null: it is free, or cannot be bought by oneself.
        is_for_sale (bool): Whether POST /api/billing/checkout sells it.
    """

    code: str
    name: str
    rank: int
    limits: Limits
    price: None | Price
    is_for_sale: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.price import Price

        code = self.code

        name = self.name

        rank = self.rank

        limits = self.limits.to_dict()

        price: dict[str, Any] | None
        if isinstance(self.price, Price):
            price = self.price.to_dict()
        else:
            price = self.price

        is_for_sale = self.is_for_sale

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "code": code,
                "name": name,
                "rank": rank,
                "limits": limits,
                "price": price,
                "isForSale": is_for_sale,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.limits import Limits
        from ..models.price import Price

        d = dict(src_dict)
        code = d.pop("code")

        name = d.pop("name")

        rank = d.pop("rank")

        limits = Limits.from_dict(d.pop("limits"))

        def _parse_price(data: object) -> None | Price:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                price_type_0 = Price.from_dict(data)

                return price_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Price, data)

        price = _parse_price(d.pop("price"))

        is_for_sale = d.pop("isForSale")

        tier = cls(
            code=code,
            name=name,
            rank=rank,
            limits=limits,
            price=price,
            is_for_sale=is_for_sale,
        )

        tier.additional_properties = d
        return tier

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
