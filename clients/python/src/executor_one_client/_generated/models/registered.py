from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.account_brief import AccountBrief


T = TypeVar("T", bound="Registered")


@_attrs_define
class Registered:
    """The account and its first key; the key is shown this once.

    Attributes:
        account (AccountBrief): An account in the answers of sign-up and sign-in.
        api_key (str): exo_...; stored as a digest, so it cannot be shown again.
    """

    account: AccountBrief
    api_key: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        account = self.account.to_dict()

        api_key = self.api_key

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "account": account,
                "apiKey": api_key,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.account_brief import AccountBrief

        d = dict(src_dict)
        account = AccountBrief.from_dict(d.pop("account"))

        api_key = d.pop("apiKey")

        registered = cls(
            account=account,
            api_key=api_key,
        )

        registered.additional_properties = d
        return registered

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
