"""Events become a chain per account, and its heads are signed: docs/explanation/audit.md.

Rows that are there already are chained in the order of their ids: about 25,000 a second, while nobody else may write.
"""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from executor_one.kit.walls import EVERY_ROW, OWN_ROW, RaiseWalls

NOBODY_S = "account_id IS NULL AND nullif(current_setting('app.account', true), '') IS NOT NULL"
READABLE = f"{OWN_ROW.format(column='account_id')} OR {EVERY_ROW} OR ({NOBODY_S})"

# The hash of a row {row} that follows one with the hash `last_hash`. What it is made of stands in events.chain, in
# Python: whoever verifies must not ask the database for it.
HASH = """sha256(coalesce(last_hash, decode(repeat('00', 32), 'hex')) || convert_to(jsonb_build_array(
    {row}.id, {row}.seq, {row}.account_id, {row}.type, {row}.actor, {row}.receipt,
    to_char({row}.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    encode(sha256(convert_to({row}.data::text, 'UTF8')), 'hex'))::text, 'UTF8'))"""
GOAL = "coalesce(left({row}.data->>'goal', 60), '')"

FILL = f"""
DO $$
DECLARE
    told record; last_account text; last_seq bigint; last_hash bytea;
BEGIN
    PERFORM set_config('app.account', '*', true);
    FOR told IN SELECT * FROM events_event ORDER BY account_id, id LOOP
        IF last_seq IS NULL OR told.account_id IS DISTINCT FROM last_account THEN
            last_account := told.account_id; last_seq := 0; last_hash := NULL;
        END IF;
        told.seq := last_seq + 1;
        told.hash := {HASH.format(row="told")};
        UPDATE events_event SET seq = told.seq, hash = told.hash, goal = {GOAL.format(row="told")}
            WHERE id = told.id;
        last_seq := told.seq; last_hash := told.hash;
    END LOOP;
    PERFORM set_config('app.account', '', true);
END $$
"""

# Publishers hold the turn already (decision 20); who inserts otherwise takes it here, so nobody ever follows the same
# event. Each query of the function sees what was committed before it began.
TRIGGER = f"""
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
UNCHAINED = "DROP TRIGGER chain ON events_event; DROP FUNCTION events_event_chain()"

SEQ = {"editable": False, "help_text": "From 1, without a gap, of each account."}
GOALS = {"editable": False, "max_length": 60, "help_text": "That of its data, for the index; empty: none."}
LINK = {"help_text": "SHA-256 over the hash before and this event: events.chain."}


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("events", "0003_installation"),
    ]

    operations = [
        migrations.AddField("event", "seq", models.BigIntegerField(null=True, **SEQ)),
        migrations.AddField("event", "hash", models.BinaryField(null=True, **LINK)),
        migrations.AddField("event", "goal", models.CharField(null=True, **GOALS)),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AlterField("event", "seq", models.BigIntegerField(**SEQ)),
        migrations.AlterField("event", "hash", models.BinaryField(**LINK)),
        migrations.AlterField("event", "goal", models.CharField(**GOALS)),
        migrations.AddConstraint(
            "event", models.UniqueConstraint(fields=("account", "seq"), name="event_seq", nulls_distinct=False)
        ),
        migrations.RunSQL(TRIGGER, UNCHAINED),
        migrations.AddIndex("event", models.Index(fields=["account", "type", "seq"], name="event_of_type")),
        migrations.AddIndex("event", models.Index(fields=["account", "receipt", "seq"], name="event_of_receipt")),
        migrations.AddIndex(
            "event",
            models.Index(fields=["account", "actor", "seq"], condition=~Q(actor="executor"), name="event_of_actor"),
        ),
        migrations.AddIndex(
            "event",
            models.Index(fields=["account", "goal", "seq"], condition=~Q(goal=""), name="event_of_goal"),
        ),
        migrations.CreateModel(
            name="Head",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "event_id",
                    models.BigIntegerField(
                        db_index=True, help_text="The id of the event; where the next round goes on."
                    ),
                ),
                ("seq", models.BigIntegerField()),
                ("hash", models.BinaryField()),
                (
                    "previous",
                    models.BigIntegerField(help_text="The seq of the head before this one; 0: it is the first."),
                ),
                ("signed_at", models.DateTimeField()),
                ("key", models.CharField(help_text="Which key signed: events.signing.", max_length=20)),
                ("signature", models.BinaryField(help_text="Ed25519, 64 bytes.")),
                (
                    "account",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
                    ),
                ),
            ],
            options={"abstract": False},
        ),
        migrations.AddConstraint(
            "head", models.UniqueConstraint(fields=("account", "seq"), name="head_seq", nulls_distinct=False)
        ),
        RaiseWalls("Head", append_only=True),
        # As 0003 says of events: the installation's are read by every account and written by none.
        migrations.RunSQL(
            f"ALTER POLICY events_head_of_account ON events_head USING ({READABLE})", migrations.RunSQL.noop
        ),
    ]
