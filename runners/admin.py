"""Who executes, for staff."""

from __future__ import annotations

from django.contrib import admin

from executor_one.kit.screens import StaffAdmin
from runners.models import Runner


@admin.register(Runner)
class RunnerAdmin(StaffAdmin):
    """The runners and when they were heard last; one that is silent for ten seconds loses its leases."""

    list_display = ["host", "pid", "slots", "sandbox", "problem", "started_at", "seen_at"]
    list_filter = ["sandbox", "host"]
    search_fields = ["host", "id"]
    ordering = ["-seen_at"]
