from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.activity_actor_type import ActivityActorType, check_activity_actor_type

if TYPE_CHECKING:
    from ..models.activity_metadata import ActivityMetadata


T = TypeVar("T", bound="Activity")


@_attrs_define
class Activity:
    """One thing that somebody did.

    Attributes:
        id (str): As in /api/events.
        actor_type (ActivityActorType): agent: the executor, too.

            * `agent` - agent
            * `system` - system
            * `user` - user
        actor_id (str):
        action (str): The type of the event, or what a client wrote.
        entity_type (None | str):
        entity_id (None | str):
        metadata (ActivityMetadata):
        asserted_by (None | str): Who wrote the entry; null: it is no client's, it was told by whoever did it.
        receipt (str):
        created_at (str): UTC.
    """

    id: str
    actor_type: ActivityActorType
    actor_id: str
    action: str
    entity_type: None | str
    entity_id: None | str
    metadata: ActivityMetadata
    asserted_by: None | str
    receipt: str
    created_at: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        actor_type: str = self.actor_type

        actor_id = self.actor_id

        action = self.action

        entity_type: None | str
        entity_type = self.entity_type

        entity_id: None | str
        entity_id = self.entity_id

        metadata = self.metadata.to_dict()

        asserted_by: None | str
        asserted_by = self.asserted_by

        receipt = self.receipt

        created_at = self.created_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "actorType": actor_type,
                "actorId": actor_id,
                "action": action,
                "entityType": entity_type,
                "entityId": entity_id,
                "metadata": metadata,
                "assertedBy": asserted_by,
                "receipt": receipt,
                "createdAt": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.activity_metadata import ActivityMetadata

        d = dict(src_dict)
        id = d.pop("id")

        actor_type = check_activity_actor_type(d.pop("actorType"))

        actor_id = d.pop("actorId")

        action = d.pop("action")

        def _parse_entity_type(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        entity_type = _parse_entity_type(d.pop("entityType"))

        def _parse_entity_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        entity_id = _parse_entity_id(d.pop("entityId"))

        metadata = ActivityMetadata.from_dict(d.pop("metadata"))

        def _parse_asserted_by(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        asserted_by = _parse_asserted_by(d.pop("assertedBy"))

        receipt = d.pop("receipt")

        created_at = d.pop("createdAt")

        activity = cls(
            id=id,
            actor_type=actor_type,
            actor_id=actor_id,
            action=action,
            entity_type=entity_type,
            entity_id=entity_id,
            metadata=metadata,
            asserted_by=asserted_by,
            receipt=receipt,
            created_at=created_at,
        )

        activity.additional_properties = d
        return activity

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
