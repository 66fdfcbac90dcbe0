"""What the events of goals and tasks hold. Words of customers are cut and masked; commands are not told at all.

What a task prints is told as it is (task.output), like in its attempts: it is what the customer came for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from actuators import shell
from events.actions import event
from events.models import Event
from goals import withheld
from goals.models import Attempt, Goal, Task
from goals.planning.hiding import mask

if TYPE_CHECKING:
    from goals.claims import Lease

LONGEST_DESCRIPTION = 200
LONGEST_MESSAGE = 500
CANCELLED, BECAUSE = "It was cancelled by request.", "It was cancelled by request: "
# What fails a task and is no fault of the customer's command.
OURS = {"sandbox_unavailable", "runner_lost", "actuator_failed"}
# What no pattern of memory.hiding can find anything in: short words of letters, none of which names a secret. To mask
# a sentence takes a millisecond, and most have nothing to mask.
HARMLESS = re.compile(
    r"(?i)(?!.*(?:pass|wort|woord|contrase|senha|pw|secret|cred|auth|key|token|pin|bearer|basic|digest|cookie|jwt))"
    r"(?:[a-z]{1,19}(?:\.[a-z]{1,19})?[,.;?]?(?: |\Z))*"
)


@dataclass(frozen=True)
class Words:
    """What a try has printed to one stream since it was told last; `offset`: how many characters came before."""

    stream: str
    text: str
    offset: int
    at: datetime


@dataclass(frozen=True)
class News:
    """What a try has not told yet; `started`: nor that it has begun."""

    started: bool
    words: Sequence[Words] = ()

    def __bool__(self) -> bool:
        return self.started or bool(self.words)


def created(goal: Goal, *, actor: str, **more: Any) -> Event:
    """goal.created"""
    words = goal.description[:LONGEST_DESCRIPTION]
    if goal.kind == Goal.Kind.DIRECT:  # its description is its command
        words = goal.semantic_path[0]["type"]
    told = {"goal": str(goal.pk), "kind": goal.kind, "description": masked(words), **more}
    return event("goal.created", told, actor=actor)


def progress(goal: Goal) -> dict[str, Any]:
    """The data of goal.progress."""
    share = round(goal.tasks_completed / goal.tasks_total, 4)
    return {
        "goal": goal.pk,
        "progress": share,
        "tasksCompleted": goal.tasks_completed,
        "tasksTotal": goal.tasks_total,
    }


def ended(task: Task, last: Attempt) -> dict[str, Any]:
    """The data of task.completed and task.failed."""
    told = {
        **_try(task.goal_id, task.pk, last.number),
        "name": called(task.name, task.actuator, task.params),
        "durationMs": last.duration_ms,
        "exitCode": last.exit_code,
    }
    if last.outcome != Attempt.Outcome.SUCCEEDED:
        told |= {"code": last.error_code, "message": message(last.error)}
    return told


def printed(lease: Lease, news: News) -> list[Event]:
    """task.started, if it was not told yet, and task.output for what is new."""
    about, told = _try(lease.goal_id, lease.task_id, lease.epoch), []
    if news.started:
        more = {"name": called(lease.name, lease.actuator, lease.params), "actuator": lease.actuator}
        told.append(event("task.started", {**about, **more}, at=lease.started_at))
    for one in news.words:
        data = {**about, "stream": one.stream, "text": one.text, "offset": one.offset}
        told.append(event("task.output", data, at=one.at))
    return told


def called(name: str, actuator: str, params: Mapping[str, Any]) -> str:
    """What a task is called in events: where its name is its command, by its program alone (`npm …`).

    A command may hold a secret that no pattern finds, or half of one where the name was cut. The other actuators make
    names without any (`title`); the name of a direct execution is its command.
    """
    if name.startswith(f"{actuator}: "):
        return actuator
    return masked(withheld.name_of(name, actuator, params) if actuator == shell.NAME else name)


def cancelled(reason: str) -> str:
    """What a cancelled goal says of its end."""
    return f"{BECAUSE}{reason}" if reason else CANCELLED


def reason_of(goal: Goal) -> str:
    """Why somebody cancelled a goal, in their own words; empty where they gave none."""
    is_told = goal.state == Goal.State.CANCELLED and goal.error.startswith(BECAUSE)
    return goal.error.removeprefix(BECAUSE) if is_told else ""


def why(goal: Goal, instead: str = "") -> dict[str, str]:
    """What the event of a goal's end says of its reason; `instead` of an error that quotes a command."""
    if goal.state == Goal.State.COMPLETED:
        return {}
    told = {"error": goal.error_code}
    if reason := reason_of(goal):
        told["reason"] = message(reason)
    if goal.state == Goal.State.FAILED:
        error = instead or goal.error
        is_direct = goal.kind == Goal.Kind.DIRECT  # its only task has its command for a name
        told["message"] = message(goal.error.removeprefix(f"{goal.description[:200]}: ") if is_direct else error)
    return told


def message(text: str) -> str:
    """The words of an error as events hold them."""
    return masked(text[:LONGEST_MESSAGE])


def words(text: str, most: int = 160) -> str:
    """A customer's words where others read them: the first `most` characters, secrets masked."""
    return masked(text[:most]) + ("…" if len(text) > most else "")


@lru_cache(1024)
def masked(text: str) -> str:
    return text if HARMLESS.fullmatch(text) else str(mask(text))


def _try(goal: object, task: object, attempt: int) -> dict[str, Any]:
    return {"goal": str(goal), "task": str(task), "attempt": attempt}
