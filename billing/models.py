"""Price plans and what an account has used of its plan."""

from django.db import models

from executor_one.kit.tenancy import AccountOwned


class Plan(models.Model):
    """A price plan and its limits (E-R3..E-R9). Empty means unlimited. Staff can edit it."""

    code = models.SlugField(primary_key=True, max_length=20)
    name = models.CharField(max_length=40)
    rank = models.PositiveSmallIntegerField(unique=True, help_text="A higher plan lifts a lower one's limits.")
    is_public = models.BooleanField(default=True, help_text="Named in the advice of a 402.")
    goals_per_month = models.PositiveIntegerField(null=True, blank=True)
    memories = models.PositiveIntegerField(null=True, blank=True)
    llm_calls_per_month = models.PositiveIntegerField(null=True, blank=True, help_text="0: keyword planner only.")
    parallel_tasks = models.PositiveSmallIntegerField(default=1)
    api_keys = models.PositiveIntegerField(null=True, blank=True)
    websocket = models.BooleanField(default=False)
    goal_cooldown_seconds = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["rank"]

    def __str__(self) -> str:
        return self.name


class Subscription(AccountOwned):
    """Which plan an account has."""

    account = models.OneToOneField("accounts.Account", on_delete=models.CASCADE, primary_key=True)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.account_id} on {self.plan_id}"


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
