from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="LoginInputRequest")


@_attrs_define
class LoginInputRequest:
    """What POST /auth/login takes.

    Attributes:
        email (str):
        password (str):
        code (str | Unset): Of people with a second factor: the six digits of their app, or a recovery code. Each works
            once.
    """

    email: str
    password: str
    code: str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        email = self.email

        password = self.password

        code = self.code

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "email": email,
                "password": password,
            }
        )
        if code is not UNSET:
            field_dict["code"] = code

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        email = d.pop("email")

        password = d.pop("password")

        code = d.pop("code", UNSET)

        login_input_request = cls(
            email=email,
            password=password,
            code=code,
        )

        return login_input_request
