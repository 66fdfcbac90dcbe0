"""Whoever executes: the runner processes and what they last said of themselves."""

from django.db import models


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
