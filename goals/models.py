"""Goals, their tasks, each try of a task, and the state of the executor that runs them."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property

from executor_one.kit.ids import uuid7
from executor_one.kit.tenancy import AccountOwned
from memory.fixes import secrets_set_before


class Priority(models.TextChoices):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"


class Goal(AccountOwned):
    """What a customer wants. Everything a customer starts is a goal of some kind."""

    class Kind(models.TextChoices):
        GOAL = "goal"
        DIRECT = "direct"  # one action by POST /api/execute: no planner, not counted by the month

    class State(models.TextChoices):
        PENDING = "pending"
        PLANNING = "planning"
        EXECUTING = "executing"
        COMPLETED = "completed"
        FAILED = "failed"
        CANCELLED = "cancelled"

    OPEN = (State.PENDING, State.PLANNING, State.EXECUTING)
    # Terminal states are final: they lead nowhere.
    TRANSITIONS = {
        State.PENDING: {State.PLANNING, State.FAILED, State.CANCELLED},
        State.PLANNING: {State.EXECUTING, State.FAILED, State.CANCELLED},
        # Back to planning once, when the tasks came from a crystallized tree and one of them failed.
        State.EXECUTING: {State.PLANNING, State.COMPLETED, State.FAILED, State.CANCELLED},
    }

    current_task: str | None = None  # no column: the task that runs or is next, where goals.queries put it

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.GOAL)
    description = models.TextField()
    semantic_path = models.JSONField(default=list)
    priority = models.CharField(max_length=10, choices=Priority, default=Priority.NORMAL)
    deadline = models.DateTimeField(null=True, blank=True)
    planner = models.CharField(max_length=20, blank=True, help_text="Which planner made the tasks.")
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    tasks_total = models.PositiveIntegerField(default=0)
    tasks_completed = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=40, blank=True)
    error = models.TextField(blank=True)
    self_correct = models.BooleanField(default=True, help_text="Whether a failed task is tried again (E-R20).")
    task_tree = models.UUIDField(null=True, blank=True, help_text="The crystallized tree that its tasks came from.")
    planned_from = models.PositiveIntegerField(default=0, help_text="Where the tasks of its last plan begin.")
    fixes_applied = models.PositiveIntegerField(default=0)
    fixes_worked = models.PositiveIntegerField(default=0, help_text="After how many of them the task succeeded.")
    model_asks = models.PositiveSmallIntegerField(
        default=0, help_text="How often a language model was to be asked for its plan; each asking has its number."
    )
    model_asking = models.BooleanField(default=False, help_text="Whether a planner took the last asking up.")
    model_calls = models.PositiveSmallIntegerField(
        default=0, help_text="How many requests to a language model were made for its plan."
    )
    retry_of = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    counted = models.BooleanField(
        default=True, db_default=True, help_text="Whether it counts against the month and begins the plan's pause."
    )
    created_by = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    wake_at = models.DateTimeField(null=True, blank=True, help_text="When the heartbeat looks at it next.")

    class Meta(AccountOwned.Meta):
        abstract = False
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=["completed", "failed", "cancelled"],
                    finished_at__isnull=False,
                    wake_at=None,
                )
                | Q(
                    state__in=["pending", "planning", "executing"],
                    finished_at=None,
                    wake_at__isnull=False,
                ),
                name="open_goal_wakes_up",
            )
        ]
        indexes = [
            models.Index(fields=["account", "-created_at", "-id"], name="goal_newest"),
            models.Index(fields=["account", "created_by", "-created_at", "-id"], name="goal_stated_by"),
            models.Index(
                fields=["wake_at"],
                condition=Q(state__in=["pending", "planning", "executing"]),
                name="goal_due",
            ),
            models.Index(
                fields=["account"],
                condition=Q(state__in=["pending", "planning", "executing"]),
                name="goal_open",
            ),
            models.Index(fields=["-finished_at"], condition=Q(state="failed"), name="goal_failed"),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.state}"

    @property
    def is_finished(self) -> bool:
        return self.state not in self.OPEN


class Task(AccountOwned):
    """One step of a goal."""

    class State(models.TextChoices):
        WAITING = "waiting"  # for other tasks, or for a free slot
        DELAYED = "delayed"  # its next try waits for its time
        RELEASED = "released"  # a runner may claim it
        RUNNING = "running"  # leased by a runner
        ENDED = "ended"  # its result is in, not yet verified
        COMPLETED = "completed"
        FAILED = "failed"
        CANCELLED = "cancelled"
        SKIPPED = "skipped"  # a task it needed failed

    ACTIVE = (State.RELEASED, State.RUNNING)
    OPEN = (State.WAITING, State.DELAYED, State.RELEASED, State.RUNNING, State.ENDED)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    goal = models.ForeignKey(Goal, on_delete=models.CASCADE, related_name="tasks")
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    actuator = models.CharField(max_length=20)
    params = models.JSONField(default=dict)
    depends_on = ArrayField(models.PositiveIntegerField(), default=list)
    timeout_ms = models.PositiveIntegerField()
    verify = models.JSONField(null=True, blank=True, help_text="What its success is, beyond its actuator's default.")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    needs_left = models.PositiveIntegerField(default=0, help_text="How many tasks it depends on are not completed.")
    rank = models.FloatField(default=0, help_text="Its score at the epoch: orders waiting tasks at any moment.")
    deadline_rank = models.FloatField(null=True, blank=True, help_text="The same with its goal's deadline.")
    score = models.FloatField(default=0, help_text="What it was when the task was released.")
    error = models.TextField(blank=True)
    next_try = models.JSONField(
        null=True, blank=True, help_text="How the try that corrects the last one differs from it (goals.correction)."
    )
    retry_at = models.DateTimeField(null=True, blank=True, help_text="When a delayed task waits no longer.")
    released_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    runner = models.UUIDField(null=True, blank=True)
    epoch = models.PositiveIntegerField(
        default=0, help_text="Rises with each claim; an older one's writes are refused."
    )
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta(AccountOwned.Meta):
        abstract = False
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["goal", "position"], name="one_task_a_position"),
            models.CheckConstraint(
                condition=~Q(state="running") | Q(lease_until__isnull=False, runner__isnull=False),
                name="running_task_is_leased",
            ),
            models.CheckConstraint(
                condition=~Q(state="delayed") | Q(retry_at__isnull=False), name="delayed_task_has_its_time"
            ),
        ]
        indexes = [
            models.Index(fields=["released_at"], condition=Q(state="released"), name="task_released"),
            models.Index(
                fields=["account"],
                condition=Q(state__in=["released", "running"]),
                name="task_active",
            ),
            models.Index(fields=["account", "-rank"], condition=Q(state="waiting", needs_left=0), name="task_next"),
            models.Index(
                fields=["account", "-deadline_rank"],
                condition=Q(state="waiting", needs_left=0, deadline_rank__isnull=False),
                name="task_pressing",
            ),
            models.Index(fields=["account"], condition=Q(state="ended"), name="task_ended"),
            models.Index(fields=["runner"], condition=Q(state="running"), name="task_running"),
            models.Index(fields=["retry_at"], condition=Q(state="delayed"), name="task_delayed"),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.state}"

    @cached_property
    def secrets_set(self) -> list[str]:
        """The secrets that fixes have set as variables in its tries: no matter what later fixes made of the command."""
        ran = ((attempt.params or {}).get("command") for attempt in self.attempts.all())
        return secrets_set_before(*(command for command in ran if isinstance(command, str)))


class Attempt(AccountOwned):
    """One try of a task, written when it ends; never changed. A successful one is the goal's checkpoint."""

    class Outcome(models.TextChoices):
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELLED = "cancelled"
        LOST = "lost"  # its runner or its sandbox is gone; it may have run in part

    class Rung(models.TextChoices):
        """Which step of self-correction's ladder a try is (E-R20)."""

        FIRST = "first"
        KNOWN_FIX = "known_fix"
        BACKOFF = "backoff"
        ALTERNATIVE = "alternative"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome)
    exit_code = models.IntegerField(null=True, blank=True)
    stdout = models.TextField(blank=True)
    stderr = models.TextField(blank=True)
    stdout_truncated = models.BooleanField(default=False)
    stderr_truncated = models.BooleanField(default=False)
    error_code = models.CharField(max_length=40, blank=True)
    error = models.TextField(blank=True)
    data = models.JSONField(null=True, blank=True, help_text="What it answered besides: an HTTP status, rows.")
    duration_ms = models.PositiveIntegerField(default=0)
    runner = models.UUIDField(null=True, blank=True)
    rung = models.CharField(max_length=12, choices=Rung, default=Rung.FIRST)
    reason = models.CharField(max_length=500, blank=True, help_text="Why it was tried again, and what is different.")
    correction = models.UUIDField(null=True, blank=True, help_text="The correction that it applied.")
    params = models.JSONField(null=True, blank=True, help_text="What ran, where it differs from the task's params.")
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField()

    class Meta(AccountOwned.Meta):
        abstract = False
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["task", "number"], name="no_attempt_counts_twice")]

    def __str__(self) -> str:
        return f"attempt {self.number} {self.outcome}"


class ExecutorState(AccountOwned):
    """The executor of one account (E12). Its row is also the lock that serialises the account's ticks."""

    account = models.OneToOneField("accounts.Account", on_delete=models.CASCADE, primary_key=True)
    tick_count = models.PositiveBigIntegerField(default=0)
    succeeded = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    fatigue = models.FloatField(default=0)
    busy_share = models.FloatField(default=0)
    assessed_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.tick_count} ticks"


class StateSample(AccountOwned):
    """What an executor's values were at the first beat of some five minutes (goals.sampling)."""

    at = models.DateTimeField()
    urgency = models.FloatField()
    confidence = models.FloatField()
    fatigue = models.FloatField()
    novel = models.PositiveSmallIntegerField(help_text="Of the recent goals, those that no task tree answered.")
    recent = models.PositiveSmallIntegerField()
    beat_before = models.DateTimeField(help_text="The beat before this one; between them it was at rest.")
    fatigue_before = models.FloatField(help_text="What it was then.")

    class Meta(AccountOwned.Meta):
        abstract = False
        indexes = [models.Index(fields=["account", "at"], name="sample_time")]

    def __str__(self) -> str:
        return f"{self.account_id} at {self.at}"


class Pulse(models.Model):
    """The heartbeat itself: one row for the installation, beaten every 500 ms."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    tick_count = models.PositiveBigIntegerField(default=0)
    pulsed_at = models.DateTimeField()
    # Two readings of itself, a minute or more apart, of which `rate` takes the older one: it never starts from nothing.
    before_count = models.PositiveBigIntegerField(default=0)
    before_at = models.DateTimeField(null=True)
    read_count = models.PositiveBigIntegerField(default=0)
    read_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return "The heartbeat"

    def rate(self, now: datetime) -> tuple[float | None, float]:
        """Ticks a second, and over how many seconds until now; None where it has not been read yet."""
        since, count = (self.before_at, self.before_count) if self.before_at else (self.read_at, self.read_count)
        seconds = (now - since).total_seconds() if since else 0.0
        return ((self.tick_count - count) / seconds if seconds >= 1 else None), seconds
