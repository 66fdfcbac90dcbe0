"""Plans a goal by a language model: read, ask, write. No transaction is open and no lock held while the model thinks.

Each request to the model is counted against the price plan before it is sent, a repair and a retry too: a request that
fails, or whose process dies, has been made all the same. Whatever goes wrong, the keyword planner takes over and an
event says why.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F

from billing.actions import consume
from billing.models import Metric
from executor_one.kit.errors import LimitReached
from executor_one.kit.tenancy import account_scope
from goals import asking, loop
from goals.language_model import Model, ModelFailed, ask
from goals.models import Goal
from goals.planning import TaskPlan, by_model
from goals.planning_context import context_for

logger = logging.getLogger(__name__)

LIMIT_REACHED = "limit_reached"
SAID = {
    LIMIT_REACHED: "the plan's LLM calls of this month are used up",
    "refused": "it refused",
    "timeout": "it took too long",
    "rate_limited": "it had too much to do",
}


@dataclass(frozen=True)
class Asking:
    """What a planner needs of a goal while no transaction is open."""

    account_id: str
    goal_id: UUID
    number: int
    description: str
    path: Sequence[str]


def plan_by_model(account_id: str, goal_id: str, number: int) -> None:
    """Answer the asking `number` of a goal; one that is out of date, taken up or of a goal that ended does nothing."""
    asked = take_up(account_id, goal_id, number)
    if asked is None:
        return
    try:
        tree, reason = converse(asked), ""
    except ModelFailed as failure:
        tree, reason = None, failure.reason
        logger.warning("goal %s: the language model did not plan it: %s", goal_id, reason)
    conclude(asked, tree, reason)


def take_up(account_id: str, goal_id: str, number: int) -> Asking | None:
    """Take an asking up, so that no other planner does; the goal is looked at again when an answer must be there."""
    with account_scope(account_id):
        beat = loop.open_tick()
        goal = Goal.objects.filter(pk=goal_id, state=Goal.State.PLANNING, model_asks=number, model_asking=False).first()
        if goal is None or not asking.is_configured():
            return None
        wake = beat.now + timedelta(seconds=asking.patience())
        goal.model_asking, goal.wake_at = True, min(wake, goal.deadline or wake)
        goal.save(update_fields=["model_asking", "wake_at"])
        return Asking(account_id, goal.pk, number, goal.description, goal.semantic_path)


def converse(asked: Asking) -> TaskPlan:
    """Ask for a plan, and once more for a better one if it has faults. Or ModelFailed."""
    until = time.monotonic() + settings.LLM_SECONDS
    question = by_model.Question(asked.description, asked.path, context_for(asked.account_id, asked.description))
    messages, shape = by_model.request(question), by_model.schema(question.context.actuators)
    for is_last in (False, True):
        answer = answer_to(messages, shape, until, lambda: count_call(asked))
        try:
            return by_model.read(answer, question)
        except by_model.InvalidPlan as invalid:
            if is_last:
                break
            messages += by_model.repair(answer, invalid)
    raise ModelFailed("invalid_answer")


def answer_to(
    messages: Sequence[dict[str, str]], shape: Mapping[str, Any], until: float, count: Callable[[], None]
) -> str:
    """What the model answers before the monotonic time `until`; one retry where the server may do better."""
    model = Model(settings.LLM_BASE_URL, settings.LLM_MODEL, settings.LLM_API_KEY)
    for is_last in (False, True):
        left = until - time.monotonic()
        if left <= 0:
            break
        count()
        try:
            return ask(model, messages, shape, seconds=left)
        except ModelFailed as failure:
            pause = failure.retry_after
            if is_last or pause is None or time.monotonic() + pause >= until:
                raise
            time.sleep(pause)
    raise ModelFailed("timeout")


def count_call(asked: Asking) -> None:
    """Count one request to the model, in a transaction of its own; ModelFailed when the plan has none left."""
    try:
        with account_scope(asked.account_id):
            consume(Metric.LLM_CALLS)
            Goal.objects.filter(pk=asked.goal_id).update(model_calls=F("model_calls") + 1)
    except LimitReached:
        raise ModelFailed(LIMIT_REACHED) from None


def conclude(asked: Asking, tree: TaskPlan | None, reason: str) -> None:
    """Give the goal its tasks, if it still waits for them: the model's, or those of the keyword planner."""
    with account_scope(asked.account_id):
        beat = loop.open_tick()
        goal = Goal.objects.filter(pk=asked.goal_id, state=Goal.State.PLANNING).first()
        if goal is None or (tree is None and goal.model_asks != asked.number):  # a later asking may do better
            return
        beat.goals[goal.pk] = goal
        if tree is not None:
            loop.take_on(beat, goal, loop.steps_of(goal, tree))
        else:
            plan_without(beat, goal, reason)
        for step in (loop.select, loop.execute, loop.learn, loop.persist):
            step(beat)
        beat.writes.run()


def plan_without(beat: loop.Tick, goal: Goal, reason: str) -> None:
    """Say that the model did not plan this goal, and plan it without."""
    beat.tell("goal.planner_fallback", goal=goal.pk, reason=reason)
    loop.plan_here(beat, goal)
    if goal.state == Goal.State.FAILED:
        goal.error += f" (The language model was asked first, but {SAID.get(reason, f'gave no plan: {reason}')}.)"
