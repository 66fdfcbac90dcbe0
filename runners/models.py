"""Whoever executes: the runner processes and what they last said of themselves."""

from datetime import datetime, timedelta

from django.db import models

SILENT_SECONDS = 10


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


def heard_since(now: datetime) -> datetime:
    """A runner that was not heard since then does not answer."""
    return now - timedelta(seconds=SILENT_SECONDS)
