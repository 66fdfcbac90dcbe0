import django.core.validators
from django.db import migrations, models

# A plan that could not be kept is one that can.
MENDED = (
    "UPDATE billing_plan SET parallel_tasks = 1 WHERE parallel_tasks < 1",
    "UPDATE billing_plan SET goal_cooldown_seconds = 86400 WHERE goal_cooldown_seconds > 86400",
)


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0006_many_calls'),
    ]

    operations = [
        *[migrations.RunSQL(one, migrations.RunSQL.noop) for one in MENDED],
        migrations.AlterField(
            model_name='historicalplan',
            name='goal_cooldown_seconds',
            field=models.PositiveIntegerField(default=0, help_text='Between two goals; a day at most.', validators=[django.core.validators.MaxValueValidator(86400)]),
        ),
        migrations.AlterField(
            model_name='historicalplan',
            name='parallel_tasks',
            field=models.PositiveSmallIntegerField(default=1, help_text='At least 1: without one no goal would ever end.', validators=[django.core.validators.MinValueValidator(1)]),
        ),
        migrations.AlterField(
            model_name='plan',
            name='goal_cooldown_seconds',
            field=models.PositiveIntegerField(default=0, help_text='Between two goals; a day at most.', validators=[django.core.validators.MaxValueValidator(86400)]),
        ),
        migrations.AlterField(
            model_name='plan',
            name='parallel_tasks',
            field=models.PositiveSmallIntegerField(default=1, help_text='At least 1: without one no goal would ever end.', validators=[django.core.validators.MinValueValidator(1)]),
        ),
        migrations.AddConstraint(
            model_name='plan',
            constraint=models.CheckConstraint(condition=models.Q(('parallel_tasks__gte', 1)), name='plan_of_some_tasks'),
        ),
        migrations.AddConstraint(
            model_name='plan',
            constraint=models.CheckConstraint(condition=models.Q(('goal_cooldown_seconds__lte', 86400)), name='plan_with_a_cooldown_that_ends'),
        ),
    ]
