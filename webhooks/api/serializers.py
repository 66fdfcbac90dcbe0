"""Shapes of webhooks and deliveries (A15, A16)."""

from __future__ import annotations

import json
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from executor_one.kit.serializers import Flag, ModelSerializer, Serializer, Text, Whole, instant
from webhooks.actions import DEFAULT_GRACE, LONGEST_GRACE
from webhooks.choosing import MOST_TYPES
from webhooks.models import LONGEST_DESCRIPTION, LONGEST_TYPE, LONGEST_URL, WebhookDelivery, WebhookEndpoint
from webhooks.queries import text_of
from webhooks.signing import body_of

URL = f"https, at most {LONGEST_URL:,} characters; no user and password in it, no unusual port."
TYPES = f'Types of events such as goal.completed, families such as goal.*, or "*" for all; at most {MOST_TYPES}.'


class WebhookInput(Serializer):
    """What POST /webhooks takes."""

    url = Text(max_length=LONGEST_URL, help_text=URL)
    types = serializers.ListField(child=Text(max_length=LONGEST_TYPE), max_length=MOST_TYPES, help_text=TYPES)
    description = Text(max_length=LONGEST_DESCRIPTION, required=False, allow_blank=True, default="")


class WebhookChange(Serializer):
    """What PATCH /webhooks/{id} takes: any of these."""

    url = Text(max_length=LONGEST_URL, required=False, help_text=URL)
    types = serializers.ListField(
        child=Text(max_length=LONGEST_TYPE), max_length=MOST_TYPES, required=False, help_text=TYPES
    )
    description = Text(max_length=LONGEST_DESCRIPTION, required=False, allow_blank=True)
    is_active = Flag(required=False, help_text="false: nothing is sent; true: what happens from then on is.")


class RotationInput(Serializer):
    """What POST /webhooks/{id}/rotate takes."""

    grace_hours = Whole(
        min_value=0, max_value=LONGEST_GRACE, required=False, default=DEFAULT_GRACE,
        help_text="How long the old secret signs too; 0: it has ended.",
    )  # fmt: skip


class WebhookSerializer(ModelSerializer):
    """A webhook without its secret."""

    previous_secret_until = serializers.SerializerMethodField(
        help_text="Until when the secret before the last rotation signs too; null: there is none."
    )
    failing_since = serializers.DateTimeField(
        source="outage_at", read_only=True, allow_null=True,
        help_text="When a delivery was given up first since the last one that succeeded; null: none was.",
    )  # fmt: skip

    class Meta:
        model = WebhookEndpoint
        fields = [
            "id", "url", "types", "description", "is_active", "disabled_at", "disabled_for", "failing_since",
            "previous_secret_until", "created_by", "created_at", "updated_at",
        ]  # fmt: skip

    def get_previous_secret_until(self, row: WebhookEndpoint) -> str | None:
        is_active = row.before_until is not None and row.before_until > timezone.now()
        return instant(row.before_until) if is_active else None


class WebhookShown(WebhookSerializer):
    """A webhook with its secret: when it is made or rotated, and never again."""

    secret = serializers.CharField(read_only=True, help_text="whsec_...; this text, as it is, keys the signature.")

    class Meta(WebhookSerializer.Meta):
        fields = [*WebhookSerializer.Meta.fields, "secret"]


class DeliverySerializer(ModelSerializer):
    """One event for one webhook. `id` is the header Webhook-Id, the same at every try."""

    webhook = serializers.CharField(source="endpoint_id", read_only=True, help_text="The webhook's id.")
    event = serializers.SerializerMethodField(help_text="The event's id; null for a test.")

    class Meta:
        model = WebhookDelivery
        fields = [
            "id", "webhook", "event", "type", "state", "attempts", "next_at", "last_status", "last_error",
            "created_at", "ended_at",
        ]  # fmt: skip

    def get_event(self, row: WebhookDelivery) -> str | None:
        return None if row.event is None else str(row.event)


class Try(Serializer):
    """One try of a delivery."""

    at = serializers.DateTimeField()
    status = serializers.IntegerField(allow_null=True, help_text="The HTTP status; null where no answer came.")
    error = serializers.CharField(allow_blank=True, help_text="Why it failed; empty for a success.")
    ms = serializers.IntegerField(help_text="How long it took.")


class DeliveryShown(DeliverySerializer):
    """A delivery with what is sent, and every try of it (the last hundred)."""

    payload = serializers.SerializerMethodField(help_text="What is sent: {id, type, timestamp, data}.")
    response = serializers.CharField(
        read_only=True, help_text="The first 4 KiB of the last answer, secrets masked; empty where none came."
    )
    tries = Try(many=True, read_only=True)

    class Meta(DeliverySerializer.Meta):
        fields = [*DeliverySerializer.Meta.fields, "payload", "response", "tries"]

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_payload(self, row: WebhookDelivery) -> Any:
        return json.loads(body_of(text_of(row)))
