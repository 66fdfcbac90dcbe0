"""What an account knows: memories, what finds them, task trees and corrections; row-level security."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
import executor_one.kit.ids
import memory.fields
from django.db import migrations, models

from executor_one.kit.walls import RaiseIndexWalls, RaiseWalls

# With the id first (RaiseWalls would put it last): an index that begins with the account is one that the planner may
# take for any question about the account while the table is small, and keep when it has grown.
BY_ID = "CREATE UNIQUE INDEX memory_memory_account_row ON memory_memory (id, account_id)"
# Random bits: to try to compress them at every write is for nothing.
AS_THEY_ARE = "ALTER TABLE memory_codeblock ALTER memories SET STORAGE EXTERNAL, ALTER codes SET STORAGE EXTERNAL"
# Until a vacuum has seen a page, Postgres reads its rows too, to know who may see them. In a table of a million rows
# the fifth that it waits for would be all that a young account has.
READ_BY_INDEX_ALONE = ("memory_memorytag", "memory_memoryvector", "memory_memoryword")
VACUUM_OFTEN = "ALTER TABLE {} SET (autovacuum_vacuum_insert_scale_factor = 0.02)"


class Migration(migrations.Migration):

    replaces = [
        ('memory', '0001_learned'),
        ('memory', '0002_walls'),
        ('memory', '0003_memory'),
        ('memory', '0004_meaning'),
        ('memory', '0005_vacuum_often'),
        ('memory', '0006_adopted_and_expiring'),
        ('memory', '0007_code_blocks'),
        ('memory', '0008_undecided_tasks'),
    ]

    initial = True

    dependencies = [
        ('accounts', '0001_squashed'),
    ]

    operations = [
        migrations.CreateModel(
            name='Memory',
            fields=[
                ('id', models.UUIDField(default=executor_one.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('key', models.CharField(db_collation='C', max_length=256)),
                ('value', models.TextField(blank=True, help_text='Compact JSON; empty when sealed.')),
                ('sealed', models.BinaryField(help_text='The value, encrypted (memory.sealing).', null=True)),
                ('tags', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=64), default=list, size=None)),
                ('importance', models.FloatField(default=0.5)),
                ('ttl', models.PositiveBigIntegerField(help_text='Seconds from the last write of value or ttl.', null=True)),
                ('expires_at', models.DateTimeField(null=True)),
                ('crystallized', models.BooleanField(default=False)),
                ('access_count', models.PositiveIntegerField(default=0)),
                ('rank', models.FloatField(help_text='ln(importance) + lambda x time of the last write or access (memory.ranking).')),
                ('value_digest', models.CharField(blank=True, help_text="SHA-256 of the canonical JSON; not of a secret's.", max_length=64)),
                ('gist', models.CharField(blank=True, help_text='Digest of the words that carry meaning (memory.gate).', max_length=64)),
                ('learned_from', models.UUIDField(help_text='The goal whose executor wrote its value.', null=True)),
                ('adopted', models.BooleanField(db_default=False, default=False, help_text="A customer wrote on what the executor had learned: it is the customer's now.")),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('written_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('accessed_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(condition=models.Q(('value_digest', ''), _negated=True), fields=['account', 'value_digest'], name='memory_same_value'), models.Index(condition=models.Q(('gist', ''), _negated=True), fields=['account', 'gist'], name='memory_same_gist'), models.Index(condition=models.Q(('crystallized', False), ('expires_at__isnull', False)), fields=['account', 'expires_at'], name='memory_expiring'), models.Index(condition=models.Q(('crystallized', False), ('expires_at__isnull', False)), fields=['expires_at'], include=('account',), name='memory_expiring_anywhere'), models.Index(condition=models.Q(('sealed__isnull', False)), fields=['id'], name='memory_sealed'), models.Index(condition=models.Q(('access_count', 0), ('adopted', False), ('crystallized', False), ('importance__lte', 0.5), ('learned_from__isnull', False)), fields=['account', 'written_at'], name='memory_worthless')],
                'constraints': [models.UniqueConstraint(fields=('account', 'key'), name='one_memory_a_key'), models.CheckConstraint(condition=models.Q(('importance__gte', 0), ('importance__lte', 1)), name='importance_is_a_share'), models.CheckConstraint(condition=models.Q(('sealed', None), models.Q(('gist', ''), ('value', ''), ('value_digest', '')), _connector='OR'), name='sealed_is_not_plain'), models.CheckConstraint(condition=models.Q(('crystallized', False), ('expires_at', None), _connector='OR'), name='crystallized_never_expires')],
            },
        ),
        migrations.CreateModel(
            name='CodeBlock',
            fields=[
                ('pk', models.CompositePrimaryKey('account_id', 'model', 'number', blank=True, editable=False, primary_key=True, serialize=False)),
                ('model', models.CharField(db_collation='C', help_text='What made the vectors.', max_length=40)),
                ('number', models.IntegerField(help_text='From 0 on.')),
                ('memories', models.BinaryField()),
                ('codes', models.BinaryField()),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='MemoryTag',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('tag', models.CharField(blank=True, db_collation='C', help_text='Empty: whatever its tags.', max_length=64)),
                ('key', models.CharField(db_collation='C', max_length=256)),
                ('rank', models.FloatField()),
                ('importance', models.FloatField()),
                ('crystallized', models.BooleanField()),
                ('expires_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
                ('memory', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='memory.memory')),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(condition=models.Q(('rank__gte', -1e+300)), fields=['account', 'tag', '-rank', '-memory'], include=('key', 'importance', 'crystallized', 'expires_at'), name='tag_by_rank'), models.Index(condition=models.Q(('importance__gte', 0)), fields=['account', 'tag', '-importance'], include=('rank', 'memory', 'key', 'crystallized', 'expires_at'), name='tag_by_importance'), models.Index(condition=models.Q(('key__gte', '')), fields=['account', 'tag', 'key'], include=('rank', 'memory', 'importance', 'crystallized', 'expires_at'), name='tag_by_key'), models.Index(condition=models.Q(('crystallized', True), ('rank__lte', 1e+300)), fields=['account', 'tag', '-rank', '-memory'], include=('key', 'importance', 'crystallized', 'expires_at'), name='crystallized_by_rank'), models.Index(condition=models.Q(('crystallized', True), ('importance__lte', 1)), fields=['account', 'tag', '-importance'], include=('rank', 'memory', 'key', 'crystallized', 'expires_at'), name='crystallized_by_importance'), models.Index(condition=models.Q(models.Q(('key', ''), _negated=True), ('crystallized', True)), fields=['account', 'tag', 'key'], include=('rank', 'memory', 'importance', 'crystallized', 'expires_at'), name='crystallized_by_key')],
                'constraints': [models.UniqueConstraint(fields=('memory', 'tag'), include=('account',), name='one_row_a_tag')],
            },
        ),
        migrations.CreateModel(
            name='MemoryWord',
            fields=[
                ('pk', models.CompositePrimaryKey('memory_id', 'term', blank=True, editable=False, primary_key=True, serialize=False)),
                ('term', models.BigIntegerField()),
                ('account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
                ('memory', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='memory.memory')),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(fields=['term'], name='word_by_term')],
            },
        ),
        migrations.CreateModel(
            name='Tally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(help_text="A goal's kind.", max_length=10)),
                ('planner', models.CharField(blank=True, max_length=20)),
                ('succeeded', models.PositiveIntegerField(default=0)),
                ('failed', models.PositiveIntegerField(default=0)),
                ('cancelled', models.PositiveIntegerField(default=0)),
                ('duration_ms', models.PositiveBigIntegerField(default=0, help_text='From start to end, summed over the succeeded.')),
                ('fixes_applied', models.PositiveIntegerField(default=0)),
                ('fixes_worked', models.PositiveIntegerField(default=0)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
            ],
            options={
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('account', 'kind', 'planner'), name='one_tally_a_planner')],
            },
        ),
        migrations.CreateModel(
            name='TaskTree',
            fields=[
                ('id', models.UUIDField(default=executor_one.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('shape', models.CharField(editable=False, max_length=64)),
                ('description', models.TextField(help_text="The goal's description, its slots as {name}.")),
                ('tree', models.JSONField(help_text='Text, path, slots and tasks, as memory.trees reads them.')),
                ('planner', models.CharField(help_text='Which planner made it first.', max_length=20)),
                ('times_used', models.PositiveIntegerField(default=0, help_text="How often it took the planner's place.")),
                ('successes', models.PositiveIntegerField(default=0)),
                ('failures', models.PositiveIntegerField(default=0)),
                ('score', models.FloatField(default=0)),
                ('crystallized', models.BooleanField(default=False)),
                ('learned_from', models.UUIDField(help_text='The goal whose success wrote it.')),
                ('used_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(fields=['account', 'shape', '-used_at'], name='tree_of_shape'), models.Index(fields=['account', '-used_at', '-id'], name='tree_newest'), models.Index(condition=models.Q(models.Q(('failures__gt', models.F('successes')), ('times_used', 0), _connector='OR'), ('crystallized', False)), fields=['account', 'used_at'], name='tree_dead')],
            },
        ),
        migrations.CreateModel(
            name='Correction',
            fields=[
                ('id', models.UUIDField(default=executor_one.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('signature', models.CharField(help_text='Actuator, exit class and masked message of the failure.', max_length=400)),
                ('fix', models.JSONField(help_text='What to do, as memory.fixes reads it.')),
                ('fix_digest', models.CharField(editable=False, max_length=64)),
                ('reason', models.CharField(blank=True, help_text='What it does, in words.', max_length=300)),
                ('fix_id', models.CharField(blank=True, help_text="The catalogue's entry; empty for one's own.", max_length=60)),
                ('source', models.CharField(choices=[('catalogue', 'Catalogue'), ('customer', 'Customer'), ('learned', 'Learned')], max_length=10)),
                ('times_used', models.PositiveIntegerField(default=0)),
                ('times_worked', models.PositiveIntegerField(default=0)),
                ('times_undecided', models.PositiveIntegerField(db_default=0, default=0, help_text='Tasks that failed otherwise after it, before it had worked once.')),
                ('rank', models.FloatField(default=0.5)),
                ('crystallized', models.BooleanField(default=False)),
                ('retired_at', models.DateTimeField(blank=True, help_text='When it had failed too often to go on.', null=True)),
                ('learned_from', models.UUIDField(blank=True, help_text='The goal that it was first used in.', null=True)),
                ('last_used_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(fields=['account', '-last_used_at', '-id'], name='correction_newest'), models.Index(condition=models.Q(('crystallized', False), ('retired_at__isnull', False)), fields=['account', 'retired_at'], name='correction_retired')],
                'constraints': [models.UniqueConstraint(fields=('account', 'signature', 'fix_digest'), name='one_fix_a_signature'), models.CheckConstraint(condition=models.Q(('times_worked__lte', models.F('times_used'))), name='worked_was_used')],
            },
        ),
        migrations.CreateModel(
            name='MemoryVector',
            fields=[
                ('memory', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name='+', serialize=False, to='memory.memory')),
                ('model', models.CharField(blank=True, db_collation='C', help_text='What made it; empty: nothing yet.', max_length=40)),
                ('digest', models.CharField(max_length=32)),
                ('code', memory.fields.BitField(bits=384, null=True)),
                ('vector', models.BinaryField(help_text='A signed byte a dimension.', null=True)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(fields=['account', 'model'], include=('memory', 'code'), name='codes_of_account')],
            },
        ),
        RaiseWalls("Correction"),
        RaiseWalls("TaskTree"),
        RaiseWalls("Tally"),
        migrations.RunSQL(BY_ID, migrations.RunSQL.noop),
        RaiseWalls("Memory"),
        RaiseWalls("MemoryTag", same_account={"memory_id": "memory.Memory"}),
        RaiseIndexWalls("MemoryVector", same_account={"memory_id": "memory.Memory"}),
        RaiseIndexWalls("MemoryWord", same_account={"memory_id": "memory.Memory"}),
        RaiseWalls("CodeBlock"),
        migrations.RunSQL(AS_THEY_ARE, migrations.RunSQL.noop),
        *[migrations.RunSQL(VACUUM_OFTEN.format(table), migrations.RunSQL.noop) for table in READ_BY_INDEX_ALONE],
    ]
