"""Price plans, who is on which and how it is paid, what an account has used, and what Stripe told."""

from __future__ import annotations

from datetime import datetime

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from simple_history.models import HistoricalRecords

from executor_one.kit.tenancy import AccountOwned

LONGEST_COOLDOWN = 86_400  # seconds


class Plan(models.Model):
    """A price plan and its limits (E-R3..E-R9). Empty means unlimited. Staff can edit it."""

    code = models.SlugField(primary_key=True, max_length=20)
    name = models.CharField(max_length=40)
    rank = models.PositiveSmallIntegerField(unique=True, help_text="A higher plan lifts a lower one's limits.")
    is_public = models.BooleanField(default=True, help_text="Named in the advice of a 402.")
    goals_per_month = models.PositiveIntegerField(null=True, blank=True)
    memories = models.PositiveIntegerField(null=True, blank=True)
    llm_calls_per_month = models.PositiveIntegerField(null=True, blank=True, help_text="0: keyword planner only.")
    parallel_tasks = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1)], help_text="At least 1: without one no goal would ever end."
    )
    api_keys = models.PositiveIntegerField(null=True, blank=True)
    websocket = models.BooleanField(default=False)
    goal_cooldown_seconds = models.PositiveIntegerField(
        default=0, validators=[MaxValueValidator(LONGEST_COOLDOWN)], help_text="Between two goals; a day at most."
    )
    stripe_price = models.CharField(max_length=255, blank=True, help_text="The id of its monthly price at Stripe.")
    price_cents = models.PositiveIntegerField(
        null=True, blank=True, editable=False, help_text="What that price says, in the smallest unit of the currency."
    )
    currency = models.CharField(max_length=3, blank=True, editable=False, help_text="ISO 4217, in lower case.")
    history = HistoricalRecords()

    class Meta:
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(fields=["stripe_price"], condition=~Q(stripe_price=""), name="one_plan_a_price"),
            models.CheckConstraint(condition=Q(parallel_tasks__gte=1), name="plan_of_some_tasks"),
            models.CheckConstraint(
                condition=Q(goal_cooldown_seconds__lte=LONGEST_COOLDOWN), name="plan_with_a_cooldown_that_ends"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_for_sale(self) -> bool:
        """Whether a customer can buy it by themselves."""
        return self.is_public and bool(self.stripe_price)


class Package(models.Model):
    """Calls of the language model that are bought once (O122). They do not expire. Staff can edit it."""

    slug = models.SlugField(primary_key=True, max_length=40)
    name = models.CharField(max_length=40)
    rank = models.PositiveSmallIntegerField(unique=True, help_text="The smallest is listed first.")
    llm_calls = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    is_public = models.BooleanField(default=True, help_text="Whether customers see it.")
    stripe_price = models.CharField(max_length=255, blank=True, help_text="The id of its one-time price at Stripe.")
    price_cents = models.PositiveIntegerField(
        null=True, blank=True, editable=False, help_text="What that price says, in the smallest unit of the currency."
    )
    currency = models.CharField(max_length=3, blank=True, editable=False, help_text="ISO 4217, in lower case.")
    history = HistoricalRecords()

    class Meta:
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(fields=["stripe_price"], condition=~Q(stripe_price=""), name="one_package_a_price"),
            models.CheckConstraint(condition=Q(llm_calls__gte=1), name="package_of_some_calls"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_for_sale(self) -> bool:
        """Whether a customer can buy it."""
        return self.is_public and bool(self.stripe_price) and bool(self.price_cents)


class Subscription(AccountOwned):
    """Which plan an account has, and what pays for it. All but `plan` is what Stripe said last."""

    class Status(models.TextChoices):
        NONE = "none"  # nothing is paid: Free, or a plan that staff gave
        ACTIVE = "active"
        PAST_DUE = "past_due"  # a payment failed; the plan stays until `grace_until`
        UNPAID = "unpaid"  # and that is over: Free, until the payment comes
        ENDED = "ended"  # there was a paid subscription

    PAYING = Q(status__in=[Status.ACTIVE, Status.PAST_DUE], paid_plan__price_cents__isnull=False)
    MISSING = Q(status__in=[Status.PAST_DUE, Status.UNPAID])
    PAID = (Status.ACTIVE, Status.PAST_DUE, Status.UNPAID)

    account = models.OneToOneField("accounts.Account", on_delete=models.CASCADE, primary_key=True)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="subscriptions")
    since = models.DateTimeField(auto_now_add=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.NONE)
    stripe_customer = models.CharField(max_length=255, null=True, blank=True, unique=True)
    stripe_subscription = models.CharField(max_length=255, blank=True)
    stripe_item = models.CharField(max_length=255, blank=True, help_text="The line of it that holds the plan's price.")
    checkout_session = models.CharField(max_length=255, blank=True, help_text="The one that was opened last.")
    paid_plan = models.ForeignKey(
        Plan, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="What the price is of."
    )
    period_end = models.DateTimeField(null=True, blank=True, help_text="Until when it is paid.")
    ends_at_period_end = models.BooleanField(default=False)
    past_due_since = models.DateTimeField(null=True, blank=True)
    grace_until = models.DateTimeField(null=True, blank=True)

    class Meta(AccountOwned.Meta):
        abstract = False
        indexes = [
            models.Index(fields=["grace_until"], condition=Q(status="past_due"), name="grace_that_ends"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} on {self.plan_id}"

    @property
    def is_paid(self) -> bool:
        """Whether Stripe has a subscription that it still collects for."""
        return self.status in self.PAID

    def grace_is_over(self, now: datetime) -> bool:
        return self.grace_until is not None and self.grace_until <= now


class Metric(models.TextChoices):
    """What is counted by the month."""

    GOALS = "goals"
    LLM_CALLS = "llmCalls"


class UsageCounter(AccountOwned):
    """How much of one metric an account used in one calendar month (UTC)."""

    metric = models.CharField(max_length=20, choices=Metric)
    month = models.DateField(help_text="Its first day.")
    used = models.PositiveIntegerField(default=0)

    class Meta(AccountOwned.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["account", "metric", "month"], name="one_counter_a_month")]

    def __str__(self) -> str:
        return f"{self.metric} {self.month}: {self.used}"


class Credit(AccountOwned):
    """How many calls of the language model an account has left beyond its plan: the sum of its CreditEntry rows.

    A row of its own: a call that is counted must not wait for who holds the subscription while Stripe answers.
    """

    account = models.OneToOneField("accounts.Account", on_delete=models.CASCADE, primary_key=True)
    llm_calls = models.PositiveBigIntegerField(default=0)  # Postgres refuses what is below zero

    class Meta(AccountOwned.Meta):
        abstract = False
        verbose_name_plural = "credit"

    def __str__(self) -> str:
        return f"{self.account_id}: {self.llm_calls}"


class CreditEntry(AccountOwned):
    """One change of an account's Credit, written with it and never changed."""

    class Kind(models.TextChoices):
        BOUGHT = "bought"
        GIVEN = "given"  # by staff
        USED = "used"  # one call
        REFUNDED = "refunded"  # money went back, and unused calls with it; 0 where none were left

    kind = models.CharField(max_length=10, choices=Kind)
    amount = models.BigIntegerField(help_text="Calls that came, or went (below zero).")
    balance = models.PositiveBigIntegerField(help_text="Calls that were left afterwards.")
    package = models.ForeignKey(Package, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    payment_intent = models.CharField(max_length=255, blank=True, help_text="The payment, at Stripe.")
    cents = models.PositiveIntegerField(
        null=True, blank=True, help_text="What was paid, or went back by this entry, in the currency's smallest unit."
    )
    currency = models.CharField(max_length=3, blank=True, help_text="ISO 4217, in lower case.")
    note = models.CharField(max_length=300, blank=True, help_text="Why it was given.")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(AccountOwned.Meta):
        abstract = False
        verbose_name_plural = "credit entries"
        constraints = [
            models.UniqueConstraint(
                fields=["payment_intent"], condition=Q(kind="bought"), name="a_payment_is_booked_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["bought", "given"], amount__gt=0)
                | Q(kind="used", amount__lt=0)
                | Q(kind="refunded", amount__lte=0),
                name="credit_comes_or_goes",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["bought", "refunded"]) | ~Q(payment_intent=""), name="money_has_its_payment"
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-id"], name="credit_of_account"),
            models.Index(fields=["created_at"], condition=Q(kind="used"), name="credit_used_by_time"),
            models.Index(fields=["payment_intent"], condition=~Q(payment_intent=""), name="credit_of_payment"),
        ]

    def __str__(self) -> str:
        return f"{self.amount:+} {self.kind}"


class UsageNotice(AccountOwned):
    """That the account's owners were told how much of a limit is used: once a level and month.

    And once more when the plan allows another number: that is another limit.
    """

    limit = models.CharField(max_length=20, help_text="Its public name: goals, llmCalls, memories, apiKeys.")
    allowed = models.PositiveIntegerField(help_text="What the plan allowed then.")
    percent = models.PositiveSmallIntegerField()
    month = models.DateField(help_text="Its first day.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(AccountOwned.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(
                fields=["account", "limit", "allowed", "percent", "month"], name="one_notice_a_month"
            )
        ]

    def __str__(self) -> str:
        return f"{self.limit} {self.percent} % {self.month}"


class StripeEvent(AccountOwned):
    """One event that Stripe sent, and what came of it. Its id is taken once: in the transaction of its effect."""

    class State(models.TextChoices):
        DONE = "done"
        IGNORED = "ignored"
        FAILED = "failed"  # nothing of it was done; Stripe sends it again, and staff can replay it

    id = models.CharField(primary_key=True, max_length=255)
    account = models.ForeignKey(  # type: ignore[assignment]
        "accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    type = models.CharField(max_length=100)
    state = models.CharField(max_length=10, choices=State)
    note = models.CharField(max_length=500, blank=True, help_text="Why it was ignored or failed.")
    tries = models.PositiveIntegerField(default=1)
    livemode = models.BooleanField(default=False)
    is_told = models.BooleanField(
        default=False, help_text="Whether the account was told what it says; a replay tells it once."
    )
    payload = models.JSONField(help_text="The event as Stripe signed it, less its secrets.")
    created_at = models.DateTimeField(help_text="When Stripe made it.")
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta(AccountOwned.Meta):
        abstract = False
        indexes = [models.Index(fields=["state", "-received_at"], name="stripe_event_by_state")]

    def __str__(self) -> str:
        return f"{self.type} {self.pk}"


class OperatingCost(models.Model):
    """What running the installation cost in one month, as its staff enter it. Not a tenant's row."""

    class Kind(models.TextChoices):
        INFRASTRUCTURE = "infrastructure"
        AI = "ai"
        OTHER = "other"

    month = models.DateField(help_text="Its first day.")
    kind = models.CharField(max_length=20, choices=Kind)
    name = models.CharField(max_length=100, help_text="Of what: a host, a provider.")
    cents = models.PositiveIntegerField(help_text="In the currency's smallest unit.")
    currency = models.CharField(max_length=3, help_text="ISO 4217, in lower case.")

    class Meta:
        ordering = ["-month", "kind", "name"]
        constraints = [models.UniqueConstraint(fields=["month", "kind", "name"], name="one_cost_a_month")]

    def __str__(self) -> str:
        return f"{self.name} {self.month:%Y-%m}"
