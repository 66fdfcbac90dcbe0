from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.stream_change_request_format import (
    StreamChangeRequestFormat,
    check_stream_change_request_format,
)
from ..models.stream_change_request_protocol import (
    StreamChangeRequestProtocol,
    check_stream_change_request_protocol,
)
from ..types import UNSET, Unset

T = TypeVar("T", bound="StreamChangeRequest")


@_attrs_define
class StreamChangeRequest:
    """What PATCH /audit/streams/{id} takes: any of these.

    Attributes:
        url (str | Unset): Of splunk_hec (without a path: /services/collector/event) and http_json: https, and a port
            that can be reached.
        format_ (StreamChangeRequestFormat | Unset): Of http_json: array, one JSON array a request; ndjson, an event a
            line.

            * `array` - Array
            * `ndjson` - Ndjson
        host (str | Unset): Of syslog: a name or an address.
        port (int | Unset): Of syslog: one that this installation may dial (OUTBOUND_PORTS).
        protocol (StreamChangeRequestProtocol | Unset): Of syslog: tls, or tcp into networks of the operator's alone.

            * `tls` - Tls
            * `tcp` - Tcp
        secret (str | Unset): Of splunk_hec the token, of http_json the whole value of the header Authorization. Never
            shown again.
        name (str | Unset):
        types (list[str] | Unset): Types of events such as goal.completed, families such as goal.*, or "*" for all; at
            most 50.
        is_active (bool | Unset): false: nothing is sent; true: it goes on where it was.
    """

    url: str | Unset = UNSET
    format_: StreamChangeRequestFormat | Unset = UNSET
    host: str | Unset = UNSET
    port: int | Unset = UNSET
    protocol: StreamChangeRequestProtocol | Unset = UNSET
    secret: str | Unset = UNSET
    name: str | Unset = UNSET
    types: list[str] | Unset = UNSET
    is_active: bool | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        url = self.url

        format_: str | Unset = UNSET
        if not isinstance(self.format_, Unset):
            format_ = self.format_

        host = self.host

        port = self.port

        protocol: str | Unset = UNSET
        if not isinstance(self.protocol, Unset):
            protocol = self.protocol

        secret = self.secret

        name = self.name

        types: list[str] | Unset = UNSET
        if not isinstance(self.types, Unset):
            types = self.types

        is_active = self.is_active

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if url is not UNSET:
            field_dict["url"] = url
        if format_ is not UNSET:
            field_dict["format"] = format_
        if host is not UNSET:
            field_dict["host"] = host
        if port is not UNSET:
            field_dict["port"] = port
        if protocol is not UNSET:
            field_dict["protocol"] = protocol
        if secret is not UNSET:
            field_dict["secret"] = secret
        if name is not UNSET:
            field_dict["name"] = name
        if types is not UNSET:
            field_dict["types"] = types
        if is_active is not UNSET:
            field_dict["isActive"] = is_active

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        url = d.pop("url", UNSET)

        _format_ = d.pop("format", UNSET)
        format_: StreamChangeRequestFormat | Unset
        if isinstance(_format_, Unset):
            format_ = UNSET
        else:
            format_ = check_stream_change_request_format(_format_)

        host = d.pop("host", UNSET)

        port = d.pop("port", UNSET)

        _protocol = d.pop("protocol", UNSET)
        protocol: StreamChangeRequestProtocol | Unset
        if isinstance(_protocol, Unset):
            protocol = UNSET
        else:
            protocol = check_stream_change_request_protocol(_protocol)

        secret = d.pop("secret", UNSET)

        name = d.pop("name", UNSET)

        types = cast(list[str], d.pop("types", UNSET))

        is_active = d.pop("isActive", UNSET)

        stream_change_request = cls(
            url=url,
            format_=format_,
            host=host,
            port=port,
            protocol=protocol,
            secret=secret,
            name=name,
            types=types,
            is_active=is_active,
        )

        return stream_change_request
