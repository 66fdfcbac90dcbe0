from django.contrib import admin

from billing.models import Plan


@admin.register(Plan)
class PlanAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Plans are data: what staff writes here holds from the next request on."""

    list_display = [
        "name", "goals_per_month", "memories", "llm_calls_per_month", "parallel_tasks", "api_keys", "websocket",
        "goal_cooldown_seconds",
    ]  # fmt: skip
