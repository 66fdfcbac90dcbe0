"""Vacuum what is read by index alone when a fiftieth is new, not a fifth.

Until a vacuum has seen a page, Postgres reads its rows too, to know who may see them. In a table of a million rows, a
fifth would be all that a young account has.
"""

from django.db import migrations

READ_BY_INDEX_ALONE = ("memory_memorytag", "memory_memoryvector", "memory_memoryword")


class Migration(migrations.Migration):
    dependencies = [("memory", "0004_meaning")]

    operations = [
        migrations.RunSQL(
            f"ALTER TABLE {table} SET (autovacuum_vacuum_insert_scale_factor = 0.02)",
            f"ALTER TABLE {table} RESET (autovacuum_vacuum_insert_scale_factor)",
        )
        for table in READ_BY_INDEX_ALONE
    ]
