"""Django's log of what staff edited by hand can be added to and read, not changed.

A trigger, not a right that is taken away: who deletes a person asks for the deletion of their rows here, mostly of none.
"""

from django.db import migrations

GUARD = """
CREATE FUNCTION refuse_change_of_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log of edits is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER log_is_append_only BEFORE UPDATE OR DELETE ON django_admin_log
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_log();
"""
OPEN = "DROP TRIGGER log_is_append_only ON django_admin_log; DROP FUNCTION refuse_change_of_log()"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_looks"), ("admin", "0003_logentry_add_action_flag_choices")]

    operations = [migrations.RunSQL(GUARD, OPEN)]
