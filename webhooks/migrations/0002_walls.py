"""Row-level security of what belongs to an account; nothing points to a row of another one."""

from django.db import migrations

from executor_one.kit.walls import RaiseWalls

OF_ENDPOINT = {"endpoint_id": "webhooks.WebhookEndpoint"}


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0001_initial")]

    operations = [
        RaiseWalls("WebhookEndpoint"),
        RaiseWalls("WebhookLane", same_account=OF_ENDPOINT),
        RaiseWalls("WebhookDelivery", same_account=OF_ENDPOINT),
    ]
