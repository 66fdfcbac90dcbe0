"""What a goal would do if it were stated now: planned by what the loop plans with, and nothing written or counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from accounts.models import Account
from billing.models import Plan
from executor_one.kit import tenancy
from goals import loop, planning
from goals.asking import is_for_model
from goals.crystallized import steps_by_tree
from goals.models import Goal, Task

LOOKED_AT = 500  # newest goals among which past runs are looked for
RUNS = 20  # of which the median is taken
MODEL = "llm"
TOUCHES = {  # by actuator, as its walls let it
    "shell": "the files of your workspace; no network",
    "file-writer": "the files of your workspace",
    "http-client": "the host that it names; nothing private",
    "database": "the database that it names, or a file of your workspace",
    "docker": "containers of yours on an engine of the operator",
}
SHELL_WITH_HOSTS = "the files of your workspace, and the hosts that the account has listed"


@dataclass(frozen=True)
class Expected:
    """How long such goals took: the median of `runs` of them; None before the first."""

    duration_ms: int | None = None
    runs: int = 0


@dataclass(frozen=True)
class Preview:
    """What a goal would do. `planner` None: nothing can plan it, and `error` holds the code and the words."""

    planner: str | None
    asks_model: bool = False
    task_tree: UUID | None = None
    tasks: list[dict[str, Any]] = field(default_factory=list)
    expected: Expected = Expected()
    error: dict[str, str] | None = None


def preview(plan: Plan, account: Account, *, description: str, path: Sequence[str] = ()) -> Preview:
    """The plan of a goal of the active account, in the order in which goals.loop.plan asks the planners.

    A language model is not asked: that costs a call, and it may answer otherwise the next time.
    """
    goal = Goal(account_id=tenancy.active_account_id(), description=description, semantic_path=list(path))
    if not (steps := steps_by_tree(goal)):
        if is_for_model(goal, plan):
            return Preview(MODEL, asks_model=True, expected=expected(goal))
        try:
            steps = loop.planned_steps(goal)
        except planning.CannotPlan as reason:
            return Preview(None, error={"code": "cannot_plan", "message": str(reason)})
    touches = {**TOUCHES, "shell": SHELL_WITH_HOSTS} if settings.EGRESS and account.egress_hosts else TOUCHES
    return Preview(goal.planner, False, goal.task_tree, [_told(step, touches) for step in steps], expected(goal))


def expected(goal: Goal) -> Expected:
    """The median duration of what completed lately by the same tree, or of the same text and steps."""
    same = Q(description=goal.description, semantic_path=goal.semantic_path)
    if goal.task_tree:
        same |= Q(task_tree=goal.task_tree)
    lately = Goal.objects.filter(kind=Goal.Kind.GOAL).order_by("-created_at", "-id").values("pk")[:LOOKED_AT]
    past = Goal.objects.filter(same, pk__in=lately, state=Goal.State.COMPLETED, retry_of=None)
    times = past.order_by("-created_at").values_list("started_at", "finished_at")[:RUNS]
    took = [(end - start).total_seconds() * 1000 for start, end in times if start and end]
    return Expected(round(median(took)), len(took)) if took else Expected()


def _told(task: Task, touches: Mapping[str, str]) -> dict[str, Any]:
    return {
        "position": task.position,
        "name": task.name,
        "actuator": task.actuator,
        "params": task.params,
        "depends_on": task.depends_on,
        "timeout_ms": task.timeout_ms,
        "touches": touches.get(task.actuator),
    }
