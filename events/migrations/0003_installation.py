"""Events of the installation: without an account, read by every account, written by none."""

import django.db.models.deletion
from django.db import migrations, models

# A second policy is OR'ed with the wall of 0002, which lets only all_accounts() add such a row: NULL is nobody's id.
READABLE = """
    CREATE POLICY events_event_of_installation ON events_event FOR SELECT
    USING (account_id IS NULL AND nullif(current_setting('app.account', true), '') IS NOT NULL)"""


class Migration(migrations.Migration):
    dependencies = [("events", "0002_walls")]

    operations = [
        migrations.AlterField(
            model_name="event",
            name="account",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(condition=models.Q(("account", None)), fields=["id"], name="event_of_installation"),
        ),
        migrations.RunSQL(READABLE, "DROP POLICY events_event_of_installation ON events_event"),
    ]
