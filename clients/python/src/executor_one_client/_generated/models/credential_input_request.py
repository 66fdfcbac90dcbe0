from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.credential_input_request_kind import (
    CredentialInputRequestKind,
    check_credential_input_request_kind,
)
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.credential_input_request_value_type_1 import (
        CredentialInputRequestValueType1,
    )


T = TypeVar("T", bound="CredentialInputRequest")


@_attrs_define
class CredentialInputRequest:
    """What POST /credentials takes.

    Attributes:
        key (str): A-Z, a-z, 0-9, dot, underscore, dash; slashes between.
        value (CredentialInputRequestValueType1 | str): At most 64 KiB. bearer: the token, a text. Of other kinds an
            object: basic, database and registry {username, password}, header {name, value}, env {NAME: value, ...}.
        kind (CredentialInputRequestKind | Unset): * `bearer` - Bearer token
            * `basic` - User name and password
            * `header` - Header
            * `database` - Database
            * `registry` - Registry of images
            * `env` - Variables of a command Default: 'bearer'.
        hosts (list[str] | Unset): Where it may be sent: api.example.com, *.example.com for all below it, an IP address.
            Without any it goes nowhere. Not for kind env: what is given to a command goes wherever the command sends it.
        description (str | Unset):  Default: ''.
    """

    key: str
    value: CredentialInputRequestValueType1 | str
    kind: CredentialInputRequestKind | Unset = "bearer"
    hosts: list[str] | Unset = UNSET
    description: str | Unset = ""

    def to_dict(self) -> dict[str, Any]:
        from ..models.credential_input_request_value_type_1 import (
            CredentialInputRequestValueType1,
        )

        key = self.key

        value: dict[str, Any] | str
        if isinstance(self.value, CredentialInputRequestValueType1):
            value = self.value.to_dict()
        else:
            value = self.value

        kind: str | Unset = UNSET
        if not isinstance(self.kind, Unset):
            kind = self.kind

        hosts: list[str] | Unset = UNSET
        if not isinstance(self.hosts, Unset):
            hosts = self.hosts

        description = self.description

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "key": key,
                "value": value,
            }
        )
        if kind is not UNSET:
            field_dict["kind"] = kind
        if hosts is not UNSET:
            field_dict["hosts"] = hosts
        if description is not UNSET:
            field_dict["description"] = description

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.credential_input_request_value_type_1 import (
            CredentialInputRequestValueType1,
        )

        d = dict(src_dict)
        key = d.pop("key")

        def _parse_value(data: object) -> CredentialInputRequestValueType1 | str:
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                value_type_1 = CredentialInputRequestValueType1.from_dict(data)

                return value_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(CredentialInputRequestValueType1 | str, data)

        value = _parse_value(d.pop("value"))

        _kind = d.pop("kind", UNSET)
        kind: CredentialInputRequestKind | Unset
        if isinstance(_kind, Unset):
            kind = UNSET
        else:
            kind = check_credential_input_request_kind(_kind)

        hosts = cast(list[str], d.pop("hosts", UNSET))

        description = d.pop("description", UNSET)

        credential_input_request = cls(
            key=key,
            value=value,
            kind=kind,
            hosts=hosts,
            description=description,
        )

        return credential_input_request
