"""Rows of the platform itself; no tenant's data."""

from django.db import models


class RateBucket(models.Model):
    """A token bucket: how many more times something may happen, by key (`login:mail:<hash>`)."""

    key = models.CharField(max_length=200, primary_key=True)
    tokens = models.FloatField()
    least = models.FloatField(default=0, help_text="Down to which it may be drawn.")
    per_second = models.FloatField(default=1)
    refilled_at = models.DateTimeField()
    was_taken = models.BooleanField(default=True, help_text="Whether who came last got one.")

    def __str__(self) -> str:
        return self.key


class KeptAnswer(models.Model):
    """What a request with an `Idempotency-Key` was answered (kit.idempotency): found by a digest, and sealed."""

    digest = models.CharField(max_length=64, primary_key=True, help_text="Of the account, the route and the key.")
    body = models.CharField(max_length=64, help_text="A digest of what was sent.")
    sealed = models.BinaryField(help_text="Status, headers and bytes; opens with what the digest is made of.")
    receipt = models.CharField(max_length=40, help_text="Of the request that did it.")
    is_final = models.BooleanField(default=True, help_text="False while it can still change: what was done goes on.")
    kept_until = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.receipt
