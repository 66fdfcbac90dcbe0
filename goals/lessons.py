"""What a goal taught the executor, kept as a memory: what healed a failure, and what nothing healed.

People find it by recall, and a language model is told of it when it plans (goals.planning_context). One failure is one
memory, however often it comes: its key is made of the failure's signature, and the write gate joins what is alike.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from goals.models import Goal, Task
from memory.actions import learn
from memory.gate import without_secrets

PREFIX = "executor/lessons/"
TAG = "lesson"
HEALED, OPEN = 0.6, 0.4  # importance
FAILURES = {"exit_code", "timeout", "memory", "disk", "output"}  # of commands: there is something to be learned


def keep_lesson(goal: Goal) -> None:
    """Remember what healed this goal's failures, or the failure that ended it."""
    if goal.kind != Goal.Kind.GOAL or not (goal.fixes_worked or goal.error_code in FAILURES):
        return
    done = goal.state == Goal.State.COMPLETED
    for task in Task.objects.filter(goal=goal, next_try__isnull=False).order_by("position"):
        _keep(goal, task.next_try or {}, healed=done or task.state == Task.State.COMPLETED)


def _keep(goal: Goal, trial: dict[str, Any], *, healed: bool) -> None:
    signature = without_secrets(str(trial["signature"]))  # masked, not sealed: a planner is to read it
    lesson = {
        "failure": signature,
        "healed": healed,
        "tried": [rung for rung, _ in trial.get("tried", [])],
        **({"by": without_secrets(str(trial["reason"]))} if healed else {}),
    }
    name = sha256(signature.encode()).hexdigest()[:16]
    importance = HEALED if healed else OPEN
    learn(f"{PREFIX}{name}", lesson, tags=[TAG], importance=importance, learned_from=goal.pk)
