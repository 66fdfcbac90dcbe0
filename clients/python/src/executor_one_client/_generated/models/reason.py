from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.reason_by import ReasonBy, check_reason_by
from ..types import UNSET, Unset

T = TypeVar("T", bound="Reason")


@_attrs_define
class Reason:
    """What found a memory in recall by meaning.

    Attributes:
        by (ReasonBy): * `meaning` - meaning
            * `words` - words
            * `prefix` - prefix
            * `tags` - tags
        similarity (float | Unset): By meaning: the cosine, -1 to 1.
        words (list[str] | Unset): The question's, as stems.
        tags (list[str] | Unset): That the question names.
    """

    by: ReasonBy
    similarity: float | Unset = UNSET
    words: list[str] | Unset = UNSET
    tags: list[str] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        by: str = self.by

        similarity = self.similarity

        words: list[str] | Unset = UNSET
        if not isinstance(self.words, Unset):
            words = self.words

        tags: list[str] | Unset = UNSET
        if not isinstance(self.tags, Unset):
            tags = self.tags

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "by": by,
            }
        )
        if similarity is not UNSET:
            field_dict["similarity"] = similarity
        if words is not UNSET:
            field_dict["words"] = words
        if tags is not UNSET:
            field_dict["tags"] = tags

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        by = check_reason_by(d.pop("by"))

        similarity = d.pop("similarity", UNSET)

        words = cast(list[str], d.pop("words", UNSET))

        tags = cast(list[str], d.pop("tags", UNSET))

        reason = cls(
            by=by,
            similarity=similarity,
            words=words,
            tags=tags,
        )

        reason.additional_properties = d
        return reason

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
