"""Goals, tasks and attempts, the state of an executor and the heartbeat's pulse; row-level security."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
import executor_one.kit.ids
from django.db import migrations, models

from executor_one.kit.walls import RaiseWalls


class Migration(migrations.Migration):

    replaces = [
        ('goals', '0001_initial'),
        ('goals', '0002_walls'),
        ('goals', '0003_task_rank'),
        ('goals', '0004_rank_waiting_tasks'),
        ('goals', '0005_corrections'),
        ('goals', '0006_model_asks'),
        ('goals', '0007_counted'),
        ('goals', '0008_model_calls_and_samples'),
        ('goals', '0009_goals_stated_by'),
        ('goals', '0010_failing'),
        ('goals', '0011_verify_and_data'),
        ('goals', '0012_readings'),
    ]

    initial = True

    dependencies = [
        ('accounts', '0001_squashed'),
    ]

    operations = [
        migrations.CreateModel(
            name='ExecutorState',
            fields=[
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, serialize=False, to='accounts.account')),
                ('tick_count', models.PositiveBigIntegerField(default=0)),
                ('succeeded', models.PositiveIntegerField(default=0)),
                ('failed', models.PositiveIntegerField(default=0)),
                ('fatigue', models.FloatField(default=0)),
                ('busy_share', models.FloatField(default=0)),
                ('assessed_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Pulse',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('tick_count', models.PositiveBigIntegerField(default=0)),
                ('pulsed_at', models.DateTimeField()),
                ('before_count', models.PositiveBigIntegerField(default=0)),
                ('before_at', models.DateTimeField(null=True)),
                ('read_count', models.PositiveBigIntegerField(default=0)),
                ('read_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Goal',
            fields=[
                ('id', models.UUIDField(default=executor_one.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('goal', 'Goal'), ('direct', 'Direct')], default='goal', max_length=10)),
                ('description', models.TextField()),
                ('semantic_path', models.JSONField(default=list)),
                ('priority', models.CharField(choices=[('low', 'Low'), ('normal', 'Normal'), ('high', 'High'), ('critical', 'Critical')], default='normal', max_length=10)),
                ('deadline', models.DateTimeField(blank=True, null=True)),
                ('planner', models.CharField(blank=True, help_text='Which planner made the tasks.', max_length=20)),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('planning', 'Planning'), ('executing', 'Executing'), ('completed', 'Completed'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='pending', max_length=10)),
                ('tasks_total', models.PositiveIntegerField(default=0)),
                ('tasks_completed', models.PositiveIntegerField(default=0)),
                ('error_code', models.CharField(blank=True, max_length=40)),
                ('error', models.TextField(blank=True)),
                ('self_correct', models.BooleanField(default=True, help_text='Whether a failed task is tried again (E-R20).')),
                ('task_tree', models.UUIDField(blank=True, help_text='The crystallized tree that its tasks came from.', null=True)),
                ('planned_from', models.PositiveIntegerField(default=0, help_text='Where the tasks of its last plan begin.')),
                ('fixes_applied', models.PositiveIntegerField(default=0)),
                ('fixes_worked', models.PositiveIntegerField(default=0, help_text='After how many of them the task succeeded.')),
                ('model_asks', models.PositiveSmallIntegerField(default=0, help_text='How often a language model was to be asked for its plan; each asking has its number.')),
                ('model_asking', models.BooleanField(default=False, help_text='Whether a planner took the last asking up.')),
                ('model_calls', models.PositiveSmallIntegerField(default=0, help_text='How many requests to a language model were made for its plan.')),
                ('counted', models.BooleanField(db_default=True, default=True, help_text="Whether it counts against the month and begins the plan's pause.")),
                ('created_by', models.CharField(blank=True, max_length=60)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('wake_at', models.DateTimeField(blank=True, help_text='When the heartbeat looks at it next.', null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
                ('retry_of', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='goals.goal')),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(fields=['account', '-created_at', '-id'], name='goal_newest'), models.Index(fields=['account', 'created_by', '-created_at', '-id'], name='goal_stated_by'), models.Index(condition=models.Q(('state__in', ['pending', 'planning', 'executing'])), fields=['wake_at'], name='goal_due'), models.Index(condition=models.Q(('state__in', ['pending', 'planning', 'executing'])), fields=['account'], name='goal_open'), models.Index(condition=models.Q(('state', 'failed')), fields=['-finished_at'], name='goal_failed')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('finished_at__isnull', False), ('state__in', ['completed', 'failed', 'cancelled']), ('wake_at', None)), models.Q(('finished_at', None), ('state__in', ['pending', 'planning', 'executing']), ('wake_at__isnull', False)), _connector='OR'), name='open_goal_wakes_up')],
            },
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
        migrations.CreateModel(
            name='Task',
            fields=[
                ('id', models.UUIDField(default=executor_one.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('position', models.PositiveIntegerField()),
                ('name', models.CharField(max_length=200)),
                ('actuator', models.CharField(max_length=20)),
                ('params', models.JSONField(default=dict)),
                ('depends_on', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveIntegerField(), default=list, size=None)),
                ('timeout_ms', models.PositiveIntegerField()),
                ('verify', models.JSONField(blank=True, help_text="What its success is, beyond its actuator's default.", null=True)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('delayed', 'Delayed'), ('released', 'Released'), ('running', 'Running'), ('ended', 'Ended'), ('completed', 'Completed'), ('failed', 'Failed'), ('cancelled', 'Cancelled'), ('skipped', 'Skipped')], default='waiting', max_length=10)),
                ('needs_left', models.PositiveIntegerField(default=0, help_text='How many tasks it depends on are not completed.')),
                ('rank', models.FloatField(default=0, help_text='Its score at the epoch: orders waiting tasks at any moment.')),
                ('deadline_rank', models.FloatField(blank=True, help_text="The same with its goal's deadline.", null=True)),
                ('score', models.FloatField(default=0, help_text='What it was when the task was released.')),
                ('error', models.TextField(blank=True)),
                ('next_try', models.JSONField(blank=True, help_text='How the try that corrects the last one differs from it (goals.correction).', null=True)),
                ('retry_at', models.DateTimeField(blank=True, help_text='When a delayed task waits no longer.', null=True)),
                ('released_at', models.DateTimeField(blank=True, null=True)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('runner', models.UUIDField(blank=True, null=True)),
                ('epoch', models.PositiveIntegerField(default=0, help_text="Rises with each claim; an older one's writes are refused.")),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
                ('goal', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tasks', to='goals.goal')),
            ],
            options={
                'ordering': ['position'],
                'abstract': False,
                'indexes': [models.Index(condition=models.Q(('state', 'released')), fields=['released_at'], name='task_released'), models.Index(condition=models.Q(('state__in', ['released', 'running'])), fields=['account'], name='task_active'), models.Index(condition=models.Q(('needs_left', 0), ('state', 'waiting')), fields=['account', '-rank'], name='task_next'), models.Index(condition=models.Q(('deadline_rank__isnull', False), ('needs_left', 0), ('state', 'waiting')), fields=['account', '-deadline_rank'], name='task_pressing'), models.Index(condition=models.Q(('state', 'ended')), fields=['account'], name='task_ended'), models.Index(condition=models.Q(('state', 'running')), fields=['runner'], name='task_running'), models.Index(condition=models.Q(('state', 'delayed')), fields=['retry_at'], name='task_delayed')],
                'constraints': [models.UniqueConstraint(fields=('goal', 'position'), name='one_task_a_position'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'running'), _negated=True), models.Q(('lease_until__isnull', False), ('runner__isnull', False)), _connector='OR'), name='running_task_is_leased'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'delayed'), _negated=True), ('retry_at__isnull', False), _connector='OR'), name='delayed_task_has_its_time')],
            },
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.UUIDField(default=executor_one.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('outcome', models.CharField(choices=[('succeeded', 'Succeeded'), ('failed', 'Failed'), ('cancelled', 'Cancelled'), ('lost', 'Lost')], max_length=10)),
                ('exit_code', models.IntegerField(blank=True, null=True)),
                ('stdout', models.TextField(blank=True)),
                ('stderr', models.TextField(blank=True)),
                ('stdout_truncated', models.BooleanField(default=False)),
                ('stderr_truncated', models.BooleanField(default=False)),
                ('error_code', models.CharField(blank=True, max_length=40)),
                ('error', models.TextField(blank=True)),
                ('data', models.JSONField(blank=True, help_text='What it answered besides: an HTTP status, rows.', null=True)),
                ('duration_ms', models.PositiveIntegerField(default=0)),
                ('runner', models.UUIDField(blank=True, null=True)),
                ('rung', models.CharField(choices=[('first', 'First'), ('known_fix', 'Known Fix'), ('backoff', 'Backoff'), ('alternative', 'Alternative')], default='first', max_length=12)),
                ('reason', models.CharField(blank=True, help_text='Why it was tried again, and what is different.', max_length=500)),
                ('correction', models.UUIDField(blank=True, help_text='The correction that it applied.', null=True)),
                ('params', models.JSONField(blank=True, help_text="What ran, where it differs from the task's params.", null=True)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
                ('task', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attempts', to='goals.task')),
            ],
            options={
                'ordering': ['number'],
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('task', 'number'), name='no_attempt_counts_twice')],
            },
        ),
        RaiseWalls("Goal", same_account={"retry_of_id": "goals.Goal"}),
        RaiseWalls("Task", same_account={"goal_id": "goals.Goal"}),
        RaiseWalls("Attempt", same_account={"task_id": "goals.Task"}, append_only=True),
        RaiseWalls("ExecutorState"),
        RaiseWalls("StateSample"),
    ]
