"""Screens of the staff's console that reach into several rooms, and those of the packages that we use."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django_q.models import Failure, OrmQ, Schedule, Success

from accounts import staffing
from accounts.models import Account
from billing import credit
from billing.actions import give_plan
from billing.models import Plan, Subscription
from executor_one.kit.columns import badge, link
from executor_one.kit.errors import Conflict
from executor_one.kit.screens import Deed, StaffAdmin, deed, display
from executor_one.kit.staff import OWNER, StaffCaller
from executor_one.kit.templatetags.look import NOTHING
from goals.actions import cancel_open_goals

DID = {ADDITION: ("completed", "added"), CHANGE: ("running", "changed"), DELETION: ("failed", "deleted")}
LATE = timedelta(seconds=30)  # a job that waits longer

for model in (Failure, OrmQ, Schedule, Success):  # theirs would let anybody of the staff run or delete jobs
    admin.site.unregister(model)


@admin.register(Account)
class AccountAdmin(StaffAdmin):
    """Tenants."""

    deeds = ("suspend", "resume", "give_calls")
    list_display = ["name", "email", "stands", "plan", "created_at", "id", "its_goals"]
    list_filter = [("suspended_at", admin.EmptyFieldListFilter), "created_at"]
    search_fields = ["id", "name", "email"]
    ordering = ["-created_at"]
    fields = [
        "id",
        "name",
        "email",
        "stands",
        "plan",
        "paid",
        "created_at",
        "suspended_at",
        "suspended_for",
        "egress_hosts",
        "its_goals",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        mine = Subscription.objects.filter(account=OuterRef("pk"))
        read = {"plan_name": "plan__name", "paid_name": "paid_plan__name", "paid_status": "status"}
        more = {name: Subquery(mine.values(path)) for name, path in read.items()}
        return super().get_queryset(request).annotate(**more)  # type: ignore[no-any-return]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.fields

    def get_deeds(self) -> dict[str, Deed]:
        """Besides its own: a plan's each."""
        plans = Plan.objects.values_list("code", "name")
        return super().get_deeds() | {
            f"put-on-{code}": Deed(f"Put on {name}", partial(_put_on, code), fits=partial(_is_on_another, name))
            for code, name in plans
        }

    @deed("Suspend", asks="Why, as its people are told", fits=lambda row: not row.suspended_at)
    def suspend(self, row: Account, by: StaffCaller, words: str) -> str:
        """Keep its people and keys out, and end what runs."""
        ended = cancel_open_goals(actor=by.actor)
        staffing.suspend(row, why=words, by=by)
        return f"suspended; {ended} open goals were cancelled."

    @deed("Let in again", fits=lambda row: row.suspended_at)
    def resume(self, row: Account, by: StaffCaller, words: str) -> str:
        staffing.resume(row, by=by)
        return "is let in again."

    @deed("Give model calls", needs=OWNER, asks="How many and why, like: 100 for Monday's trouble")
    def give_calls(self, row: Account, by: StaffCaller, words: str) -> str:
        """Calls beyond the plan, which do not expire."""
        count, _, why = words.strip().partition(" ")
        if not (count.isascii() and count.isdecimal() and len(count) < 10 and any(map(str.isalnum, why))):
            raise Conflict("Say how many first, then why, like: 100 for Monday's trouble.")
        return f"has {credit.give(int(count), why.strip(), actor=by.actor).balance:,} calls beyond its plan now."

    @display("State", "suspended_at")
    def stands(self, row: Account) -> SafeString:
        return badge("failed", "suspended") if row.suspended_at else badge("completed", "open")

    @display("Plan", "plan_name")
    def plan(self, row: Any) -> str:
        return str(row.plan_name or NOTHING)

    @display("Paid at Stripe")
    def paid(self, row: Any) -> str:
        """Why its page has no buttons for plans while there is something."""
        if row.paid_status not in Subscription.PAID:
            return NOTHING
        how = f"{row.paid_name or 'A plan'}, {row.paid_status.replace('_', ' ')}"
        return f"{how}. It is changed at Stripe, and follows here."

    @display("Goals")
    def its_goals(self, row: Account) -> SafeString:
        return link(f"{reverse('admin:goals_goal_changelist')}?account__id__exact={row.pk}", "Goals")


def _is_on_another(name: str, row: Any) -> bool:
    return row.paid_status not in Subscription.PAID and bool(row.plan_name != name)


def _put_on(code: str, row: Account, by: StaffCaller, words: str) -> str:
    give_plan(row, code, actor=by.actor)
    return f"is on {code}."


@admin.register(Failure)
class FailureAdmin(StaffAdmin):
    """Jobs of the queue that failed."""

    called = ("failed job", "failed jobs")

    list_display = ["func", "stands", "started", "stopped", "attempt_count", "why"]
    list_filter = ["started"]
    search_fields = ["func"]
    ordering = ["-started"]
    fields = ["name", "func", "started", "stopped", "attempt_count", "why"]

    @display("State")
    def stands(self, row: Any) -> SafeString:
        return badge("failed")

    @display("Why")
    def why(self, row: Any) -> str:
        """The last line of its traceback: what comes before may hold values of customers."""
        return str(row.result or "").strip().rpartition("\n")[2][:200]


@admin.register(OrmQ)
class QueueAdmin(StaffAdmin):
    """Jobs that wait: more than a handful, or old ones, mean that the heartbeat does not keep up."""

    called = ("job", "jobs")

    list_display = ["id", "task_name", "stands", "key", "lock"]
    list_filter = ["key"]
    ordering = ["id"]
    fields = ["id", "key", "task_name", "lock"]

    @display("State", "lock")
    def stands(self, row: Any) -> SafeString:
        """A job that somebody works on is locked until it would be tried again."""
        waited = timezone.now() - row.lock
        return (
            badge("running")
            if waited < timedelta(0)
            else badge("failed", "late")
            if waited > LATE
            else badge("waiting")
        )

    @display("Job")
    def task_name(self, row: Any) -> str:
        return str(row.func())


@admin.register(LogEntry)
class LogEntryAdmin(StaffAdmin):
    """What staff edited by hand: nobody of a customer sees it. Deeds are events."""

    called = ("edit", "edits")

    list_display = ["action_time", "user", "did", "kind", "which", "words"]
    list_filter = ["action_time", "action_flag"]
    fields = ["action_time", "user", "did", "kind", "which", "object_id", "words"]
    list_select_related = ["user", "content_type"]
    search_fields = ["user__email", "object_repr"]
    ordering = ["-action_time"]

    @display("What", "action_flag")
    def did(self, row: LogEntry) -> SafeString:
        tone, word = DID[row.action_flag]
        return badge(tone, word)

    @display("Of what", "content_type")
    def kind(self, row: Any) -> str:
        model = row.content_type.model_class() if row.content_type else None
        return str(model._meta.verbose_name) if model else NOTHING

    @display("Which", "object_repr")
    def which(self, row: LogEntry) -> str:
        return str(row.object_repr)

    @display("In words")
    def words(self, row: LogEntry) -> str:
        return str(row.get_change_message())
