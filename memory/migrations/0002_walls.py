"""Row-level security for what an account knows."""

from django.db import migrations

from executor_one.kit.walls import RaiseWalls


class Migration(migrations.Migration):
    dependencies = [("memory", "0001_learned")]

    operations = [RaiseWalls("Correction"), RaiseWalls("TaskTree"), RaiseWalls("Tally")]
