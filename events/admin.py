"""Everything that happened, for staff. Never changed, and without what tasks printed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from events.catalogue import EVENTS
from events.models import Event
from executor_one.kit.screens import LongAdmin


class OfType(admin.SimpleListFilter):
    """By type, of those that there are: the table itself is too long to ask."""

    title, parameter_name = "type", "type"

    def lookups(self, request: HttpRequest, screen: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in EVENTS]

    def queryset(self, request: HttpRequest, rows: QuerySet[Event]) -> QuerySet[Event]:
        return rows.filter(type=self.value()) if self.value() else rows


@admin.register(Event)
class EventAdmin(LongAdmin):
    """The one append-only table, newest first."""

    list_display = ["id", "type", "whose", "actor", "receipt", "created_at"]
    list_filter = [OfType]
    list_select_related = ["account"]
    fields = ["id", "account", "type", "data", "actor", "receipt", "created_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).exclude(type="task.output")  # type: ignore[no-any-return]
