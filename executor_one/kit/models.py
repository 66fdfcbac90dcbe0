"""Rows of the platform itself; no tenant's data."""

from django.db import models


class RateBucket(models.Model):
    """A token bucket: how many more times something may happen, by key (`login:mail:<hash>`)."""

    key = models.CharField(max_length=200, primary_key=True)
    tokens = models.FloatField()
    refilled_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key
