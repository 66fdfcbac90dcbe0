"""Row-level security, and the four plans of seed 000 (E-R3..E-R9)."""

from django.db import migrations

from executor_one.kit.walls import RaiseWalls

# code, name, rank, goals, memories, LLM calls, parallel tasks, websocket, API keys, cooldown seconds, public
PLANS = [
    ("free", "Free", 0, 10, 50, 0, 1, False, 1, 60, True),
    ("pro", "Pro", 1, 500, 5000, 200, 4, True, 5, 0, True),
    ("enterprise", "Enterprise", 2, None, None, None, 8, True, 50, 0, True),
    ("ecosystem", "Ecosystem", 3, None, None, None, 8, True, 20, 0, False),
]
FIELDS = (
    "code", "name", "rank", "goals_per_month", "memories", "llm_calls_per_month", "parallel_tasks", "websocket", "api_keys",
    "goal_cooldown_seconds", "is_public",
)  # fmt: skip


def add_plans(apps, schema_editor):
    plan = apps.get_model("billing", "Plan")
    plan.objects.bulk_create(plan(**dict(zip(FIELDS, row, strict=True))) for row in PLANS)


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial")]

    operations = [
        RaiseWalls("Subscription"),
        RaiseWalls("UsageCounter"),
        migrations.RunPython(add_plans, migrations.RunPython.noop),
    ]
