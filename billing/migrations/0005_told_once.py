from django.db import migrations, models

from billing.redacting import redacted

ALL_ACCOUNTS = "SELECT set_config('app.account', '*', true)"
NO_ACCOUNT = "SELECT set_config('app.account', '', true)"
# Of what was done, its customer has heard.
TOLD = "UPDATE billing_stripeevent SET is_told = true WHERE state = 'done'"


def redact(apps, schema_editor):
    """What was stored before is not to be kept either."""
    events = apps.get_model("billing", "StripeEvent")._base_manager
    for noted in events.only("pk", "payload").iterator(chunk_size=500):
        kept = redacted(noted.payload)
        if kept != noted.payload:
            events.filter(pk=noted.pk).update(payload=kept)


class Migration(migrations.Migration):
    dependencies = [("billing", "0004_packages")]

    operations = [
        migrations.AddField(
            model_name="stripeevent",
            name="is_told",
            field=models.BooleanField(
                default=False, help_text="Whether the account was told what it says; a replay tells it once."
            ),
        ),
        migrations.AlterField(
            model_name="stripeevent",
            name="payload",
            field=models.JSONField(help_text="The event as Stripe signed it, less its secrets."),
        ),
        migrations.RunSQL(ALL_ACCOUNTS, migrations.RunSQL.noop),
        migrations.RunSQL(TOLD, migrations.RunSQL.noop),
        migrations.RunPython(redact, migrations.RunPython.noop),
        migrations.RunSQL(NO_ACCOUNT, migrations.RunSQL.noop),
    ]
