"""Signing in shows a person the accounts of their memberships, as it shows them the memberships."""

from django.db import migrations

OWN = "id = current_setting('app.account', true) OR current_setting('app.account', true) = '*'"
# By account, which has an index: the proof is the digest of a secret as often as the id of a person.
A_MEMBERS = (
    "EXISTS (SELECT FROM accounts_membership member WHERE member.account_id = accounts_account.id "
    "AND member.user_id::text = nullif(current_setting('app.proof', true), ''))"
)
WALL = (
    "DROP POLICY accounts_account_of_account ON accounts_account; "
    "CREATE POLICY accounts_account_of_account ON accounts_account USING ({readable}) WITH CHECK ({own})"
)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_log_of_edits")]

    operations = [
        migrations.RunSQL(WALL.format(readable=f"{OWN} OR {A_MEMBERS}", own=OWN), WALL.format(readable=OWN, own=OWN))
    ]
