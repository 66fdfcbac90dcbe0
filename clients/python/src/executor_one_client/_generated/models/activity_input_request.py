from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.activity_input_request_actor_type import (
    ActivityInputRequestActorType,
    check_activity_input_request_actor_type,
)
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.activity_input_request_metadata import ActivityInputRequestMetadata


T = TypeVar("T", bound="ActivityInputRequest")


@_attrs_define
class ActivityInputRequest:
    """An entry as a client writes it.

    Attributes:
        actor_type (ActivityInputRequestActorType): * `agent` - agent
            * `system` - system
            * `user` - user
        actor_id (str): Of a user: the id of a member or of an API key of the account. Else a name of yours.
        action (str): What was done, like deploy.approved; no type of an event.
        entity_type (str | Unset): To what kind of thing.
        entity_id (str | Unset): To which.
        metadata (ActivityInputRequestMetadata | Unset): Whatever belongs to it; what looks like a secret is masked.
    """

    actor_type: ActivityInputRequestActorType
    actor_id: str
    action: str
    entity_type: str | Unset = UNSET
    entity_id: str | Unset = UNSET
    metadata: ActivityInputRequestMetadata | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        actor_type: str = self.actor_type

        actor_id = self.actor_id

        action = self.action

        entity_type = self.entity_type

        entity_id = self.entity_id

        metadata: dict[str, Any] | Unset = UNSET
        if not isinstance(self.metadata, Unset):
            metadata = self.metadata.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "actorType": actor_type,
                "actorId": actor_id,
                "action": action,
            }
        )
        if entity_type is not UNSET:
            field_dict["entityType"] = entity_type
        if entity_id is not UNSET:
            field_dict["entityId"] = entity_id
        if metadata is not UNSET:
            field_dict["metadata"] = metadata

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.activity_input_request_metadata import (
            ActivityInputRequestMetadata,
        )

        d = dict(src_dict)
        actor_type = check_activity_input_request_actor_type(d.pop("actorType"))

        actor_id = d.pop("actorId")

        action = d.pop("action")

        entity_type = d.pop("entityType", UNSET)

        entity_id = d.pop("entityId", UNSET)

        _metadata = d.pop("metadata", UNSET)
        metadata: ActivityInputRequestMetadata | Unset
        if isinstance(_metadata, Unset):
            metadata = UNSET
        else:
            metadata = ActivityInputRequestMetadata.from_dict(_metadata)

        activity_input_request = cls(
            actor_type=actor_type,
            actor_id=actor_id,
            action=action,
            entity_type=entity_type,
            entity_id=entity_id,
            metadata=metadata,
        )

        return activity_input_request
