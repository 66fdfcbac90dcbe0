"""Row-level security for the tenant tables of accounts, and the sequence of sandbox uids."""

from django.db import migrations

from executor_one.kit.walls import RaiseWalls


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE accounts_account_number", "DROP SEQUENCE accounts_account_number"),
        RaiseWalls("Account", account="id"),
        RaiseWalls("Membership", proof="user_id::text"),
        RaiseWalls("ApiKey", proof="digest"),
        RaiseWalls("SessionToken", proof="digest"),
    ]
