"""Everything that happened: one append-only table that every log, feed and stream reads."""

from django.db import models
from django.db.models import Q

from executor_one.kit.tenancy import AccountOwned


class Event(AccountOwned):
    """One thing that happened to an account. Never changed, never deleted (the app's role may only add rows).

    Without an account it happened to the installation, and every account may read it (events.queries).
    """

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(  # type: ignore[assignment]
        "accounts.Account", null=True, on_delete=models.CASCADE, related_name="+"
    )
    type = models.CharField(max_length=60)
    data = models.JSONField(default=dict)
    actor = models.CharField(max_length=60)
    receipt = models.CharField(max_length=40)
    created_at = models.DateTimeField()

    class Meta(AccountOwned.Meta):
        abstract = False
        indexes = [
            models.Index(fields=["account", "id"], name="event_of_account"),
            models.Index(fields=["id"], condition=Q(account=None), name="event_of_installation"),
        ]

    def __str__(self) -> str:
        return f"{self.type} #{self.pk}"
