"""Who executes, for staff."""

from __future__ import annotations

from django.contrib import admin
from django.utils import timezone
from django.utils.safestring import SafeString

from executor_one.kit.columns import badge
from executor_one.kit.screens import StaffAdmin, display
from runners.models import Runner, heard_since


@admin.register(Runner)
class RunnerAdmin(StaffAdmin):
    """The runners and when they were heard last; one that is silent for ten seconds loses its leases."""

    list_display = ["host", "stands", "pid", "slots", "sandbox", "problem", "started_at", "seen_at"]
    list_filter = ["sandbox", "host"]
    search_fields = ["host", "id"]
    ordering = ["-seen_at"]
    states = {"sandbox": {"on": "completed", "off": "failed", "unavailable": "failed"}}

    @display("State")
    def stands(self, row: Runner) -> SafeString:
        is_heard = row.seen_at >= heard_since(timezone.now())
        return badge("completed", "alive") if is_heard else badge("lost", "silent")
