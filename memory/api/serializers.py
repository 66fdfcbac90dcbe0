"""Shapes of memories."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from executor_one.kit.serializers import Flag, Serializer, Text, Whole, instant
from memory import values
from memory.limits import MAX_KEY, MAX_TAG, MAX_TAGS, MAX_TTL, wrong_key, wrong_line, wrong_tag
from memory.models import Memory
from memory.ranking import relevance


class Line(Text):
    """A string as said, never trimmed, without control characters."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if wrong := wrong_line(text):
            raise serializers.ValidationError(wrong)
        return text


class Key(Line):
    """A key that an address can have."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if wrong := wrong_key(text):
            raise serializers.ValidationError(wrong)
        return text


class Tag(Line):
    """A tag: no comma, because a comma separates tags in a query."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if wrong := wrong_tag(text):
            raise serializers.ValidationError(wrong)
        return text


@extend_schema_field(OpenApiTypes.ANY)
class JsonValue(serializers.Field[Any, Any, Any, Any]):
    """Any JSON, null too, as its compact text; at most 64 KiB of it."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return super().run_validation(data) if data is serializers.empty else self.to_internal_value(data)

    def to_internal_value(self, data: Any) -> str:
        text = values.encode(data)
        if values.size(text) > values.MAX_BYTES:
            raise serializers.ValidationError(f"This has {values.size(text)} bytes; {values.MAX_BYTES} are allowed.")
        return text

    def to_representation(self, value: str) -> Any:
        return values.decode(value)


class Share(serializers.FloatField):
    """A number from 0 to 1: only JSON numbers, never booleans or strings."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float):
            raise serializers.ValidationError("This is not a number.")
        if not 0 <= data <= 1:
            raise serializers.ValidationError("This must be a number from 0 to 1.")
        return float(data)


class MemoryChange(Serializer):
    """What PATCH /api/memory/{key} takes: the fields that change."""

    value = JsonValue(required=False, help_text="Any JSON, at most 64 KiB of compact UTF-8; 64 levels deep.")
    tags = serializers.ListField(
        child=Tag(max_length=MAX_TAG), max_length=MAX_TAGS, required=False,
        help_text="At most 32, each of 1-64 characters without a comma. `secrets` encrypts the value at rest.",
    )  # fmt: skip
    importance = Share(required=False, help_text="0-1; 0.5 when never said.")
    ttl = Whole(
        min_value=1, max_value=MAX_TTL, required=False, allow_null=True,
        help_text="Seconds from the write until it expires; null: never. A crystallized memory has none.",
    )  # fmt: skip

    def validate_tags(self, tags: list[str]) -> list[str]:
        return list(dict.fromkeys(tags))


class MemoryReplacement(MemoryChange):
    """What PUT /api/memory/{key} takes: the whole memory; what is not said gets its default."""

    value = JsonValue(help_text=MemoryChange._declared_fields["value"].help_text)


class MemoryInput(MemoryReplacement):
    """What POST /api/memory takes."""

    key = Key(
        max_length=MAX_KEY,
        help_text="1-256 characters, as said; `/ . : -` and any letters, no control characters; not `.` or `..` alone.",
    )
    dedupe = Flag(
        required=False, default=False,
        help_text="Store nothing when a key that differs only in what says when or which note says the same.",
    )  # fmt: skip


class KeyOnly(Serializer):
    """A key out of an address."""

    key = Line(max_length=MAX_KEY)


class Reason(Serializer):
    """What found a memory in recall by meaning."""

    by = serializers.ChoiceField(["meaning", "words", "prefix", "tags"])
    similarity = serializers.FloatField(required=False, help_text="By meaning: the cosine, -1 to 1.")
    words = serializers.ListField(child=serializers.CharField(), required=False, help_text="The question's, as stems.")
    tags = serializers.ListField(child=serializers.CharField(), required=False, help_text="That the question names.")


class MemorySerializer(Serializer):
    """A memory."""

    id = serializers.UUIDField()
    key = serializers.CharField()
    value = JsonValue(required=False, help_text="Absent where the caller may not see it: see `sealed`.")
    tags = serializers.ListField(child=serializers.CharField())
    importance = serializers.FloatField(help_text="0-1.")
    relevance = serializers.FloatField(help_text="0-1: importance x 0.5^(age / 7 days) since the last write or access.")
    ttl = serializers.IntegerField(allow_null=True, help_text="Seconds, as said.")
    expires_at = serializers.DateTimeField(allow_null=True)
    crystallized = serializers.BooleanField(help_text="Permanent: never expires, never collected.")
    sealed = serializers.BooleanField(
        help_text="Tagged `secrets`: encrypted at rest; its value is in GET /api/memory/{key} only, for memory.secrets."
    )
    access_count = serializers.IntegerField(help_text="How often it was read by its exact key.")
    suggest_crystallize = serializers.BooleanField(help_text="Read more than 10 times and not crystallized (E-R33).")
    learned_from = serializers.UUIDField(allow_null=True, help_text="The goal whose executor wrote it.")
    created_at = serializers.DateTimeField()
    written_at = serializers.DateTimeField()
    accessed_at = serializers.DateTimeField(allow_null=True)
    why = serializers.ListField(
        child=Reason(), required=False, help_text="With mode=semantic: what found it, in this order."
    )


class RecallMeta(Serializer):
    """Where in the matches a page is."""

    total = serializers.IntegerField(
        help_text="How many match; at least so many when it is not exact. With mode=semantic: found, at most 200."
    )
    exact = serializers.BooleanField(
        help_text="Whether total is all that matches. With mode=semantic false when a way of finding stopped early."
    )
    limit = serializers.IntegerField()
    offset = serializers.IntegerField()


class RecallPage(Serializer):
    """One page of memories, best first."""

    data = MemorySerializer(many=True)  # type: ignore[assignment]
    meta = RecallMeta()


class Duplicate(Serializer):
    """What the write gate found (dedupe: true)."""

    kind = serializers.ChoiceField(["exact", "near"])
    similarity = serializers.FloatField(help_text="1: both say the same.")


class MemoryStored(MemorySerializer):
    """What POST /api/memory answers: the memory that knows it now, and whether it was there before."""

    duplicate = Duplicate(allow_null=True, help_text="With dedupe: the memory answered knew it already; else null.")


class MemoryAudit(Serializer):
    """The state of an account's memory."""

    total = serializers.IntegerField(
        help_text="Memories that are not expired; the rest, but for `expired`, is of them."
    )
    duplicates = serializers.IntegerField(
        help_text="How many say what another one says, whatever its key: equal or restated sentences, and equal values "
        "of more than 8,192 characters. Secrets are not compared."
    )
    stale = serializers.IntegerField(help_text="Neither written nor read for 90 days, and not crystallized.")
    never_read = serializers.IntegerField()
    expired = serializers.IntegerField(help_text="Expired, and not collected yet.")
    crystallized = serializers.IntegerField()
    sealed = serializers.IntegerField(help_text="Tagged `secrets`.")
    learned = serializers.IntegerField(help_text="Written by the executor itself.")


def represent(memory: Memory, now: datetime, value: str | None = None) -> dict[str, Any]:
    """A memory as MemorySerializer declares it, by hand as goals do it; `value` None: the caller may not see it."""
    return {
        "id": str(memory.pk),
        "key": memory.key,
        **({} if value is None else {"value": values.decode(value)}),
        "tags": memory.tags,
        "importance": memory.importance,
        "relevance": round(relevance(memory.rank, now.timestamp()), 6),
        "ttl": memory.ttl,
        "expiresAt": instant(memory.expires_at),
        "crystallized": memory.crystallized,
        "sealed": memory.is_sealed,
        "accessCount": memory.access_count,
        "suggestCrystallize": memory.suggest_crystallize,
        "learnedFrom": str(memory.learned_from) if memory.learned_from else None,
        "createdAt": instant(memory.created_at),
        "writtenAt": instant(memory.written_at),
        "accessedAt": instant(memory.accessed_at),
    }
