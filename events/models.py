"""Everything that happened: one append-only table that every log, feed and stream reads, and the signed heads of it."""

from django.db import models
from django.db.models import Q

from executor_one.kit.tenancy import AccountOwned


class Event(AccountOwned):
    """One thing that happened to an account. Never changed, never deleted (the app's role may only add rows).

    Without an account it happened to the installation, and every account may read it (events.queries). `seq` and `hash`
    chain the events of an account, and those of the installation among themselves (events.chain). A trigger of the
    database writes both, and `goal`, whatever an INSERT says.
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
    seq = models.BigIntegerField(editable=False, help_text="From 1, without a gap, of each account.")
    goal = models.CharField(max_length=60, editable=False, help_text="That of its data, for the index; empty: none.")
    hash = models.BinaryField(help_text="SHA-256 over the hash before and this event: events.chain.")

    class Meta(AccountOwned.Meta):
        abstract = False
        indexes = [
            models.Index(fields=["account", "id"], name="event_of_account"),
            models.Index(fields=["id"], condition=Q(account=None), name="event_of_installation"),
            # What the audit log is asked for (events.audit). The platform's own events are most of them, and nobody
            # looks for them by who did it.
            models.Index(fields=["account", "type", "seq"], name="event_of_type"),
            models.Index(fields=["account", "receipt", "seq"], name="event_of_receipt"),
            models.Index(fields=["account", "actor", "seq"], condition=~Q(actor="executor"), name="event_of_actor"),
            # A column: behind row-level security Postgres takes no index for what it reads out of `data`.
            models.Index(fields=["account", "goal", "seq"], condition=~Q(goal=""), name="event_of_goal"),
        ]
        constraints = [
            # Two events that follow the same one: never, whoever inserts them.
            models.UniqueConstraint(fields=["account", "seq"], nulls_distinct=False, name="event_seq"),
        ]

    def __str__(self) -> str:
        return f"{self.type} #{self.pk}"


class Head(AccountOwned):
    """The last event of a chain as it was at a moment, signed by a key that is not in the database (events.heads).

    Whoever has one can prove that nothing up to its event was changed since, and that nothing of it was cut off.
    """

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(  # type: ignore[assignment]
        "accounts.Account", null=True, on_delete=models.CASCADE, related_name="+"
    )
    event_id = models.BigIntegerField(db_index=True, help_text="The id of the event; where the next round goes on.")
    seq = models.BigIntegerField()
    hash = models.BinaryField()
    previous = models.BigIntegerField(help_text="The seq of the head before this one; 0: it is the first.")
    signed_at = models.DateTimeField()
    key = models.CharField(max_length=20, help_text="Which key signed: events.signing.")
    signature = models.BinaryField(help_text="Ed25519, 64 bytes.")

    class Meta(AccountOwned.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(fields=["account", "seq"], nulls_distinct=False, name="head_seq"),
        ]

    def __str__(self) -> str:
        return f"head of {self.account_id} at {self.seq}"
