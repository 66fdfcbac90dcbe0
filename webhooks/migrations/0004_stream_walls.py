"""Row-level security of audit streams."""

from django.db import migrations

from executor_one.kit.walls import RaiseWalls


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0003_audit_streams")]

    operations = [RaiseWalls("AuditStream")]
