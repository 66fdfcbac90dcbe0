"""Reads that join: the executor's state as it is now, and what a goal is doing."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from billing.models import Plan
from goals import formulas
from goals.models import ExecutorState, Goal, Task

RECENT = 50


def executor_state(plan: Plan) -> dict[str, Any]:
    """The five values of E12 for the active account, reckoned at this moment (an idle account is never ticked)."""
    now = timezone.now()
    state = ExecutorState.objects.first() or ExecutorState(assessed_at=now)
    opened = Goal.objects.filter(state__in=Goal.OPEN).values_list("priority", "deadline")
    recent = Goal.objects.filter(kind=Goal.Kind.GOAL).order_by("-created_at")[:RECENT].count()
    active = Task.objects.filter(state__in=Task.ACTIVE).count()
    tired = formulas.fatigue(
        state.fatigue, state.busy_share if active else 0, (now - state.assessed_at).total_seconds()
    )
    return {
        "urgency": round(formulas.urgency((p, (d - now).total_seconds() if d else None) for p, d in opened), 4),
        "confidence": round(formulas.confidence(state.succeeded, state.failed), 4),
        "fatigue": round(tired, 4),
        "curiosity": round(formulas.curiosity(recent, recent), 4),
        "tick_count": state.tick_count,
    }


def current_task(goal: Goal) -> str | None:
    """The name of the task that runs, or of the one that is next; None when the goal is finished."""
    if goal.is_finished:
        return None
    open_tasks = goal.tasks.filter(state__in=Task.OPEN)
    first = open_tasks.filter(state__in=Task.ACTIVE).first() or open_tasks.first()
    return first.name if first else None
