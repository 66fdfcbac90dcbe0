"""Invitations, staff who look, Django's log of edits, the vault, and what each key asked."""

import accounts.models
import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import executor_one.kit.ids
from executor_one.kit.walls import EVERY_ROW, OWN_ROW, PROVEN_ROW, RaiseWalls

# Django's log of what staff edited by hand can be added to and read, not changed. A trigger, not a right that is taken
# away: who deletes a person asks for the deletion of their rows here, mostly of none.
GUARD = """
CREATE FUNCTION refuse_change_of_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log of edits is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER log_is_append_only BEFORE UPDATE OR DELETE ON django_admin_log
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_log();
"""
OPEN = "DROP TRIGGER log_is_append_only ON django_admin_log; DROP FUNCTION refuse_change_of_log()"

# Signing in shows a person the accounts of their memberships, as it shows them the memberships: by account, which has
# an index, since the proof is the digest of a secret as often as the id of a person.
MEMBERS_ACCOUNTS = f"""
    ALTER POLICY accounts_account_of_account ON accounts_account USING ({OWN_ROW.format(column="id")} OR {EVERY_ROW} OR
        EXISTS (SELECT FROM accounts_membership member WHERE member.account_id = accounts_account.id
                AND {PROVEN_ROW.format(column="member.user_id::text")}))"""


class Migration(migrations.Migration):
    replaces = [
        ("accounts", "0003_people"),
        ("accounts", "0004_times_and_key_use"),
        ("accounts", "0005_staff"),
        ("accounts", "0006_looks"),
        ("accounts", "0007_log_of_edits"),
        ("accounts", "0008_own_accounts"),
        ("accounts", "0009_vault"),
        ("accounts", "0010_who_was_told"),
        ("accounts", "0011_egress"),
        ("accounts", "0012_keys_and_requests"),
    ]

    dependencies = [
        ("accounts", "0001_squashed"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("admin", "0003_logentry_add_action_flag_choices"),
    ]

    operations = [
        migrations.AddField(
            model_name="apikey",
            name="rotated_at",
            field=models.DateTimeField(blank=True, help_text="Since when another key replaces it.", null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="theme",
            field=models.CharField(
                choices=[("system", "As the system"), ("light", "Light"), ("dark", "Dark")],
                default="system",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="onetimetoken",
            name="email",
            field=models.EmailField(
                default="", help_text="Where it was mailed: what its use proves.", max_length=254
            ),
            preserve_default=False,
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.CharField(default=accounts.models.invitation_id, editable=False, max_length=40, primary_key=True, serialize=False)),
                ("email", models.EmailField(help_text="In lower case.", max_length=254)),
                ("role", models.CharField(choices=[("viewer", "Viewer"), ("operator", "Operator"), ("developer", "Developer"), ("admin", "Admin"), ("owner", "Owner")], max_length=10)),
                ("digest", models.CharField(help_text="Of the mailed secret.", max_length=64, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                ("account", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account")),
                ("invited_by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={"ordering": ["created_at", "id"], "abstract": False},
        ),
        RaiseWalls("Invitation", proof="digest"),
        migrations.AddField(
            model_name="user",
            name="times",
            field=models.CharField(
                choices=[("local", "How long ago, with your own time on hover"), ("utc", "In UTC")],
                default="local",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name='apikey',
            name='last_ip',
            field=models.GenericIPAddressField(blank=True, help_text='From where it was last used.', null=True),
        ),
        migrations.AddField(
            model_name='apikey',
            name='requests',
            field=models.PositiveBigIntegerField(default=0, help_text='How many requests it made, at least: each web process writes what it counted within a minute, and what it had not written when it was killed is missing.'),
        ),
        migrations.AddField(
            model_name='account',
            name='suspended_at',
            field=models.DateTimeField(blank=True, help_text='Since when staff keeps it out.', null=True),
        ),
        migrations.AddField(
            model_name='account',
            name='suspended_for',
            field=models.CharField(blank=True, help_text='Why, as its people are told.', max_length=300),
        ),
        migrations.AddField(
            model_name='user',
            name='staff_role',
            field=models.CharField(blank=True, choices=[('support', 'Support: reads'), ('operator', 'Operator: reads and acts'), ('owner', 'Owner: edits plans and staff too')], help_text='Of staff only; who was made a superuser is an owner.', max_length=10),
        ),
        migrations.CreateModel(
            name='Look',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('session_key', models.CharField(editable=False, max_length=40)),
                ('writes', models.BooleanField(help_text='Whether they could change things.')),
                ('began_at', models.DateTimeField()),
                ('until', models.DateTimeField(help_text='When it is over, if nothing ends it before.')),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('staff', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('ended_at', None)), fields=['began_at'], name='look_open')],
            },
        ),
        migrations.RunSQL(GUARD, OPEN),
        migrations.RunSQL(MEMBERS_ACCOUNTS, migrations.RunSQL.noop),
        migrations.AddField(
            model_name="look",
            name="accounts",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40),
                default=list,
                help_text="Which were told that it began; they are told its end.",
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="account",
            name="egress_hosts",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=255),
                blank=True,
                default=list,
                help_text="What its commands may reach: a host, or *.example.com for all below it. Without any, no network.",
                size=None,
            ),
        ),
        migrations.CreateModel(
            name="DataKey",
            fields=[
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="accounts.account",
                    ),
                ),
                (
                    "wrapped",
                    models.BinaryField(help_text="Encrypted with one of CREDENTIAL_KEYS, and bound to the account."),
                ),
                (
                    "kek",
                    models.CharField(
                        help_text="The name of the key that wraps it: a piece of a digest of it.", max_length=8
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Credential",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=executor_one.kit.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.CharField(db_collation="C", max_length=100)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("bearer", "Bearer token"),
                            ("basic", "User name and password"),
                            ("header", "Header"),
                            ("database", "Database"),
                            ("registry", "Registry of images"),
                            ("env", "Variables of a command"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "hosts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=255),
                        blank=True,
                        default=list,
                        help_text="Where it may be sent: a host, or *.example.com for all below it. Without any it goes nowhere.",
                        size=None,
                    ),
                ),
                ("description", models.CharField(blank=True, max_length=500)),
                ("sealed", models.BinaryField(help_text="Its values, encrypted with the account's data key.")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("created_by", models.CharField(help_text="Who made it: user:... or key:...", max_length=60)),
                (
                    "last_used_at",
                    models.DateTimeField(blank=True, help_text="When a task was given it last.", null=True),
                ),
                (
                    "times_used",
                    models.PositiveBigIntegerField(default=0, help_text="To how many tries of tasks it was given."),
                ),
                (
                    "last_goal",
                    models.UUIDField(blank=True, editable=False, help_text="Whose use was told last.", null=True),
                ),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.account",
                    ),
                ),
            ],
            options={
                "ordering": ["key"],
                "abstract": False,
                "constraints": [models.UniqueConstraint(fields=("account", "key"), name="one_credential_a_key")],
            },
        ),
        RaiseWalls("DataKey"),
        RaiseWalls("Credential"),
        migrations.AddField(
            model_name='apikey',
            name='deleted_at',
            field=models.DateTimeField(blank=True, help_text='Since when it is shown to nobody.', null=True),
        ),
        migrations.AddField(
            model_name='apikey',
            name='description',
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name='apikey',
            name='paused_at',
            field=models.DateTimeField(blank=True, help_text='Since when it is refused, until it is resumed.', null=True),
        ),
        migrations.CreateModel(
            name='ApiRequest',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('actor', models.CharField(help_text='key:... or user:...', max_length=60)),
                ('method', models.CharField(max_length=10)),
                ('path', models.CharField(help_text='Without the query; cut where it is longer.', max_length=300)),
                ('status', models.PositiveSmallIntegerField()),
                ('duration_ms', models.PositiveIntegerField()),
                ('ip', models.GenericIPAddressField(null=True)),
                ('receipt', models.CharField(max_length=40)),
                ('replay_of', models.CharField(blank=True, help_text='The receipt of the request that did it.', max_length=40)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
            ],
            options={
                'ordering': ['-id'],
                'abstract': False,
                'indexes': [models.Index(fields=['account', 'actor', '-id'], name='request_of_caller'), models.Index(fields=['account', 'receipt'], name='request_by_receipt'), models.Index(fields=['at'], name='request_old')],
            },
        ),
        RaiseWalls("ApiRequest"),
    ]
