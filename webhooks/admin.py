"""Webhooks for staff: where events go and how that goes; no secret, and nothing of what was sent."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from executor_one.kit.columns import badge
from executor_one.kit.screens import LongAdmin, StaffAdmin, display
from webhooks.actions import host_of
from webhooks.models import AuditStream, Courier, WebhookDelivery, WebhookEndpoint, heard_since


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(StaffAdmin):
    """Addresses that events are sent to, by their hosts: the rest of one may hold a token."""

    called = ("webhook", "webhooks")
    list_display = ["whose", "host", "types", "is_active", "outage_at", "created_at"]
    list_filter = ["is_active"]
    list_select_related = ["account"]
    search_fields = ["id", "account__id", "account__name"]
    ordering = ["-created_at"]
    fields = [
        "id", "account", "host", "types", "is_active", "disabled_at", "disabled_for", "outage_at", "before_until",
        "cursor", "created_by", "created_at", "updated_at",
    ]  # fmt: skip
    readonly_fields = fields

    @display("Host")
    def host(self, row: WebhookEndpoint) -> str:
        return host_of(row)

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookEndpoint]:
        found: QuerySet[WebhookEndpoint] = super().get_queryset(request).filter(deleted_at=None)
        return found.defer("sealed", "sealed_before")


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(LongAdmin):
    """Every sending of the last 30 days and what came of it, newest first."""

    called = ("delivery", "deliveries")
    list_display = ["id", "type", "state", "whose", "endpoint", "attempts", "last_status", "next_at", "created_at"]
    list_filter = ["state"]
    list_select_related = ["account", "endpoint"]
    states = {"state": {"pending": "pending", "delivered": "completed", "dead": "failed"}}
    fields = [
        "id", "account", "endpoint", "event", "type", "state", "attempts", "last_status", "last_error", "begun_at",
        "next_at", "created_at", "ended_at",
    ]  # fmt: skip
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookDelivery]:
        found: QuerySet[WebhookDelivery] = super().get_queryset(request)
        return found.defer("body", "response", "tries")


@admin.register(AuditStream)
class AuditStreamAdmin(StaffAdmin):
    """Where accounts have their audit log sent, and how that goes; no address, which may hold a token."""

    called = ("audit stream", "audit streams")
    list_display = ["whose", "kind", "is_active", "failing_since", "last_status", "last_sent_at", "created_at"]
    list_filter = ["kind", "is_active"]
    list_select_related = ["account"]
    search_fields = ["id", "account__id", "account__name"]
    ordering = ["-created_at"]
    fields = [
        "id", "account", "kind", "is_active", "cursor", "sent", "failed", "failing_since", "last_error", "last_status",
        "last_sent_at", "next_at", "created_by", "created_at", "updated_at",
    ]  # fmt: skip
    readonly_fields = fields


@admin.register(Courier)
class CourierAdmin(StaffAdmin):
    """The couriers and when they were heard last."""

    list_display = ["host", "stands", "pid", "started_at", "seen_at"]
    search_fields = ["host", "id"]
    ordering = ["-seen_at"]

    @display("State")
    def stands(self, row: Courier) -> SafeString:
        is_heard = row.seen_at >= heard_since(timezone.now())
        return badge("completed", "alive") if is_heard else badge("lost", "silent")
