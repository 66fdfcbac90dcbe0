"""What an account's commands may reach: nothing, until somebody says so."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0010_who_was_told")]

    operations = [
        migrations.AddField(
            model_name="account",
            name="egress_hosts",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=255),
                blank=True,
                default=list,
                help_text="What its commands may reach: a host, or *.example.com for all below it. Without any, no network.",
                size=None,
            ),
        ),
    ]
