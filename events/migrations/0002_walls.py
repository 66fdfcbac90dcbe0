"""Row-level security, and rows that can only be added."""

from django.db import migrations

from executor_one.kit.walls import RaiseWalls


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]

    operations = [RaiseWalls("Event", append_only=True)]
