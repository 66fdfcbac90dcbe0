"""The vault: each account's data key, wrapped by a key that is not here, and the credentials that it seals."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import executor_one.kit.ids
from executor_one.kit.walls import RaiseWalls


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_own_accounts"),
    ]

    operations = [
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
    ]
