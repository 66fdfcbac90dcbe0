from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.correction_source import CorrectionSource, check_correction_source
from ..types import UNSET, Unset

T = TypeVar("T", bound="Correction")


@_attrs_define
class Correction:
    """A fix for a failure's signature, and how often it worked here.

    Attributes:
        id (UUID):
        signature (str): Actuator, exit class and masked message of the failure.
        fix (Any): What to do, as memory.fixes reads it.
        source (CorrectionSource): * `catalogue` - Catalogue
            * `customer` - Customer
            * `learned` - Learned
        fix_id (None | str): The catalogue's entry; null for one's own.
        success_rate (float | None): timesWorked / timesUsed; null before the first use.
        retired (bool): It had failed too often and is not applied any more; teaching it again gives it a new chance.
        reason (str | Unset): What it does, in words.
        times_used (int | Unset):
        times_worked (int | Unset):
        crystallized (bool | Unset):
        learned_from (None | Unset | UUID): The goal that it was first used in.
        last_used_at (datetime.datetime | None | Unset):
        created_at (datetime.datetime | Unset):
    """

    id: UUID
    signature: str
    fix: Any
    source: CorrectionSource
    fix_id: None | str
    success_rate: float | None
    retired: bool
    reason: str | Unset = UNSET
    times_used: int | Unset = UNSET
    times_worked: int | Unset = UNSET
    crystallized: bool | Unset = UNSET
    learned_from: None | Unset | UUID = UNSET
    last_used_at: datetime.datetime | None | Unset = UNSET
    created_at: datetime.datetime | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        signature = self.signature

        fix = self.fix

        source: str = self.source

        fix_id: None | str
        fix_id = self.fix_id

        success_rate: float | None
        success_rate = self.success_rate

        retired = self.retired

        reason = self.reason

        times_used = self.times_used

        times_worked = self.times_worked

        crystallized = self.crystallized

        learned_from: None | str | Unset
        if isinstance(self.learned_from, Unset):
            learned_from = UNSET
        elif isinstance(self.learned_from, UUID):
            learned_from = str(self.learned_from)
        else:
            learned_from = self.learned_from

        last_used_at: None | str | Unset
        if isinstance(self.last_used_at, Unset):
            last_used_at = UNSET
        elif isinstance(self.last_used_at, datetime.datetime):
            last_used_at = self.last_used_at.isoformat()
        else:
            last_used_at = self.last_used_at

        created_at: str | Unset = UNSET
        if not isinstance(self.created_at, Unset):
            created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "signature": signature,
                "fix": fix,
                "source": source,
                "fixId": fix_id,
                "successRate": success_rate,
                "retired": retired,
            }
        )
        if reason is not UNSET:
            field_dict["reason"] = reason
        if times_used is not UNSET:
            field_dict["timesUsed"] = times_used
        if times_worked is not UNSET:
            field_dict["timesWorked"] = times_worked
        if crystallized is not UNSET:
            field_dict["crystallized"] = crystallized
        if learned_from is not UNSET:
            field_dict["learnedFrom"] = learned_from
        if last_used_at is not UNSET:
            field_dict["lastUsedAt"] = last_used_at
        if created_at is not UNSET:
            field_dict["createdAt"] = created_at

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = UUID(d.pop("id"))

        signature = d.pop("signature")

        fix = d.pop("fix")

        source = check_correction_source(d.pop("source"))

        def _parse_fix_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        fix_id = _parse_fix_id(d.pop("fixId"))

        def _parse_success_rate(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        success_rate = _parse_success_rate(d.pop("successRate"))

        retired = d.pop("retired")

        reason = d.pop("reason", UNSET)

        times_used = d.pop("timesUsed", UNSET)

        times_worked = d.pop("timesWorked", UNSET)

        crystallized = d.pop("crystallized", UNSET)

        def _parse_learned_from(data: object) -> None | Unset | UUID:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                learned_from_type_0 = UUID(data)

                return learned_from_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Unset | UUID, data)

        learned_from = _parse_learned_from(d.pop("learnedFrom", UNSET))

        def _parse_last_used_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                last_used_at_type_0 = datetime.datetime.fromisoformat(data)

                return last_used_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        last_used_at = _parse_last_used_at(d.pop("lastUsedAt", UNSET))

        _created_at = d.pop("createdAt", UNSET)
        created_at: datetime.datetime | Unset
        if isinstance(_created_at, Unset):
            created_at = UNSET
        else:
            created_at = datetime.datetime.fromisoformat(_created_at)

        correction = cls(
            id=id,
            signature=signature,
            fix=fix,
            source=source,
            fix_id=fix_id,
            success_rate=success_rate,
            retired=retired,
            reason=reason,
            times_used=times_used,
            times_worked=times_worked,
            crystallized=crystallized,
            learned_from=learned_from,
            last_used_at=last_used_at,
            created_at=created_at,
        )

        correction.additional_properties = d
        return correction

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
