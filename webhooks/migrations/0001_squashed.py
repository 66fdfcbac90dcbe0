"""Webhooks and audit streams, and the couriers that send; row-level security."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
import executor_one.kit.ids
import webhooks.models
from django.db import migrations, models

from executor_one.kit.walls import RaiseWalls

OF_ENDPOINT = {"endpoint_id": "webhooks.WebhookEndpoint"}


class Migration(migrations.Migration):

    replaces = [
        ('webhooks', '0001_initial'),
        ('webhooks', '0002_walls'),
        ('webhooks', '0003_audit_streams'),
        ('webhooks', '0004_stream_walls'),
        ('webhooks', '0005_slow_streams'),
    ]

    initial = True

    dependencies = [
        ('accounts', '0001_squashed'),
    ]

    operations = [
        migrations.CreateModel(
            name='Courier',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('host', models.CharField(max_length=255)),
                ('pid', models.PositiveIntegerField()),
                ('started_at', models.DateTimeField()),
                ('seen_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='WebhookEndpoint',
            fields=[
                ('id', models.CharField(default=webhooks.models.endpoint_id, editable=False, max_length=40, primary_key=True, serialize=False)),
                ('url', models.CharField(max_length=2000)),
                ('types', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), help_text='Types of events, families like "goal.*", or "*".', size=None)),
                ('description', models.CharField(blank=True, max_length=500)),
                ('is_active', models.BooleanField(default=True)),
                ('sealed', models.BinaryField(help_text='The secret that signs, encrypted (webhooks.secrets).')),
                ('sealed_before', models.BinaryField(help_text='The one before, which signs too until before_until.', null=True)),
                ('before_until', models.DateTimeField(null=True)),
                ('cursor', models.BigIntegerField(help_text='The last event that was looked at for it.')),
                ('created_by', models.CharField(help_text='Who made it: user:... or key:...', max_length=60)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('disabled_at', models.DateTimeField(help_text='Since when it is off.', null=True)),
                ('disabled_for', models.CharField(blank=True, help_text='Why, in words.', max_length=200)),
                ('outage_at', models.DateTimeField(help_text='When a delivery was given up first since the last success.', null=True)),
                ('deleted_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(condition=models.Q(('deleted_at', None)), fields=['account', 'created_at'], name='endpoint_of_account'), models.Index(condition=models.Q(('deleted_at', None), ('is_active', True)), fields=['account'], name='endpoint_that_is_sent_to'), models.Index(condition=models.Q(('deleted_at__isnull', False)), fields=['deleted_at'], name='endpoint_to_remove')],
            },
        ),
        migrations.CreateModel(
            name='WebhookDelivery',
            fields=[
                ('id', models.CharField(default=webhooks.models.delivery_id, editable=False, max_length=40, primary_key=True, serialize=False)),
                ('event', models.BigIntegerField(help_text="The event's id; null for a test, which has a body instead.", null=True)),
                ('type', models.CharField(max_length=60)),
                ('lane', models.PositiveSmallIntegerField()),
                ('body', models.TextField(blank=True, help_text='What a test sends; of an event it is made anew, alike each time.')),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('delivered', 'Delivered'), ('dead', 'Dead')], default='pending', max_length=10)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('attempts_before', models.PositiveIntegerField(default=0, help_text='How many there were when it was begun anew.')),
                ('begun_at', models.DateTimeField(help_text='Since when it is tried: it is given up a day later.')),
                ('next_at', models.DateTimeField(help_text='When it is tried next; null when it has ended.', null=True)),
                ('last_status', models.PositiveSmallIntegerField(help_text='The HTTP status that came last, if any did.', null=True)),
                ('last_error', models.CharField(blank=True, help_text='Why the last try failed, in our words.', max_length=300)),
                ('response', models.TextField(blank=True, help_text='The beginning of the last answer, secrets masked.')),
                ('tries', models.JSONField(default=list, help_text='[{at, status, error, ms}], the last hundred.')),
                ('created_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
                ('endpoint', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='webhooks.webhookendpoint')),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(condition=models.Q(('state', 'pending')), fields=['endpoint', 'lane', 'next_at', 'event'], name='delivery_in_lane'), models.Index(fields=['account', 'created_at'], name='delivery_of_account'), models.Index(fields=['created_at'], name='delivery_by_age'), models.Index(condition=models.Q(('state', 'pending')), fields=['begun_at'], name='delivery_that_waits')],
                'constraints': [models.UniqueConstraint(fields=('endpoint', 'event'), name='one_delivery_an_event'), models.CheckConstraint(condition=models.Q(models.Q(('next_at__isnull', False), ('state', 'pending')), models.Q(models.Q(('state', 'pending'), _negated=True), ('next_at', None)), _connector='OR'), name='what_is_pending_is_due_some_time')],
            },
        ),
        migrations.CreateModel(
            name='WebhookLane',
            fields=[
                ('id', models.UUIDField(default=executor_one.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveSmallIntegerField()),
                ('next_at', models.DateTimeField(help_text='When its next delivery is due; null: nothing waits.', null=True)),
                ('busy_until', models.DateTimeField(help_text='A courier has it until then; null: nobody has.', null=True)),
                ('epoch', models.PositiveBigIntegerField(default=0)),
                ('is_failing', models.BooleanField(default=False, help_text='Its last try failed, or took long: it gets of the smaller share.')),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
                ('endpoint', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='lanes', to='webhooks.webhookendpoint')),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(condition=models.Q(('next_at__isnull', False)), fields=['is_failing', 'next_at'], name='lane_that_is_due')],
                'constraints': [models.UniqueConstraint(fields=('endpoint', 'number'), name='one_lane_a_number')],
            },
        ),
        migrations.CreateModel(
            name='AuditStream',
            fields=[
                ('id', models.CharField(default=webhooks.models.stream_id, editable=False, max_length=40, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=100)),
                ('kind', models.CharField(choices=[('splunk_hec', 'Splunk Hec'), ('http_json', 'Http Json'), ('syslog', 'Syslog'), ('file', 'File')], editable=False, max_length=20)),
                ('url', models.CharField(blank=True, help_text='Of splunk_hec and http_json.', max_length=2000)),
                ('format', models.CharField(blank=True, choices=[('array', 'Array'), ('ndjson', 'Ndjson')], help_text='Of http_json.', max_length=10)),
                ('host', models.CharField(blank=True, help_text='Of syslog, and so is port.', max_length=255)),
                ('port', models.PositiveIntegerField(null=True)),
                ('protocol', models.CharField(blank=True, choices=[('tls', 'Tls'), ('tcp', 'Tcp')], help_text='Of syslog.', max_length=5)),
                ('sealed', models.BinaryField(help_text='The token or header that proves who sends (webhooks.secrets).', null=True)),
                ('types', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), help_text='Types of events, families like "goal.*", or "*".', size=None)),
                ('cursor', models.BigIntegerField(help_text='The seq of the last event that was taken, or left out by `types`.')),
                ('is_active', models.BooleanField(default=True)),
                ('created_by', models.CharField(help_text='Who made it: user:... or key:...', max_length=60)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('next_at', models.DateTimeField(help_text='When a courier looks at it; null: nothing waits, or paused.', null=True)),
                ('busy_until', models.DateTimeField(help_text='A courier has it until then; null: nobody has.', null=True)),
                ('epoch', models.PositiveBigIntegerField(default=0)),
                ('failed', models.PositiveIntegerField(default=0, help_text='Tries since the last one that succeeded.')),
                ('failing_since', models.DateTimeField(help_text='When the first of those was.', null=True)),
                ('is_slow', models.BooleanField(default=False, help_text='Its last try took long: it gets of the smaller share.')),
                ('is_told', models.BooleanField(default=False, help_text='audit_stream.failing was published of this outage.')),
                ('last_error', models.CharField(blank=True, help_text='Why the last try failed, in our words.', max_length=300)),
                ('last_status', models.PositiveSmallIntegerField(help_text='The HTTP status that came last, if any did.', null=True)),
                ('last_sent_at', models.DateTimeField(help_text='When events were taken last.', null=True)),
                ('sent', models.PositiveBigIntegerField(default=0, help_text='How many events were taken.')),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(fields=['account', 'created_at'], name='stream_of_account'), models.Index(condition=models.Q(('next_at__isnull', False)), fields=['next_at'], name='stream_that_is_due')],
                'constraints': [models.CheckConstraint(condition=models.Q(('is_active', True), ('next_at', None), _connector='OR'), name='what_is_paused_is_never_due')],
            },
        ),
        RaiseWalls("WebhookEndpoint"),
        RaiseWalls("WebhookLane", same_account=OF_ENDPOINT),
        RaiseWalls("WebhookDelivery", same_account=OF_ENDPOINT),
        RaiseWalls("AuditStream"),
    ]
