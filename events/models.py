"""Everything that happened: one append-only table that every log, feed and stream reads."""

from django.db import models

from executor_one.kit.tenancy import AccountOwned


class Event(AccountOwned):
    """One thing that happened to an account. Never changed, never deleted (the app's role may only add rows)."""

    id = models.BigAutoField(primary_key=True)
    type = models.CharField(max_length=60)
    data = models.JSONField(default=dict)
    actor = models.CharField(max_length=60)
    receipt = models.CharField(max_length=40)
    created_at = models.DateTimeField()

    class Meta(AccountOwned.Meta):
        abstract = False
        indexes = [models.Index(fields=["account", "id"], name="event_of_account")]

    def __str__(self) -> str:
        return f"{self.type} #{self.pk}"
