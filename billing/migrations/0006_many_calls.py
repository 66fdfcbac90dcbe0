from importlib import import_module

from django.db import migrations, models

earlier = import_module("billing.migrations.0005_told_once")


class Migration(migrations.Migration):
    dependencies = [("billing", "0005_told_once")]

    operations = [
        migrations.AlterField("credit", "llm_calls", models.PositiveBigIntegerField(default=0)),
        migrations.AlterField(
            "creditentry", "amount", models.BigIntegerField(help_text="Calls that came, or went (below zero).")
        ),
        migrations.AlterField(
            "creditentry", "balance", models.PositiveBigIntegerField(help_text="Calls that were left afterwards.")
        ),
        # Again, since every address is left out now.
        migrations.RunSQL(earlier.ALL_ACCOUNTS, migrations.RunSQL.noop),
        migrations.RunPython(earlier.redact, migrations.RunPython.noop),
        migrations.RunSQL(earlier.NO_ACCOUNT, migrations.RunSQL.noop),
    ]
