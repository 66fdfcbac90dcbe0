"""Everything that happened, for staff. Never changed, and without what tasks printed."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from events.catalogue import EVENTS
from events.models import Event, Head
from executor_one.kit.screens import LongAdmin, display

OF_STEPS = {"task", "goal", "executor", "correction", "activity"}
WITHHELD = {"name", "message", "metadata"}


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
    fields = ["id", "account", "seq", "type", "what", "actor", "receipt", "created_at"]
    readonly_fields = fields

    @display("What")
    def what(self, row: Event) -> str:
        """Its data, but for what may quote a command: name and error of a step, metadata of clients (decision 0027)."""
        quotes = WITHHELD if row.type.partition(".")[0] in OF_STEPS else set[str]()
        return json.dumps({name: value for name, value in row.data.items() if name not in quotes}, ensure_ascii=False)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).exclude(type="task.output")  # type: ignore[no-any-return]


@admin.register(Head)
class HeadAdmin(LongAdmin):
    """The signed ends of the accounts' chains, newest first."""

    list_display = ["id", "whose", "seq", "key", "signed_at"]
    list_select_related = ["account"]
    fields = ["id", "account", "seq", "previous", "hash_in_hex", "key", "signature_in_hex", "signed_at"]
    readonly_fields = fields

    @display("Hash")
    def hash_in_hex(self, row: Head) -> str:
        return bytes(row.hash).hex()

    @display("Signature")
    def signature_in_hex(self, row: Head) -> str:
        return bytes(row.signature).hex()
