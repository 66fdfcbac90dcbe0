"""Events: a chain for each account, with signed heads; rows that can only be added. See docs/explanation/audit.md."""

import django.db.models.deletion
from django.db import migrations, models

from executor_one.kit.walls import EVERY_ROW, OWN_ROW, RaiseWalls

# Those of the installation, without an account, are read by every account and written by none: NULL is no account's
# id, so only all_accounts() adds such a row.
NOBODY_S = "account_id IS NULL AND nullif(current_setting('app.account', true), '') IS NOT NULL"
READABLE = f"{OWN_ROW.format(column='account_id')} OR {EVERY_ROW} OR ({NOBODY_S})"
TOLD_TO_ALL = "ALTER POLICY {table}_of_account ON {table} USING ({readable})"

# The hash of a row {row} that follows one with the hash `last_hash`. What it is made of stands in events.chain, in
# Python: whoever verifies must not ask the database for it.
HASH = """sha256(coalesce(last_hash, decode(repeat('00', 32), 'hex')) || convert_to(jsonb_build_array(
    {row}.id, {row}.seq, {row}.account_id, {row}.type, {row}.actor, {row}.receipt,
    to_char({row}.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    encode(sha256(convert_to({row}.data::text, 'UTF8')), 'hex'))::text, 'UTF8'))"""
GOAL = "coalesce(left({row}.data->>'goal', 60), '')"

# Publishers hold the turn already (decision 20); who inserts otherwise takes it here, so nobody ever follows the same
# event. Each query of the function sees what was committed before it began.
CHAIN = f"""
CREATE FUNCTION events_event_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last_seq bigint; last_hash bytea;
BEGIN
    IF NEW.account_id IS NULL THEN
        PERFORM pg_advisory_xact_lock(2020, 0);
        SELECT seq, hash INTO last_seq, last_hash FROM public.events_event
            WHERE account_id IS NULL ORDER BY account_id DESC, seq DESC LIMIT 1;  -- as the index is ordered
    ELSE
        PERFORM pg_advisory_xact_lock(2021, hashtext(NEW.account_id));
        SELECT seq, hash INTO last_seq, last_hash FROM public.events_event
            WHERE account_id = NEW.account_id ORDER BY seq DESC LIMIT 1;
    END IF;
    NEW.seq := coalesce(last_seq, 0) + 1;
    NEW.hash := {HASH.format(row="NEW")};
    NEW.goal := {GOAL.format(row="NEW")};
    RETURN NEW;
END $$;
CREATE TRIGGER chain BEFORE INSERT ON events_event FOR EACH ROW EXECUTE FUNCTION events_event_chain()
"""


class Migration(migrations.Migration):

    replaces = [
        ('events', '0001_initial'),
        ('events', '0002_walls'),
        ('events', '0003_installation'),
        ('events', '0004_chain'),
    ]

    initial = True

    dependencies = [
        ('accounts', '0001_squashed'),
    ]

    operations = [
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('type', models.CharField(max_length=60)),
                ('data', models.JSONField(default=dict)),
                ('actor', models.CharField(max_length=60)),
                ('receipt', models.CharField(max_length=40)),
                ('created_at', models.DateTimeField()),
                ('seq', models.BigIntegerField(editable=False, help_text='From 1, without a gap, of each account.')),
                ('goal', models.CharField(editable=False, help_text='That of its data, for the index; empty: none.', max_length=60)),
                ('hash', models.BinaryField(help_text='SHA-256 over the hash before and this event: events.chain.')),
                ('account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(fields=['account', 'id'], name='event_of_account'), models.Index(condition=models.Q(('account', None)), fields=['id'], name='event_of_installation'), models.Index(fields=['account', 'type', 'seq'], name='event_of_type'), models.Index(fields=['account', 'receipt', 'seq'], name='event_of_receipt'), models.Index(condition=models.Q(('actor', 'executor'), _negated=True), fields=['account', 'actor', 'seq'], name='event_of_actor'), models.Index(condition=models.Q(('goal', ''), _negated=True), fields=['account', 'goal', 'seq'], name='event_of_goal')],
                'constraints': [models.UniqueConstraint(fields=('account', 'seq'), name='event_seq', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='Head',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('event_id', models.BigIntegerField(db_index=True, help_text='The id of the event; where the next round goes on.')),
                ('seq', models.BigIntegerField()),
                ('hash', models.BinaryField()),
                ('previous', models.BigIntegerField(help_text='The seq of the head before this one; 0: it is the first.')),
                ('signed_at', models.DateTimeField()),
                ('key', models.CharField(help_text='Which key signed: events.signing.', max_length=20)),
                ('signature', models.BinaryField(help_text='Ed25519, 64 bytes.')),
                ('account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
            ],
            options={
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('account', 'seq'), name='head_seq', nulls_distinct=False)],
            },
        ),
        RaiseWalls("Event", append_only=True),
        RaiseWalls("Head", append_only=True),
        migrations.RunSQL(TOLD_TO_ALL.format(table="events_event", readable=READABLE), migrations.RunSQL.noop),
        migrations.RunSQL(TOLD_TO_ALL.format(table="events_head", readable=READABLE), migrations.RunSQL.noop),
        migrations.RunSQL(CHAIN, migrations.RunSQL.noop),
    ]
