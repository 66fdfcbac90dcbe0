from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.delivery_shown_state import DeliveryShownState, check_delivery_shown_state
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.delivery_shown_payload import DeliveryShownPayload
    from ..models.try_ import Try


T = TypeVar("T", bound="DeliveryShown")


@_attrs_define
class DeliveryShown:
    """A delivery with what is sent, and every try of it (the last hundred).

    Attributes:
        id (str):
        webhook (str): The webhook's id.
        event (None | str): The event's id; null for a test.
        type_ (str):
        created_at (datetime.datetime):
        payload (DeliveryShownPayload): What is sent: {id, type, timestamp, data}.
        response (str): The first 4 KiB of the last answer, secrets masked; empty where none came.
        tries (list[Try]):
        state (DeliveryShownState | Unset): * `pending` - Pending
            * `delivered` - Delivered
            * `dead` - Dead
        attempts (int | Unset):
        next_at (datetime.datetime | None | Unset): When it is tried next; null when it has ended.
        last_status (int | None | Unset): The HTTP status that came last, if any did.
        last_error (str | Unset): Why the last try failed, in our words.
        ended_at (datetime.datetime | None | Unset):
    """

    id: str
    webhook: str
    event: None | str
    type_: str
    created_at: datetime.datetime
    payload: DeliveryShownPayload
    response: str
    tries: list[Try]
    state: DeliveryShownState | Unset = UNSET
    attempts: int | Unset = UNSET
    next_at: datetime.datetime | None | Unset = UNSET
    last_status: int | None | Unset = UNSET
    last_error: str | Unset = UNSET
    ended_at: datetime.datetime | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        webhook = self.webhook

        event: None | str
        event = self.event

        type_ = self.type_

        created_at = self.created_at.isoformat()

        payload = self.payload.to_dict()

        response = self.response

        tries = []
        for tries_item_data in self.tries:
            tries_item = tries_item_data.to_dict()
            tries.append(tries_item)

        state: str | Unset = UNSET
        if not isinstance(self.state, Unset):
            state = self.state

        attempts = self.attempts

        next_at: None | str | Unset
        if isinstance(self.next_at, Unset):
            next_at = UNSET
        elif isinstance(self.next_at, datetime.datetime):
            next_at = self.next_at.isoformat()
        else:
            next_at = self.next_at

        last_status: int | None | Unset
        if isinstance(self.last_status, Unset):
            last_status = UNSET
        else:
            last_status = self.last_status

        last_error = self.last_error

        ended_at: None | str | Unset
        if isinstance(self.ended_at, Unset):
            ended_at = UNSET
        elif isinstance(self.ended_at, datetime.datetime):
            ended_at = self.ended_at.isoformat()
        else:
            ended_at = self.ended_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "webhook": webhook,
                "event": event,
                "type": type_,
                "createdAt": created_at,
                "payload": payload,
                "response": response,
                "tries": tries,
            }
        )
        if state is not UNSET:
            field_dict["state"] = state
        if attempts is not UNSET:
            field_dict["attempts"] = attempts
        if next_at is not UNSET:
            field_dict["nextAt"] = next_at
        if last_status is not UNSET:
            field_dict["lastStatus"] = last_status
        if last_error is not UNSET:
            field_dict["lastError"] = last_error
        if ended_at is not UNSET:
            field_dict["endedAt"] = ended_at

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.delivery_shown_payload import DeliveryShownPayload
        from ..models.try_ import Try

        d = dict(src_dict)
        id = d.pop("id")

        webhook = d.pop("webhook")

        def _parse_event(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        event = _parse_event(d.pop("event"))

        type_ = d.pop("type")

        created_at = datetime.datetime.fromisoformat(d.pop("createdAt"))

        payload = DeliveryShownPayload.from_dict(d.pop("payload"))

        response = d.pop("response")

        tries = []
        _tries = d.pop("tries")
        for tries_item_data in _tries:
            tries_item = Try.from_dict(tries_item_data)

            tries.append(tries_item)

        _state = d.pop("state", UNSET)
        state: DeliveryShownState | Unset
        if isinstance(_state, Unset):
            state = UNSET
        else:
            state = check_delivery_shown_state(_state)

        attempts = d.pop("attempts", UNSET)

        def _parse_next_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                next_at_type_0 = datetime.datetime.fromisoformat(data)

                return next_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        next_at = _parse_next_at(d.pop("nextAt", UNSET))

        def _parse_last_status(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        last_status = _parse_last_status(d.pop("lastStatus", UNSET))

        last_error = d.pop("lastError", UNSET)

        def _parse_ended_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                ended_at_type_0 = datetime.datetime.fromisoformat(data)

                return ended_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        ended_at = _parse_ended_at(d.pop("endedAt", UNSET))

        delivery_shown = cls(
            id=id,
            webhook=webhook,
            event=event,
            type_=type_,
            created_at=created_at,
            payload=payload,
            response=response,
            tries=tries,
            state=state,
            attempts=attempts,
            next_at=next_at,
            last_status=last_status,
            last_error=last_error,
            ended_at=ended_at,
        )

        delivery_shown.additional_properties = d
        return delivery_shown

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
