"""What recall by meaning reads: vectors and words, and a note for each memory there is that both are to be made."""

import django.db.models.deletion
from django.db import migrations, models

import memory.fields
from executor_one.kit.walls import RaiseIndexWalls

# Memories of before have no words yet, and an empty digest says so to the job that makes their vectors.
NOTE_ALL = """
    SELECT set_config('app.account', '*', true);
    INSERT INTO memory_memoryvector (memory_id, account_id, model, digest) SELECT id, account_id, '', '' FROM memory_memory;
    SELECT set_config('app.account', '', true)"""


class Migration(migrations.Migration):
    dependencies = [("memory", "0003_memory")]

    operations = [
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
        RaiseIndexWalls("MemoryVector", same_account={"memory_id": "memory.Memory"}),
        RaiseIndexWalls("MemoryWord", same_account={"memory_id": "memory.Memory"}),
        migrations.RunSQL(NOTE_ALL, migrations.RunSQL.noop),
    ]
