"""Whoever executes: the runner processes and what they last said of themselves."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import models

SILENT_SECONDS = 10
DEAD_SECONDS = 30  # silent for longer, its containers are removed: whatever it is, its leases are others' by now


class Runner(models.Model):
    """One runner process of the installation. Not a tenant's row."""

    id = models.UUIDField(primary_key=True)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    slots = models.PositiveSmallIntegerField()
    sandbox = models.CharField(max_length=20)  # on, off, unavailable
    problem = models.TextField(blank=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"


def heard_lately(now: datetime) -> set[UUID]:
    """The runners that may still be at work."""
    lately = Runner.objects.filter(seen_at__gte=now - timedelta(seconds=DEAD_SECONDS))
    return set(lately.values_list("pk", flat=True))


def heard_since(now: datetime) -> datetime:
    """A runner that was not heard since then does not answer."""
    return now - timedelta(seconds=SILENT_SECONDS)
