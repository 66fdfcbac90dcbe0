"""Self-correction (E-R20): a task whose try failed is tried again, differently, before its goal fails.

The ladder itself is an algorithm (goals.correction.ladder); here it reads what the account knows and writes what came
of it. `Task.next_try` says how the next try differs: {rung, reason, signature, fix, fixId, correction, actuator,
params, before, tried}. `before` is what ran when the failure came that the try is about; `tried` every rung so far.
"""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from goals.correction import ladder
from goals.models import Attempt, Goal, Task
from memory import fixes, learned
from memory.models import Correction
from memory.signature import Signature, signature
from memory.standing import after_use

if TYPE_CHECKING:
    from goals.loop import Tick

JITTER = 0.1  # of a wait, so that what failed together does not come back together


def tried_as(task: Task) -> dict[str, Any]:
    """What an attempt at this task says of the rung that it was."""
    trial = task.next_try or {}
    params = trial.get("params")
    return {
        "rung": trial.get("rung", Attempt.Rung.FIRST),
        "reason": trial.get("reason", "")[:500],
        "correction": trial.get("correction"),
        "params": params if params != task.params else None,
    }


def correct(beat: Tick, task: Task, goal: Goal, last: Attempt) -> bool:
    """Climb the next rung: the task will be tried again. False: there is none left, or it is not to be corrected."""
    failure = failure_of(task, last) if last.outcome != Attempt.Outcome.SUCCEEDED else None
    _judge(task, goal, failure)
    if failure is None or not _is_corrected(goal) or last.outcome != Attempt.Outcome.FAILED:
        return False
    last_trial, text = task.next_try or {}, str(failure)
    before = last_trial["before"] if last_trial.get("signature") == text else _ran(task)
    tried = last_trial.get("tried", [])
    rung = ladder.next_rung(
        failure, failure.raw, **before, known=_known(failure), tried=[ladder.Tried(*one) for one in tried]
    )
    if rung is None:
        return False
    digest = fixes.digest(rung.fix) if rung.fix else ""
    task.next_try = {
        "rung": rung.rung, "reason": rung.reason, "signature": text, "correction": _correction_of(text, rung, goal),
        "actuator": rung.actuator, "params": rung.params, "before": before, "tried": [*tried, [rung.rung, digest]],
    }  # fmt: skip
    _try_again(beat, task, goal, rung)
    return True


def failure_of(task: Task, last: Attempt) -> Signature:
    """The signature of a failed try."""
    ran = _ran(task)
    return signature(
        ran["actuator"], exit_code=last.exit_code, error_code=last.error_code, stdout=last.stdout, stderr=last.stderr,
        error=last.error, command=str(ran["params"].get("command", "")),
    )  # fmt: skip


def said(task: Task, goal: Goal, last: Attempt) -> str:
    """Why the task failed, for people: its error and what was tried against it."""
    if not _is_corrected(goal) or last.outcome != Attempt.Outcome.FAILED:
        return last.error
    tried = [ladder.Tried(*one) for one in (task.next_try or {}).get("tried", [])]
    return f"{last.error} {ladder.escalation(failure_of(task, last), tried)}".strip()


def _is_corrected(goal: Goal) -> bool:
    return goal.self_correct and goal.kind == Goal.Kind.GOAL


def _ran(task: Task) -> dict[str, Any]:
    trial = task.next_try or {}
    return {"actuator": trial.get("actuator", task.actuator), "params": trial.get("params", task.params)}


def _known(failure: Signature) -> list[ladder.Known]:
    """The account's corrections of this failure, those that were taught without its exit code too."""
    known = Correction.objects.filter(signature__in=[str(failure), failure.of_any_exit])
    return [
        ladder.Known(
            id=one.pk, fix=one.fix, fix_id=one.fix_id, times_used=one.times_used, times_worked=one.times_worked,
            rank=one.rank, retired=one.retired_at is not None,
        )
        for one in known
    ]  # fmt: skip


def _try_again(beat: Tick, task: Task, goal: Goal, rung: ladder.Rung) -> None:
    """Put the task among the waiting ones again, or among the delayed ones."""
    wait = rung.wait_seconds * (1 + JITTER * random.random())  # noqa: S311 - no secret
    task.state = Task.State.DELAYED if wait else Task.State.WAITING
    task.retry_at = beat.now + timedelta(seconds=wait) if wait else None
    task.runner, task.lease_until, task.released_at = None, None, None
    beat.writes.update(task, "state", "next_try", "retry_at", "runner", "lease_until", "released_at")
    beat.work = None  # what waits has changed
    goal.fixes_applied += rung.fix is not None
    told = {"correction": (task.next_try or {})["correction"], "fix": rung.fix_id}
    beat.tell(
        "correction.applied", goal=goal.pk, task=task.pk, rung=rung.rung, wait=round(wait, 3),
        **{name: value for name, value in told.items() if value},
    )  # fmt: skip


def _correction_of(text: str, rung: ladder.Rung, goal: Goal) -> str | None:
    """The row that keeps how this fix does against this failure; made at its first use (E-R21)."""
    if rung.correction or rung.fix is None:
        return str(rung.correction) if rung.correction else None
    row, _ = Correction.objects.get_or_create(
        account_id=goal.account_id, signature=text, fix_digest=fixes.digest(rung.fix),
        defaults={
            "fix": rung.fix, "fix_id": rung.fix_id, "reason": ladder.title(rung.fix_id)[:300], "learned_from": goal.pk,
            "source": Correction.Source.CATALOGUE,
        },
    )  # fmt: skip
    return str(row.pk)


def _judge(task: Task, goal: Goal, failure: Signature | None) -> None:
    """Count how the fix did that the try applied. Another failure than the one it was for says nothing about it."""
    trial = task.next_try or {}
    if not trial.get("correction") or (failure and str(failure) != trial["signature"]):
        return
    correction = Correction.objects.filter(pk=trial["correction"]).first()
    if correction is None:  # deleted meanwhile
        return
    worked = failure is None
    goal.fixes_worked += worked
    learned.record_use(correction, after_use(correction.times_used, correction.times_worked, worked))
