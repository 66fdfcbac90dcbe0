"""Which goals a language model plans, and the asking for it: a queue job, because the answer takes seconds.

Until the answer is there the goal is `planning`, and its `wake_at` lies a little beyond the time that an answer may
take. A goal that is looked at while it still plans has therefore lost its job, or the process that asked: it is asked
for again, at most MAX_ASKS times in all. Each asking has a number; a job with an old one has nothing to say.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from django.conf import settings

from billing.models import Plan
from executor_one.kit.queue import SLOW, enqueue
from goals import planning
from goals.models import Goal
from goals.planning.by_model import is_tellable

if TYPE_CHECKING:
    from goals.loop import Tick

MAX_ASKS = 3
SPARE_SECONDS = 15  # for the queue, and for writing the plan
NO_ANSWER = "no_answer"  # every asking was lost


@cache
def _has_client() -> bool:
    return find_spec("openai") is not None


def is_configured() -> bool:
    """Whether this installation has a language model (W003 and W004 say why not)."""
    return bool(settings.LLM_BASE_URL and settings.LLM_MODEL) and _has_client()


def patience() -> int:
    """Seconds after which a goal that waits for the model is looked at again."""
    return int(settings.LLM_SECONDS) + SPARE_SECONDS


def waits_for_model(beat: Tick, goal: Goal) -> bool:
    """Whether the goal is left to a language model; then it has been asked for (E-R5, E-R29)."""
    if goal.model_asks < MAX_ASKS and is_for_model(goal, beat.plan):
        goal.model_asks, goal.model_asking = goal.model_asks + 1, False
        if not goal._state.adding:
            beat.writes.update(goal, "model_asks", "model_asking")
        enqueue("goals.tasks.plan_by_model", goal.account_id, str(goal.pk), goal.model_asks, queue=SLOW)
        return True
    if goal.model_asks:
        beat.tell("goal.planner_fallback", goal=goal.pk, reason=NO_ANSWER)
    return False


def is_for_model(goal: Goal, plan: Plan) -> bool:
    """Not on a plan without a model, not for a direct action, not where every step of the path says what to run."""
    if not is_configured() or plan.llm_calls_per_month == 0 or goal.kind == Goal.Kind.DIRECT:
        return False
    if any(not isinstance(step, str) for step in goal.semantic_path):  # whoever wrote a structured step has planned
        return False
    if not is_tellable(goal.description, goal.semantic_path):
        return False
    if not goal.semantic_path:
        return True
    try:
        planning.plan(goal.description, goal.semantic_path)
    except planning.CannotPlan:
        return True
    return False
