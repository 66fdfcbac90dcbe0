"""Events of the installation: without an account, read by every account, written by none."""

import django.db.models.deletion
from django.db import migrations, models

from executor_one.kit.walls import EVERY_ROW, OWN_ROW

# Any account reads a row that is nobody's. What may be added stays as 0002 says: NULL is no account's id, so only
# all_accounts() adds such a row; and the app's role has no right to change or delete one.
WALL = "ALTER POLICY events_event_of_account ON events_event USING ({readable})"
OWN = f"{OWN_ROW.format(column='account_id')} OR {EVERY_ROW}"
NOBODY_S = "account_id IS NULL AND nullif(current_setting('app.account', true), '') IS NOT NULL"



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
        migrations.RunSQL(WALL.format(readable=f"{OWN} OR ({NOBODY_S})"), WALL.format(readable=OWN)),
    ]
