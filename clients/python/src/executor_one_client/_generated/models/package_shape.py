from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.package_price import PackagePrice


T = TypeVar("T", bound="PackageShape")


@_attrs_define
class PackageShape:
    """Calls of the language model that are bought once and do not expire.

    Attributes:
        slug (str): What `packageSlug` takes elsewhere.
        name (str):
        llm_calls (int):
        price (None | PackagePrice): null: it cannot be bought yet.
        is_for_sale (bool): Whether POST /api/billing/create-payment-intent sells it.
    """

    slug: str
    name: str
    llm_calls: int
    price: None | PackagePrice
    is_for_sale: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.package_price import PackagePrice

        slug = self.slug

        name = self.name

        llm_calls = self.llm_calls

        price: dict[str, Any] | None
        if isinstance(self.price, PackagePrice):
            price = self.price.to_dict()
        else:
            price = self.price

        is_for_sale = self.is_for_sale

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "slug": slug,
                "name": name,
                "llmCalls": llm_calls,
                "price": price,
                "isForSale": is_for_sale,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.package_price import PackagePrice

        d = dict(src_dict)
        slug = d.pop("slug")

        name = d.pop("name")

        llm_calls = d.pop("llmCalls")

        def _parse_price(data: object) -> None | PackagePrice:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                price_type_0 = PackagePrice.from_dict(data)

                return price_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | PackagePrice, data)

        price = _parse_price(d.pop("price"))

        is_for_sale = d.pop("isForSale")

        package_shape = cls(
            slug=slug,
            name=name,
            llm_calls=llm_calls,
            price=price,
            is_for_sale=is_for_sale,
        )

        package_shape.additional_properties = d
        return package_shape

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
