"""Rates, kept answers and the cache."""

from django.db import migrations, models

# The table of Django's DatabaseCache (settings.CACHES), as createcachetable makes it.
CACHE = """
    CREATE TABLE kit_cache (cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL);
    CREATE INDEX kit_cache_expires ON kit_cache (expires)"""
# Written with each request: no write-ahead log, and room on the page for the next version of a row.
LIGHT = "ALTER TABLE kit_ratebucket SET UNLOGGED; ALTER TABLE kit_ratebucket SET (fillfactor = 50)"


class Migration(migrations.Migration):

    replaces = [
        ('kit', '0001_initial'),
        ('kit', '0002_cache'),
        ('kit', '0003_kept_answers'),
        ('kit', '0004_rates'),
    ]

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='KeptAnswer',
            fields=[
                ('digest', models.CharField(help_text='Of the account, the route and the key.', max_length=64, primary_key=True, serialize=False)),
                ('body', models.CharField(help_text='A digest of what was sent.', max_length=64)),
                ('sealed', models.BinaryField(help_text='Status, headers and bytes; opens with what the digest is made of.')),
                ('receipt', models.CharField(help_text='Of the request that did it.', max_length=40)),
                ('is_final', models.BooleanField(default=True, help_text='False while it can still change: what was done goes on.')),
                ('kept_until', models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name='RateBucket',
            fields=[
                ('key', models.CharField(max_length=200, primary_key=True, serialize=False)),
                ('tokens', models.FloatField()),
                ('least', models.FloatField(default=0, help_text='Down to which it may be drawn.')),
                ('per_second', models.FloatField(default=1)),
                ('refilled_at', models.DateTimeField()),
                ('was_taken', models.BooleanField(default=True, help_text='Whether who came last got one.')),
            ],
        ),
        migrations.RunSQL(CACHE, "DROP TABLE kit_cache"),
        migrations.RunSQL(LIGHT, migrations.RunSQL.noop),
    ]
