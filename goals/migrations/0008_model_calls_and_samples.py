"""How often a language model was asked for a goal; the samples of an executor's state."""

import django.db.models.deletion
from django.db import migrations, models

from executor_one.kit.walls import RaiseWalls


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0004_times_and_key_use"),
        ('goals', '0007_counted'),
    ]

    operations = [
        migrations.AddField(
            model_name='goal',
            name='model_calls',
            field=models.PositiveSmallIntegerField(default=0, help_text='How many requests to a language model were made for its plan.'),
        ),
        migrations.CreateModel(
            name='StateSample',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('urgency', models.FloatField()),
                ('confidence', models.FloatField()),
                ('fatigue', models.FloatField()),
                ('novel', models.PositiveSmallIntegerField(help_text='Of the recent goals, those that no task tree answered.')),
                ('recent', models.PositiveSmallIntegerField()),
                ('beat_before', models.DateTimeField(help_text='The beat before this one; between them it was at rest.')),
                ('fatigue_before', models.FloatField(help_text='What it was then.')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(fields=['account', 'at'], name='sample_time')],
            },
        ),
        RaiseWalls("StateSample"),
    ]
