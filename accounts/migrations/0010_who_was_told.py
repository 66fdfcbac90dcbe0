import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0009_vault"),
    ]

    operations = [
        migrations.AddField(
            model_name="look",
            name="accounts",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40),
                default=list,
                help_text="Which were told that it began; they are told its end.",
                size=None,
            ),
        ),
    ]
