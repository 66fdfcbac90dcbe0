"""How often a language model was asked for a goal; the samples of an executor's state."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('goals', '0006_model_asks'),
    ]

    operations = [
        migrations.AddField(
            model_name='goal',
            name='model_calls',
            field=models.PositiveSmallIntegerField(default=0, help_text='How many requests to a language model were made for its plan.'),
        ),
    ]
