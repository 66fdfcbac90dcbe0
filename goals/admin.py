"""Goals as staff see them: what is stuck, what fails, and the way out. Commands and what they print are the customer's
and are not shown; descriptions and errors are masked as they are in events.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from billing.queries import plan_of
from executor_one.kit.columns import badge, link
from executor_one.kit.errors import Conflict
from executor_one.kit.screens import LongAdmin, StaffAdmin, deed, display
from executor_one.kit.staff import StaffCaller
from executor_one.kit.templatetags.look import NOTHING
from goals import actions, claims, withheld
from goals.models import Attempt, ExecutorState, Goal, Pulse, StateSample, Task
from goals.queries import failed_task, with_failed_task
from goals.telling import words

BRIEF = 80  # characters of what somebody wrote, in a list


def brief(text: str) -> str:
    """The beginning; masked before it is cut, for half a secret is none that the masks know."""
    said = words(text, 500)
    return f"{said[:BRIEF]}…" if len(said) > BRIEF else said or NOTHING


class Failing(admin.SimpleListFilter):
    """By the code of the error, of those that failed lately."""

    title, parameter_name = "error", "error_code"
    LOOKED_AT = 1_000

    def lookups(self, request: HttpRequest, screen: Any) -> list[tuple[str, str]]:
        lately = Goal.objects.filter(state=Goal.State.FAILED).order_by("-finished_at")[: self.LOOKED_AT]
        codes = Counter(lately.values_list("error_code", flat=True))
        return [(code, f"{code} ({count} lately)") for code, count in codes.most_common()]

    def queryset(self, request: HttpRequest, rows: QuerySet[Goal]) -> QuerySet[Goal]:
        return rows.filter(state=Goal.State.FAILED, error_code=self.value()) if self.value() else rows


@admin.register(Goal)
class GoalAdmin(LongAdmin):
    """What customers want, and how it stands."""

    list_display = ["said_in_brief", "whose", "stands", "error_code", "why_in_brief", "done", "created_at"]
    list_filter = ["state", Failing, "priority", "kind", "created_at"]
    linked_by = ("account", "finished_at")
    list_select_related = ["account"]
    fields = [
        "id", "account", "kind", "said", "stands", "error_code", "why", "priority", "deadline", "planner",
        "tasks_completed", "tasks_total", "fixes_applied", "fixes_worked", "retry_of", "created_by", "created_at",
        "started_at", "finished_at", "wake_at", "its_tasks",
    ]  # fmt: skip
    readonly_fields = fields
    deeds = ("retry", "cancel")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Goal]:
        return with_failed_task(super().get_queryset(request))

    @deed("Retry", fits=lambda row: row.state in (Goal.State.FAILED, Goal.State.CANCELLED))
    def retry(self, row: Goal, by: StaffCaller, words: str) -> str:
        """A new goal that goes on from what failed; it counts as the customer's retry would."""
        if row.account.suspended_at:
            raise Conflict("Its account is suspended: let it in first.")
        again = actions.retry_goal(row, plan=plan_of(row.account_id), actor=by.actor)
        return f"goes on as {again.pk}."

    @deed("Cancel", fits=lambda row: row.state in Goal.OPEN)
    def cancel(self, row: Goal, by: StaffCaller, words: str) -> str:
        """End it; its running tasks are killed."""
        actions.cancel_goal(row.pk, actor=by.actor)
        return "cancelled."

    @display("State", "state")
    def stands(self, row: Goal) -> SafeString:
        return badge("healed" if row.state == Goal.State.COMPLETED and row.fixes_worked else row.state)

    @display("Description", "")
    def said_in_brief(self, row: Goal) -> str:
        return row.kind if row.kind == Goal.Kind.DIRECT else brief(row.description)

    @display("Why", "")
    def why_in_brief(self, row: Goal) -> str:
        return brief(withheld.error_of_goal(row.error_code, row.error, failed_task(row)))

    @display("Description", "")
    def said(self, row: Goal) -> str:
        return row.kind if row.kind == Goal.Kind.DIRECT else words(row.description)

    @display("Why", "")
    def why(self, row: Goal) -> str:
        return words(withheld.error_of_goal(row.error_code, row.error, failed_task(row)), 500) or NOTHING

    @display("Tasks done")
    def done(self, row: Goal) -> str:
        return f"{row.tasks_completed} of {row.tasks_total}"

    @display("Tasks")
    def its_tasks(self, row: Goal) -> SafeString:
        return link(f"{reverse('admin:goals_task_changelist')}?goal__id__exact={row.pk}", "Tasks")


class Silent(admin.SimpleListFilter):
    """Running tasks whose runner has not been heard for as long as its lease."""

    title, parameter_name = "lease", "lease"

    def lookups(self, request: HttpRequest, screen: Any) -> list[tuple[str, str]]:
        return [("held", "Held"), ("over", "Over")]

    def queryset(self, request: HttpRequest, rows: QuerySet[Task]) -> QuerySet[Task]:
        running = rows.filter(state=Task.State.RUNNING)
        if self.value() == "over":
            return running.filter(lease_until__lte=timezone.now())
        return running.filter(lease_until__gt=timezone.now()) if self.value() == "held" else rows


@admin.register(Task)
class TaskAdmin(LongAdmin):
    """The steps of goals, and who works on them."""

    list_display = [
        "name_masked",
        "whose",
        "state",
        "actuator",
        "runner",
        "lease_until",
        "released_at",
        "started_at",
        "why_in_brief",
    ]
    list_filter = ["state", "actuator", Silent]
    linked_by = ("goal",)
    list_select_related = ["account"]
    found_by = ("pk", "goal_id", "account_id", "account__email")
    states = {"state": {}}
    fields = [
        "id", "account", "goal", "position", "name_masked", "actuator", "state", "depends_on", "needs_left",
        "timeout_ms", "why", "retry_at", "released_at", "started_at", "finished_at", "runner", "epoch",
        "lease_until", "its_attempts",
    ]  # fmt: skip
    readonly_fields = fields
    deeds = ("release",)

    @deed("Release the lease", fits=lambda row: row.state == Task.State.RUNNING)
    def release(self, row: Task, by: StaffCaller, words: str) -> str:
        """Take it from its runner: that try counts as lost, and the next tick gives the task to somebody else."""
        if row.state != Task.State.RUNNING or row.runner is None:
            raise Conflict(f"Nobody holds it: it is {row.state}.")
        claims.release(row, actor=by.actor)
        return "its lease is over; it is tried again."

    @display("Name", "name")
    def name_masked(self, row: Task) -> str:
        return words(withheld.name_of(row.name, row.actuator, row.params))

    @display("Why", "")
    def why_in_brief(self, row: Task) -> str:
        return brief(self.error_of(row))

    @display("Why", "")
    def why(self, row: Task) -> str:
        return words(self.error_of(row), 500) or NOTHING

    @staticmethod
    def error_of(row: Task) -> str:
        """Its own; what was stopped has that of its goal, which may quote another task."""
        if row.state == Task.State.CANCELLED:
            return "It was stopped with its goal, or its goal was planned anew."
        return withheld.error_of(row.error)

    @display("Attempts")
    def its_attempts(self, row: Task) -> SafeString:
        return link(f"{reverse('admin:goals_attempt_changelist')}?task__id__exact={row.pk}", "Attempts")


@admin.register(Attempt)
class AttemptAdmin(LongAdmin):
    """Each try of each task; what it printed is the customer's."""

    list_display = [
        "task_id",
        "number",
        "whose",
        "outcome",
        "exit_code",
        "error_code",
        "duration_ms",
        "rung",
        "finished_at",
    ]
    list_filter = ["outcome", "rung"]
    linked_by = ("task",)
    list_select_related = ["account"]
    found_by = ("pk", "task_id", "account_id", "account__email")
    states = {"outcome": {}}
    fields = [
        "id", "account", "task", "number", "outcome", "exit_code", "error_code", "why", "duration_ms", "runner", "rung",
        "correction", "started_at", "finished_at",
    ]  # fmt: skip
    readonly_fields = fields

    @display("Why", "")
    def why(self, row: Attempt) -> str:
        return words(withheld.error_of(row.error), 500) or NOTHING


@admin.register(ExecutorState)
class ExecutorStateAdmin(StaffAdmin):
    """The executor of each account."""

    called = ("executor", "executors")

    list_display = ["whose", "tick_count", "succeeded", "failed", "fatigue", "busy_share", "assessed_at"]
    list_select_related = ["account"]
    search_fields = ["account__id", "account__email"]
    ordering = ["-assessed_at"]


@admin.register(StateSample)
class StateSampleAdmin(LongAdmin):
    """The values of executors over the last day."""

    called = ("sample", "samples")

    list_display = ["whose", "at", "urgency", "confidence", "fatigue", "novel", "recent"]
    list_select_related = ["account"]
    found_by = ("account_id", "account__email")


@admin.register(Pulse)
class PulseAdmin(StaffAdmin):
    """The heartbeat itself."""

    called = ("heartbeat", "heartbeats")

    list_display = ["id", "tick_count", "pulsed_at"]
