"""Second factors and invitations: what people need who sign in through allauth (docs/decisions/0022)."""

import accounts.models
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.db.models import OuterRef, Subquery

from executor_one.kit.walls import RaiseWalls


def say_where_links_were_mailed(apps, schema_editor):
    """Every link of before was mailed to the address its user had, which could not change."""
    users = apps.get_model("accounts", "User").objects.filter(pk=OuterRef("user_id"))
    apps.get_model("accounts", "OneTimeToken").objects.update(email=Subquery(users.values("email")[:1]))


def tell_allauth(apps, schema_editor):
    """allauth's addresses of the people who are here already; register() writes those of new ones."""
    addresses = apps.get_model("account", "EmailAddress").objects
    people = apps.get_model("accounts", "User").objects.values_list("pk", "email", "verified_at")
    addresses.bulk_create(
        addresses.model(user_id=pk, email=email, primary=True, verified=verified_at is not None)
        for pk, email, verified_at in people
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_walls"),
        ("account", "0009_emailaddress_unique_primary_email"),
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
        migrations.RunPython(say_where_links_were_mailed, migrations.RunPython.noop),
        migrations.RunPython(tell_allauth, migrations.RunPython.noop),
    ]
