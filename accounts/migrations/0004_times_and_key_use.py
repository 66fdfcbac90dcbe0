"""How a person reads times, and from where and how often a key was used."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_people"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="times",
            field=models.CharField(
                choices=[("local", "How long ago, with your own time on hover"), ("utc", "In UTC")],
                default="local",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name='apikey',
            name='last_ip',
            field=models.GenericIPAddressField(blank=True, help_text='From where it was last used.', null=True),
        ),
        migrations.AddField(
            model_name='apikey',
            name='requests',
            field=models.PositiveBigIntegerField(default=0, help_text='How many requests it made, at least: each web process writes what it counted within a minute, and what it had not written when it was killed is missing.'),
        ),
    ]
