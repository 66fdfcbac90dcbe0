from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.audit_event import AuditEvent
    from ..models.made_request import MadeRequest


T = TypeVar("T", bound="Receipt")


@_attrs_define
class Receipt:
    """What one request did, or one job.

    Attributes:
        receipt (str):
        actor (str): Whoever asked for it; executor: nobody did.
        key (None | str): The id of the API key that was used.
        request (MadeRequest | None): For a week after it; null for jobs and requests of pages.
        replay_of (None | str): The receipt of the request whose answer was repeated: that one did it.
        goals (list[str]): The ids of the goals that it touched.
        events (list[AuditEvent]): The first 100, oldest first.
        has_more (bool): Whether there are more: /api/v1/audit/events?receipt= has them.
    """

    receipt: str
    actor: str
    key: None | str
    request: MadeRequest | None
    replay_of: None | str
    goals: list[str]
    events: list[AuditEvent]
    has_more: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.made_request import MadeRequest

        receipt = self.receipt

        actor = self.actor

        key: None | str
        key = self.key

        request: dict[str, Any] | None
        if isinstance(self.request, MadeRequest):
            request = self.request.to_dict()
        else:
            request = self.request

        replay_of: None | str
        replay_of = self.replay_of

        goals = self.goals

        events = []
        for events_item_data in self.events:
            events_item = events_item_data.to_dict()
            events.append(events_item)

        has_more = self.has_more

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "receipt": receipt,
                "actor": actor,
                "key": key,
                "request": request,
                "replayOf": replay_of,
                "goals": goals,
                "events": events,
                "hasMore": has_more,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.audit_event import AuditEvent
        from ..models.made_request import MadeRequest

        d = dict(src_dict)
        receipt = d.pop("receipt")

        actor = d.pop("actor")

        def _parse_key(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        key = _parse_key(d.pop("key"))

        def _parse_request(data: object) -> MadeRequest | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                request_type_0 = MadeRequest.from_dict(data)

                return request_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(MadeRequest | None, data)

        request = _parse_request(d.pop("request"))

        def _parse_replay_of(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        replay_of = _parse_replay_of(d.pop("replayOf"))

        goals = cast(list[str], d.pop("goals"))

        events = []
        _events = d.pop("events")
        for events_item_data in _events:
            events_item = AuditEvent.from_dict(events_item_data)

            events.append(events_item)

        has_more = d.pop("hasMore")

        receipt = cls(
            receipt=receipt,
            actor=actor,
            key=key,
            request=request,
            replay_of=replay_of,
            goals=goals,
            events=events,
            has_more=has_more,
        )

        receipt.additional_properties = d
        return receipt

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
