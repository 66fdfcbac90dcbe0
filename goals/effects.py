"""Whether a task can be tried again without doing twice what should be done once (decision 0036).

What a second try may do is for the actuator to say (actuators); what the last one did is in its attempt.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from actuators import registry, shell
from goals.models import Attempt, Goal, Task

TOO_MANY = 429  # the one status that says of itself that nothing was done
WORDS = (
    "It was not tried again: it may have been done, and would be done twice. Look, and retry the goal from here if it "
    "was not."
)
BEGUN = (Task.State.RUNNING, Task.State.ENDED, Task.State.COMPLETED, Task.State.FAILED)


class Done(StrEnum):
    """What an attempt's `data.done` says of a try that an actuator refused."""

    NOTHING = "nothing"
    UNKNOWN = "unknown"


def acts_outside(actuator: str, params: Mapping[str, Any]) -> bool:
    """Whether doing such a task twice is more than doing it once. Of a command that is not asked: see decision 17."""
    if actuator == shell.NAME or not registry.is_known(actuator):
        return False
    return registry.effect(actuator, dict(params)) == "external"


def may_repeat(actuator: str, params: Mapping[str, Any], last: Attempt) -> bool:
    """Whether a task can be tried again by itself, after a try that failed."""
    data = last.data or {}
    # Behind a redirect the 429 is another's: whoever was asked first has answered, and may have acted.
    put_off = data.get("status") == TOO_MANY and data.get("redirects") == 0
    return not acts_outside(actuator, params) or data.get("done") == Done.NOTHING or put_off


def may_begin_anew(goal: Goal) -> bool:
    """Whether nothing of a goal's plan has been done, or may have been, that another plan would do once more."""
    begun = Task.objects.filter(goal=goal, position__gte=goal.planned_from, state__in=BEGUN).exclude(
        actuator=shell.NAME
    )
    return not any(acts_outside(task.actuator, task.params) for task in begun)
