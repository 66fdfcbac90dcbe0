"""Health tells whether a courier is there."""

import json
from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from goals.models import Pulse
from runners.models import Runner
from webhooks.models import Courier


def checks(client):
    report = json.loads(client.get("/api/health").content)
    return report["status"], {one["name"]: (one["ok"], one["message"]) for one in report["checks"]}


def test_E11_health_is_degraded_without_a_courier(anonymous, db):
    now = timezone.now()
    Pulse.objects.create(pk=1, tick_count=1, pulsed_at=now)
    Runner.objects.create(pk=uuid4(), host="h", pid=1, slots=4, sandbox="on", seen_at=now, started_at=now)
    silent = Courier.objects.create(pk=uuid4(), host="h", pid=1, started_at=now, seen_at=now - timedelta(seconds=11))
    status, found = checks(anonymous)
    assert (status, found["courier"]) == ("degraded", (False, "No courier answers: webhooks wait"))
    Courier.objects.filter(pk=silent.pk).update(seen_at=now)
    assert (checks(anonymous)[0], checks(anonymous)[1]["courier"]) == ("healthy", (True, "1 running"))
