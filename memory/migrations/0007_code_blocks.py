"""All codes of an account in few rows, made of the vectors that there are."""

import django.db.models.deletion
from django.db import migrations, models

from executor_one.kit.walls import RaiseWalls

# Random bits: to try to compress them at every write is for nothing.
AS_THEY_ARE = """
    ALTER TABLE memory_codeblock ALTER memories SET STORAGE EXTERNAL, ALTER codes SET STORAGE EXTERNAL"""
MAKE_ALL = """
    SELECT set_config('app.account', '*', true);
    INSERT INTO memory_codeblock (account_id, model, number, memories, codes)
    SELECT account_id, model, place / 256, string_agg(uuid_send(memory_id), '' ORDER BY place),
        string_agg(substring(bit_send(code) FROM 5), '' ORDER BY place)
    FROM (SELECT *, row_number() OVER (PARTITION BY account_id, model) - 1 AS place
        FROM memory_memoryvector WHERE model > '') known
    GROUP BY account_id, model, place / 256;
    SELECT set_config('app.account', '', true)"""


class Migration(migrations.Migration):
    dependencies = [
        ('accounts', '0002_walls'),
        ('memory', '0006_adopted_and_expiring'),
    ]

    operations = [
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
        RaiseWalls("CodeBlock"),
        migrations.RunSQL(AS_THEY_ARE, migrations.RunSQL.noop),
        migrations.RunSQL(MAKE_ALL, migrations.RunSQL.noop),
    ]
