"""What django-q2 runs: ids in, an idempotent call out."""

from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from executor_one.kit import tenancy
from goals import loop, model_planner
from goals.models import Goal, Pulse, Task

DUE_ACCOUNTS = 100


def tick(account_id: str) -> None:
    """One beat of one account."""
    loop.tick(account_id)


def pulse() -> None:
    """The clock: say that the heartbeat lives, and tick the accounts that have something due."""
    beat()
    with tenancy.all_accounts(reason="the clock looks for what is due in any account"):
        now = timezone.now()
        goals = Goal.objects.filter(state__in=Goal.OPEN, wake_at__lte=now).order_by("wake_at")
        tries = Task.objects.filter(state=Task.State.DELAYED, retry_at__lte=now).order_by("retry_at")
        due = [row for rows in (goals, tries) for row in rows.values_list("account_id", flat=True)[:DUE_ACCOUNTS]]
    for account_id in dict.fromkeys(due):
        loop.tick(account_id)


def beat() -> None:
    """Count one beat; several heartbeats of one installation count as one."""

    now = timezone.now()
    fresh = now - timedelta(seconds=0.3)
    if not Pulse.objects.filter(pk=1, pulsed_at__lte=fresh).update(tick_count=F("tick_count") + 1, pulsed_at=now):
        Pulse.objects.get_or_create(pk=1, defaults={"tick_count": 1, "pulsed_at": now})


def plan_by_model(account_id: str, goal_id: str, asking: int) -> None:
    """Ask a language model for the plan of a goal; takes up to LLM_SECONDS, so its queue is the slow one."""
    model_planner.plan_by_model(account_id, goal_id, asking)
