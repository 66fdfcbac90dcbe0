from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.economics import Economics
    from ..models.package_shape import PackageShape
    from ..models.tier import Tier


T = TypeVar("T", bound="Pricing")


@_attrs_define
class Pricing:
    """All there is to know before buying.

    Attributes:
        tiers (list[Tier]):
        packages (list[PackageShape]):
        economics (Economics): What costs money, and in which order it is used.
        is_configured (bool): Whether anything can be bought in this installation.
        over_limit (str): What happens beyond a limit, in words: refused, never billed.
        grace_days (int): Days that a plan stays after a payment failed.
    """

    tiers: list[Tier]
    packages: list[PackageShape]
    economics: Economics
    is_configured: bool
    over_limit: str
    grace_days: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        tiers = []
        for tiers_item_data in self.tiers:
            tiers_item = tiers_item_data.to_dict()
            tiers.append(tiers_item)

        packages = []
        for packages_item_data in self.packages:
            packages_item = packages_item_data.to_dict()
            packages.append(packages_item)

        economics = self.economics.to_dict()

        is_configured = self.is_configured

        over_limit = self.over_limit

        grace_days = self.grace_days

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "tiers": tiers,
                "packages": packages,
                "economics": economics,
                "isConfigured": is_configured,
                "overLimit": over_limit,
                "graceDays": grace_days,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.economics import Economics
        from ..models.package_shape import PackageShape
        from ..models.tier import Tier

        d = dict(src_dict)
        tiers = []
        _tiers = d.pop("tiers")
        for tiers_item_data in _tiers:
            tiers_item = Tier.from_dict(tiers_item_data)

            tiers.append(tiers_item)

        packages = []
        _packages = d.pop("packages")
        for packages_item_data in _packages:
            packages_item = PackageShape.from_dict(packages_item_data)

            packages.append(packages_item)

        economics = Economics.from_dict(d.pop("economics"))

        is_configured = d.pop("isConfigured")

        over_limit = d.pop("overLimit")

        grace_days = d.pop("graceDays")

        pricing = cls(
            tiers=tiers,
            packages=packages,
            economics=economics,
            is_configured=is_configured,
            over_limit=over_limit,
            grace_days=grace_days,
        )

        pricing.additional_properties = d
        return pricing

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
