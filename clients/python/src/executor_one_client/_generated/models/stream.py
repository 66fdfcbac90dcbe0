from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.stream_format import StreamFormat, check_stream_format
from ..models.stream_kind import StreamKind, check_stream_kind
from ..models.stream_protocol import StreamProtocol, check_stream_protocol
from ..types import UNSET, Unset

T = TypeVar("T", bound="Stream")


@_attrs_define
class Stream:
    """An audit stream and how it stands. `newest` in the context is the seq of the account's last event.

    Attributes:
        id (str):
        name (str):
        kind (StreamKind): * `splunk_hec` - Splunk Hec
            * `http_json` - Http Json
            * `syslog` - Syslog
            * `file` - File
        has_secret (bool): Whether one is kept.
        types (list[str]): Types of events, families like "goal.*", or "*".
        state (str): ok, failing (it is tried again and again) or paused.
        cursor (int): The seq of the last event that was taken, or left out by `types`.
        behind (int): How many events stand behind the cursor; some of them may be left out by `types`.
        created_by (str): Who made it: user:... or key:...
        url (str | Unset): Of splunk_hec and http_json.
        format_ (StreamFormat | Unset): Of http_json.

            * `array` - Array
            * `ndjson` - Ndjson
        host (str | Unset): Of syslog, and so is port.
        port (int | None | Unset):
        protocol (StreamProtocol | Unset): Of syslog.

            * `tls` - Tls
            * `tcp` - Tcp
        is_active (bool | Unset):
        sent (int | Unset): How many events were taken.
        last_sent_at (datetime.datetime | None | Unset): When events were taken last.
        failing_since (datetime.datetime | None | Unset): When the first of those was.
        last_error (str | Unset): Why the last try failed, in our words.
        last_status (int | None | Unset): The HTTP status that came last, if any did.
        created_at (datetime.datetime | Unset):
        updated_at (datetime.datetime | Unset):
    """

    id: str
    name: str
    kind: StreamKind
    has_secret: bool
    types: list[str]
    state: str
    cursor: int
    behind: int
    created_by: str
    url: str | Unset = UNSET
    format_: StreamFormat | Unset = UNSET
    host: str | Unset = UNSET
    port: int | None | Unset = UNSET
    protocol: StreamProtocol | Unset = UNSET
    is_active: bool | Unset = UNSET
    sent: int | Unset = UNSET
    last_sent_at: datetime.datetime | None | Unset = UNSET
    failing_since: datetime.datetime | None | Unset = UNSET
    last_error: str | Unset = UNSET
    last_status: int | None | Unset = UNSET
    created_at: datetime.datetime | Unset = UNSET
    updated_at: datetime.datetime | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        name = self.name

        kind: str = self.kind

        has_secret = self.has_secret

        types = self.types

        state = self.state

        cursor = self.cursor

        behind = self.behind

        created_by = self.created_by

        url = self.url

        format_: str | Unset = UNSET
        if not isinstance(self.format_, Unset):
            format_ = self.format_

        host = self.host

        port: int | None | Unset
        if isinstance(self.port, Unset):
            port = UNSET
        else:
            port = self.port

        protocol: str | Unset = UNSET
        if not isinstance(self.protocol, Unset):
            protocol = self.protocol

        is_active = self.is_active

        sent = self.sent

        last_sent_at: None | str | Unset
        if isinstance(self.last_sent_at, Unset):
            last_sent_at = UNSET
        elif isinstance(self.last_sent_at, datetime.datetime):
            last_sent_at = self.last_sent_at.isoformat()
        else:
            last_sent_at = self.last_sent_at

        failing_since: None | str | Unset
        if isinstance(self.failing_since, Unset):
            failing_since = UNSET
        elif isinstance(self.failing_since, datetime.datetime):
            failing_since = self.failing_since.isoformat()
        else:
            failing_since = self.failing_since

        last_error = self.last_error

        last_status: int | None | Unset
        if isinstance(self.last_status, Unset):
            last_status = UNSET
        else:
            last_status = self.last_status

        created_at: str | Unset = UNSET
        if not isinstance(self.created_at, Unset):
            created_at = self.created_at.isoformat()

        updated_at: str | Unset = UNSET
        if not isinstance(self.updated_at, Unset):
            updated_at = self.updated_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "name": name,
                "kind": kind,
                "hasSecret": has_secret,
                "types": types,
                "state": state,
                "cursor": cursor,
                "behind": behind,
                "createdBy": created_by,
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
        if is_active is not UNSET:
            field_dict["isActive"] = is_active
        if sent is not UNSET:
            field_dict["sent"] = sent
        if last_sent_at is not UNSET:
            field_dict["lastSentAt"] = last_sent_at
        if failing_since is not UNSET:
            field_dict["failingSince"] = failing_since
        if last_error is not UNSET:
            field_dict["lastError"] = last_error
        if last_status is not UNSET:
            field_dict["lastStatus"] = last_status
        if created_at is not UNSET:
            field_dict["createdAt"] = created_at
        if updated_at is not UNSET:
            field_dict["updatedAt"] = updated_at

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        name = d.pop("name")

        kind = check_stream_kind(d.pop("kind"))

        has_secret = d.pop("hasSecret")

        types = cast(list[str], d.pop("types"))

        state = d.pop("state")

        cursor = d.pop("cursor")

        behind = d.pop("behind")

        created_by = d.pop("createdBy")

        url = d.pop("url", UNSET)

        _format_ = d.pop("format", UNSET)
        format_: StreamFormat | Unset
        if isinstance(_format_, Unset):
            format_ = UNSET
        else:
            format_ = check_stream_format(_format_)

        host = d.pop("host", UNSET)

        def _parse_port(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        port = _parse_port(d.pop("port", UNSET))

        _protocol = d.pop("protocol", UNSET)
        protocol: StreamProtocol | Unset
        if isinstance(_protocol, Unset):
            protocol = UNSET
        else:
            protocol = check_stream_protocol(_protocol)

        is_active = d.pop("isActive", UNSET)

        sent = d.pop("sent", UNSET)

        def _parse_last_sent_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                last_sent_at_type_0 = datetime.datetime.fromisoformat(data)

                return last_sent_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        last_sent_at = _parse_last_sent_at(d.pop("lastSentAt", UNSET))

        def _parse_failing_since(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                failing_since_type_0 = datetime.datetime.fromisoformat(data)

                return failing_since_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        failing_since = _parse_failing_since(d.pop("failingSince", UNSET))

        last_error = d.pop("lastError", UNSET)

        def _parse_last_status(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        last_status = _parse_last_status(d.pop("lastStatus", UNSET))

        _created_at = d.pop("createdAt", UNSET)
        created_at: datetime.datetime | Unset
        if isinstance(_created_at, Unset):
            created_at = UNSET
        else:
            created_at = datetime.datetime.fromisoformat(_created_at)

        _updated_at = d.pop("updatedAt", UNSET)
        updated_at: datetime.datetime | Unset
        if isinstance(_updated_at, Unset):
            updated_at = UNSET
        else:
            updated_at = datetime.datetime.fromisoformat(_updated_at)

        stream = cls(
            id=id,
            name=name,
            kind=kind,
            has_secret=has_secret,
            types=types,
            state=state,
            cursor=cursor,
            behind=behind,
            created_by=created_by,
            url=url,
            format_=format_,
            host=host,
            port=port,
            protocol=protocol,
            is_active=is_active,
            sent=sent,
            last_sent_at=last_sent_at,
            failing_since=failing_since,
            last_error=last_error,
            last_status=last_status,
            created_at=created_at,
            updated_at=updated_at,
        )

        stream.additional_properties = d
        return stream

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
