"""What django-q2 runs: ids in, an idempotent call out."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Min
from django.utils import timezone

from accounts.models import Look
from billing.queries import graces_over
from executor_one.kit import tenancy
from executor_one.kit.models import KeptAnswer
from executor_one.kit.queue import enqueue
from goals import loop, model_planner
from goals.models import Goal, Pulse, Task
from memory.actions import garbage_is_due
from memory.queries import accounts_with_expired

logger = logging.getLogger(__name__)

DUE_ACCOUNTS = 100
READ_EVERY = timedelta(minutes=1)  # when the heartbeat takes a reading of itself


def tick(account_id: str) -> None:
    """One beat of one account."""
    loop.tick(account_id)


def pulse() -> None:
    """The clock: say that the heartbeat lives, tick the accounts that have something due; each minute tidy up, sign."""
    before, now = beat(), timezone.now()
    with tenancy.all_accounts(reason="the clock looks for what is due in any account"):
        due = [account for rows in _due(now) for account in _first(rows)]
        chores = _chores(before, now)
    for account_id in dict.fromkeys(due):
        try:
            loop.tick(account_id)
        except Exception:  # of one account; the others must not wait for it
            logger.exception("the tick of %s failed", account_id)
            _put_off(account_id, now)
    if chores:
        _ring(chores, an_hour_is_over=before.hour != now.hour)


@dataclass(frozen=True)
class Chores:
    """What is to be tidied once a minute."""

    late: list[str]  # accounts that have not paid for too long
    untidy: list[str]  # accounts with expired memories: one whose goals rest has no tick that would collect them
    are_staff_looking: bool
    are_answers_old: bool


def _chores(before: datetime, now: datetime) -> Chores | None:
    """Those of the minute that is over since the beat before; None while it goes on."""
    if not garbage_is_due(before, now):
        return None
    return Chores(
        graces_over(now),
        accounts_with_expired(now),
        Look.objects.open().exists(),
        KeptAnswer.objects.filter(kept_until__lte=now).exists(),
    )


def _ring(chores: Chores, *, an_hour_is_over: bool) -> None:
    """Queue them."""
    enqueue("events.tasks.sign_heads")
    for account_id in chores.late:
        enqueue("billing.tasks.end_grace", account_id)
    for account_id in chores.untidy:
        enqueue("memory.tasks.collect", account_id)
    if chores.are_staff_looking:
        enqueue("accounts.tasks.end_looks")
    if chores.are_answers_old:
        enqueue("executor_one.kit.tasks.forget_answers")
    if an_hour_is_over:
        enqueue("executor_one.kit.tasks.forget_buckets")
        enqueue("accounts.tasks.forget_requests")


def _due(now: datetime) -> tuple[Any, Any]:
    """What a tick is due for, each with its time as `due`."""
    return (
        Goal.objects.filter(state__in=Goal.OPEN, wake_at__lte=now).annotate(due=F("wake_at")),
        Task.objects.filter(state=Task.State.DELAYED, retry_at__lte=now).annotate(due=F("retry_at")),
    )


def _first(rows: Any) -> list[str]:
    """The accounts that have been due longest: accounts, because one may have any number of rows."""
    accounts = rows.values("account_id").annotate(first=Min("due")).order_by("first")
    return list(accounts.values_list("account_id", flat=True)[:DUE_ACCOUNTS])


def _put_off(account_id: str, now: datetime) -> None:
    """Make what could not be ticked due again later, or a hundred such accounts would be all that is looked at."""
    later = now + timedelta(seconds=loop.RECHECK_SECONDS)
    with tenancy.account_scope(account_id):
        goals, tries = _due(now)
        goals.update(wake_at=later)
        tries.update(retry_at=later)


def beat() -> datetime:
    """Count one beat, and answer when the one before it was; several heartbeats of one installation count as one."""
    now = timezone.now()
    before, read_at = Pulse.objects.filter(pk=1).values_list("pulsed_at", "read_at").first() or (None, None)
    fresh = now - timedelta(seconds=0.3)
    more: dict[str, Any] = {}
    if read_at is None or now - read_at >= READ_EVERY:  # of the row as it was: its last reading becomes the older one
        more = {"before_at": F("read_at"), "before_count": F("read_count"), "read_at": now}
        more["read_count"] = F("tick_count") + 1
    beats = Pulse.objects.filter(pk=1, pulsed_at__lte=fresh)
    if not beats.update(tick_count=F("tick_count") + 1, pulsed_at=now, **more):
        first = {"tick_count": 1, "pulsed_at": now, "read_count": 1, "read_at": now}
        Pulse.objects.get_or_create(pk=1, defaults=first)
    return before or now


def plan_by_model(account_id: str, goal_id: str, asking: int) -> None:
    """Ask a language model for the plan of a goal; takes up to LLM_SECONDS, so its queue is the slow one."""
    model_planner.plan_by_model(account_id, goal_id, asking)
