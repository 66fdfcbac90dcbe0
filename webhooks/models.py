"""Addresses that an account's events are sent to, and every sending (A15, A16); and audit streams (A14).

An endpoint has a few lanes. A lane is what a courier claims, and of each lane one delivery is on its way at a time: so
what one endpoint can take up is bounded, the events of one goal (one lane) go out in their order, and a claim costs the
same however much waits behind the lanes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from executor_one.kit.ids import prefixed, uuid7
from executor_one.kit.tenancy import AccountManager, AccountOwned

LANES = 4  # of an endpoint: how many deliveries to it are on their way at once
LONGEST_URL, LONGEST_DESCRIPTION, LONGEST_TYPE = 2000, 500, 60
LONGEST_NAME, LONGEST_HOST, LONGEST_ERROR = 100, 255, 300
SILENT_SECONDS = 10  # a courier that was not heard for longer does not answer


def endpoint_id() -> str:
    return prefixed("wep")


def delivery_id() -> str:
    return prefixed("whk")


def stream_id() -> str:
    return prefixed("ast")


class EndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    """Endpoints."""

    def live(self) -> EndpointQuerySet:
        """Those that were not deleted: what a customer sees."""
        return self.filter(deleted_at=None)

    def active(self) -> EndpointQuerySet:
        """Those that events are sent to."""
        return self.live().filter(is_active=True)


class WebhookEndpoint(AccountOwned):
    """An address, what is sent there, and the secrets that sign it.

    A deleted one is gone for everybody at once; its rows are removed in small portions (webhooks.chores).
    """

    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+", db_index=False)
    id = models.CharField(primary_key=True, max_length=40, default=endpoint_id, editable=False)
    url = models.CharField(max_length=LONGEST_URL)
    types = ArrayField(
        models.CharField(max_length=LONGEST_TYPE), help_text='Types of events, families like "goal.*", or "*".'
    )
    description = models.CharField(max_length=LONGEST_DESCRIPTION, blank=True)
    is_active = models.BooleanField(default=True)
    sealed = models.BinaryField(help_text="The secret that signs, encrypted (webhooks.secrets).")
    sealed_before = models.BinaryField(null=True, help_text="The one before, which signs too until before_until.")
    before_until = models.DateTimeField(null=True)
    cursor = models.BigIntegerField(help_text="The last event that was looked at for it.")
    created_by = models.CharField(max_length=60, help_text="Who made it: user:... or key:...")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    disabled_at = models.DateTimeField(null=True, help_text="Since when it is off.")
    disabled_for = models.CharField(max_length=200, blank=True, help_text="Why, in words.")
    outage_at = models.DateTimeField(null=True, help_text="When a delivery was given up first since the last success.")
    deleted_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = AccountManager.from_queryset(EndpointQuerySet)()

    class Meta(AccountOwned.Meta):
        abstract = False
        indexes = [
            models.Index(fields=["account", "created_at"], condition=Q(deleted_at=None), name="endpoint_of_account"),
            models.Index(
                fields=["account"], condition=Q(deleted_at=None, is_active=True), name="endpoint_that_is_sent_to"
            ),
            models.Index(fields=["deleted_at"], condition=Q(deleted_at__isnull=False), name="endpoint_to_remove"),
        ]

    def __str__(self) -> str:
        return self.id


class WebhookLane(AccountOwned):
    """One of the ways on which deliveries of an endpoint go out, one after the other.

    `busy_until` and `epoch` are its lease: who claims it counts the epoch up, and only who holds the newest may write.
    """

    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+", db_index=False)
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="lanes", db_index=False)
    number = models.PositiveSmallIntegerField()
    next_at = models.DateTimeField(null=True, help_text="When its next delivery is due; null: nothing waits.")
    busy_until = models.DateTimeField(null=True, help_text="A courier has it until then; null: nobody has.")
    epoch = models.PositiveBigIntegerField(default=0)
    is_failing = models.BooleanField(
        default=False, help_text="Its last try failed, or took long: the account's other endpoints go ahead."
    )

    class Meta(AccountOwned.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["endpoint", "number"], name="one_lane_a_number")]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="lane_by_when_it_is_due"),
            models.Index(fields=["account"], condition=Q(next_at__isnull=False), name="lane_of_account"),
        ]

    def __str__(self) -> str:
        return f"{self.endpoint_id}/{self.number}"


class WebhookDelivery(AccountOwned):
    """One event for one endpoint. Its id is the header Webhook-Id, the same at every try."""

    class State(models.TextChoices):
        """pending: it will be tried (again). Both others are ends that only a customer can undo, by sending again."""

        PENDING = "pending"
        DELIVERED = "delivered"
        DEAD = "dead"

    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+", db_index=False)
    id = models.CharField(primary_key=True, max_length=40, default=delivery_id, editable=False)
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    event = models.BigIntegerField(null=True, help_text="The event's id; null for a test, which has a body instead.")
    type = models.CharField(max_length=LONGEST_TYPE)
    lane = models.PositiveSmallIntegerField()
    body = models.TextField(blank=True, help_text="What a test sends; of an event it is made anew, alike each time.")
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    attempts_before = models.PositiveIntegerField(default=0, help_text="How many there were when it was begun anew.")
    begun_at = models.DateTimeField(help_text="Since when it is tried: it is given up a day later.")
    next_at = models.DateTimeField(null=True, help_text="When it is tried next; null when it has ended.")
    last_status = models.PositiveSmallIntegerField(null=True, help_text="The HTTP status that came last, if any did.")
    last_error = models.CharField(max_length=300, blank=True, help_text="Why the last try failed, in our words.")
    response = models.TextField(blank=True, help_text="The beginning of the last answer, secrets masked.")
    tries = models.JSONField(default=list, help_text="[{at, status, error, ms}], the last hundred.")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta(AccountOwned.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "event"], name="one_delivery_an_event"),
            models.CheckConstraint(
                condition=Q(state="pending", next_at__isnull=False) | (~Q(state="pending") & Q(next_at=None)),
                name="what_is_pending_is_due_some_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "lane", "next_at", "event"], condition=Q(state="pending"), name="delivery_in_lane"
            ),
            models.Index(fields=["account", "created_at"], name="delivery_of_account"),
            models.Index(fields=["created_at"], name="delivery_by_age"),
            models.Index(fields=["begun_at"], condition=Q(state="pending"), name="delivery_that_waits"),
        ]

    def __str__(self) -> str:
        return self.id


class StreamQuerySet(models.QuerySet["AuditStream"]):
    """Audit streams."""

    def active(self) -> StreamQuerySet:
        """Those that are not paused."""
        return self.filter(is_active=True)


class AuditStream(AccountOwned):
    """A copy of the account's events on its way to a system that keeps logs: what goes where, and how far it is (A14).

    The row is also what a courier claims. `busy_until` and `epoch` are its lease, as those of a lane: who claims it
    counts the epoch up, and only who holds the newest may move the cursor.
    """

    class Kind(models.TextChoices):
        """What takes the events: Splunk's HTTP Event Collector, a web or syslog server, a file of the operator's."""

        SPLUNK_HEC = "splunk_hec"
        HTTP_JSON = "http_json"
        SYSLOG = "syslog"
        FILE = "file"

    class Format(models.TextChoices):
        """What a body of http_json is: one JSON array, or an event a line."""

        ARRAY = "array"
        NDJSON = "ndjson"

    class Protocol(models.TextChoices):
        """What carries syslog: TLS (RFC 5425), or TCP as it is (RFC 6587), into the operator's networks alone."""

        TLS = "tls"
        TCP = "tcp"

    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+", db_index=False)
    id = models.CharField(primary_key=True, max_length=40, default=stream_id, editable=False)
    name = models.CharField(max_length=LONGEST_NAME)
    kind = models.CharField(max_length=20, choices=Kind, editable=False)
    url = models.CharField(max_length=LONGEST_URL, blank=True, help_text="Of splunk_hec and http_json.")
    format = models.CharField(max_length=10, blank=True, choices=Format, help_text="Of http_json.")
    host = models.CharField(max_length=LONGEST_HOST, blank=True, help_text="Of syslog, and so is port.")
    port = models.PositiveIntegerField(null=True)
    protocol = models.CharField(max_length=5, blank=True, choices=Protocol, help_text="Of syslog.")
    sealed = models.BinaryField(null=True, help_text="The token or header that proves who sends (webhooks.secrets).")
    types = ArrayField(
        models.CharField(max_length=LONGEST_TYPE), help_text='Types of events, families like "goal.*", or "*".'
    )
    cursor = models.BigIntegerField(help_text="The seq of the last event that was taken, or left out by `types`.")
    is_active = models.BooleanField(default=True)
    created_by = models.CharField(max_length=60, help_text="Who made it: user:... or key:...")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    next_at = models.DateTimeField(null=True, help_text="When a courier looks at it; null: nothing waits, or paused.")
    busy_until = models.DateTimeField(null=True, help_text="A courier has it until then; null: nobody has.")
    epoch = models.PositiveBigIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0, help_text="Tries since the last one that succeeded.")
    failing_since = models.DateTimeField(null=True, help_text="When the first of those was.")
    is_slow = models.BooleanField(default=False, help_text="Its last try took long: the account's others go ahead.")
    is_told = models.BooleanField(default=False, help_text="audit_stream.failing was published of this outage.")
    last_error = models.CharField(
        max_length=LONGEST_ERROR, blank=True, help_text="Why the last try failed, in our words."
    )
    last_status = models.PositiveSmallIntegerField(null=True, help_text="The HTTP status that came last, if any did.")
    last_sent_at = models.DateTimeField(null=True, help_text="When events were taken last.")
    sent = models.PositiveBigIntegerField(default=0, help_text="How many events were taken.")

    objects: ClassVar[Any] = AccountManager.from_queryset(StreamQuerySet)()

    class Meta(AccountOwned.Meta):
        abstract = False
        indexes = [
            models.Index(fields=["account", "created_at"], name="stream_of_account"),
            models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="stream_that_is_due"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(is_active=True) | Q(next_at=None), name="what_is_paused_is_never_due"),
        ]

    def __str__(self) -> str:
        return self.id


class Courier(models.Model):
    """A courier process of the installation and when it was heard last. Not a tenant's row."""

    id = models.UUIDField(primary_key=True)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"


def heard_since(now: datetime) -> datetime:
    """A courier that was not heard since then does not answer."""
    return now - timedelta(seconds=SILENT_SECONDS)


def lane_of(goal: str) -> int:
    """The lane of an event: that of its goal, and the first for what belongs to none."""
    try:
        return UUID(goal).int % LANES
    except ValueError:
        return 0
