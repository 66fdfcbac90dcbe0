from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.account_brief import AccountBrief


T = TypeVar("T", bound="LoggedIn")


@_attrs_define
class LoggedIn:
    """The account, its masked keys, and a session token usable as a bearer for 12 hours.

    Attributes:
        account (AccountBrief): An account in the answers of sign-up and sign-in.
        api_keys (list[str]): Masked: exo_ab12cd34…
        token (str):
        expires_at (datetime.datetime):
    """

    account: AccountBrief
    api_keys: list[str]
    token: str
    expires_at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        account = self.account.to_dict()

        api_keys = self.api_keys

        token = self.token

        expires_at = self.expires_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "account": account,
                "apiKeys": api_keys,
                "token": token,
                "expiresAt": expires_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.account_brief import AccountBrief

        d = dict(src_dict)
        account = AccountBrief.from_dict(d.pop("account"))

        api_keys = cast(list[str], d.pop("apiKeys"))

        token = d.pop("token")

        expires_at = datetime.datetime.fromisoformat(d.pop("expiresAt"))

        logged_in = cls(
            account=account,
            api_keys=api_keys,
            token=token,
            expires_at=expires_at,
        )

        logged_in.additional_properties = d
        return logged_in

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
