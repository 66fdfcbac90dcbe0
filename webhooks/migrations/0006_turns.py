"""Lanes are claimed by account (webhooks.turns), no more by whether their last try went well."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0001_squashed")]

    operations = [
        migrations.RemoveIndex(model_name="webhooklane", name="lane_that_is_due"),
        migrations.AlterField(
            model_name="auditstream",
            name="is_slow",
            field=models.BooleanField(
                default=False, help_text="Its last try took long: the account's others go ahead."
            ),
        ),
        migrations.AlterField(
            model_name="webhooklane",
            name="is_failing",
            field=models.BooleanField(
                default=False,
                help_text="Its last try failed, or took long: the account's other endpoints go ahead.",
            ),
        ),
        migrations.AddIndex(
            model_name="webhooklane",
            index=models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="lane_by_when_it_is_due"),
        ),
        migrations.AddIndex(
            model_name="webhooklane",
            index=models.Index(fields=["account"], condition=Q(next_at__isnull=False), name="lane_of_account"),
        ),
    ]
