from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.stream_input_request_format import (
    StreamInputRequestFormat,
    check_stream_input_request_format,
)
from ..models.stream_input_request_kind import (
    StreamInputRequestKind,
    check_stream_input_request_kind,
)
from ..models.stream_input_request_protocol import (
    StreamInputRequestProtocol,
    check_stream_input_request_protocol,
)
from ..models.stream_input_request_start import (
    StreamInputRequestStart,
    check_stream_input_request_start,
)
from ..types import UNSET, Unset

T = TypeVar("T", bound="StreamInputRequest")


@_attrs_define
class StreamInputRequest:
    """What POST /audit/streams takes.

    Attributes:
        name (str):
        kind (StreamInputRequestKind): * `splunk_hec` - Splunk Hec
            * `http_json` - Http Json
            * `syslog` - Syslog
            * `file` - File
        url (str | Unset): Of splunk_hec (without a path: /services/collector/event) and http_json: https, and a port
            that can be reached.
        format_ (StreamInputRequestFormat | Unset): Of http_json: array, one JSON array a request; ndjson, an event a
            line.

            * `array` - Array
            * `ndjson` - Ndjson
        host (str | Unset): Of syslog: a name or an address.
        port (int | Unset): Of syslog: one that this installation may dial (OUTBOUND_PORTS).
        protocol (StreamInputRequestProtocol | Unset): Of syslog: tls, or tcp into networks of the operator's alone.

            * `tls` - Tls
            * `tcp` - Tcp
        secret (str | Unset): Of splunk_hec the token, of http_json the whole value of the header Authorization. Never
            shown again.
        types (list[str] | Unset): Types of events such as goal.completed, families such as goal.*, or "*" for all; at
            most 50.
        start (StreamInputRequestStart | Unset): now: with what happens from now on; beginning: with the account's first
            event.

            * `now` - now
            * `beginning` - beginning Default: 'now'.
    """

    name: str
    kind: StreamInputRequestKind
    url: str | Unset = UNSET
    format_: StreamInputRequestFormat | Unset = UNSET
    host: str | Unset = UNSET
    port: int | Unset = UNSET
    protocol: StreamInputRequestProtocol | Unset = UNSET
    secret: str | Unset = UNSET
    types: list[str] | Unset = UNSET
    start: StreamInputRequestStart | Unset = "now"

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        kind: str = self.kind

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

        types: list[str] | Unset = UNSET
        if not isinstance(self.types, Unset):
            types = self.types

        start: str | Unset = UNSET
        if not isinstance(self.start, Unset):
            start = self.start

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
                "kind": kind,
            }
        )
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
        if types is not UNSET:
            field_dict["types"] = types
        if start is not UNSET:
            field_dict["start"] = start

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        name = d.pop("name")

        kind = check_stream_input_request_kind(d.pop("kind"))

        url = d.pop("url", UNSET)

        _format_ = d.pop("format", UNSET)
        format_: StreamInputRequestFormat | Unset
        if isinstance(_format_, Unset):
            format_ = UNSET
        else:
            format_ = check_stream_input_request_format(_format_)

        host = d.pop("host", UNSET)

        port = d.pop("port", UNSET)

        _protocol = d.pop("protocol", UNSET)
        protocol: StreamInputRequestProtocol | Unset
        if isinstance(_protocol, Unset):
            protocol = UNSET
        else:
            protocol = check_stream_input_request_protocol(_protocol)

        secret = d.pop("secret", UNSET)

        types = cast(list[str], d.pop("types", UNSET))

        _start = d.pop("start", UNSET)
        start: StreamInputRequestStart | Unset
        if isinstance(_start, Unset):
            start = UNSET
        else:
            start = check_stream_input_request_start(_start)

        stream_input_request = cls(
            name=name,
            kind=kind,
            url=url,
            format_=format_,
            host=host,
            port=port,
            protocol=protocol,
            secret=secret,
            types=types,
            start=start,
        )

        return stream_input_request
