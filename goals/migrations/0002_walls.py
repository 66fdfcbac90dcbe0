"""Row-level security for the tenant tables of goals; attempts can only be added."""

from django.db import migrations

from executor_one.kit.walls import RaiseWalls


class Migration(migrations.Migration):
    dependencies = [("goals", "0001_initial")]

    operations = [
        RaiseWalls("Goal", same_account={"retry_of_id": "goals.Goal"}),
        RaiseWalls("Task", same_account={"goal_id": "goals.Goal"}),
        RaiseWalls("Attempt", same_account={"task_id": "goals.Task"}, append_only=True),
        RaiseWalls("ExecutorState"),
    ]
