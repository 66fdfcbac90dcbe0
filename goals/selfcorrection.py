"""Self-correction (E-R20): a task whose try failed is tried again, differently, before its goal fails.

The ladder itself is an algorithm (goals.correction.ladder); here it reads what the account knows and writes what came
of it. `Task.next_try` says how the next try differs: {rung, reason, signature, correction, actuator, params, wait,
before, kept, broke, tried}. `signature` is the failure that it is about, `before` what ran when that came, `kept` the
corrections in it, `broke` those of them whose programs could not start, `tried` every rung so far.
"""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from actuators import http_client
from goals import effects
from goals.correction import blame, ladder
from goals.models import Attempt, Goal, Task
from memory import fixes, learned
from memory.models import Correction
from memory.signature import Signature, signature
from memory.standing import after_use

if TYPE_CHECKING:
    from goals.loop import Tick

MOST_OWN = 10  # corrections of one failure that are looked at: each may take the time that its pattern is allowed
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


def correct(beat: Tick, task: Task, goal: Goal, last: Attempt, *, doubted: bool) -> bool:
    """Climb the next rung: the task will be tried again. False: there is none left, or it is not to be corrected.

    `doubted`: where it is False now, the goal can be planned anew (ladder.next_rung).
    """
    trial = task.next_try or {}
    goal.fixes_applied += _had_a_fix(trial)
    if last.outcome == Attempt.Outcome.SUCCEEDED:
        _judge(goal, _applied(trial), worked=True)
        _register(goal, trial)
        return False
    if last.outcome != Attempt.Outcome.FAILED:
        return False
    failure = failure_of(task, last)
    is_same = trial.get("signature") == str(failure)
    may_climb = _is_corrected(goal) and effects.may_repeat(**_ran(task), last=last)
    rung = _next_rung(task, failure, is_same=is_same, doubted=doubted) if may_climb else None
    kept = _kept(goal, trial, failure)
    broke = _broke(trial, failure, last, kept)
    if rung is None:
        _judge(goal, broke, worked=False)
        if failure.exit_class not in ladder.NOT_RUN:  # that is the machine's doing and says nothing of a fix
            _doubt([one for one in kept if one not in broke])
        return False
    about = {"signature": str(failure), "kept": kept, "broke": broke, "before": _base(task, is_same)}
    _try_again(beat, task, goal, last, rung, about)
    return True


def _had_a_fix(trial: dict[str, Any]) -> bool:
    """Whether the try that has ended was one with a fix, and no mere repetition."""
    return bool(trial.get("tried") and trial["tried"][-1][1])


def _kept(goal: Goal, trial: dict[str, Any], failure: Signature) -> list[str]:
    """The corrections that healed their own failure, for another one came. One whose own came again is judged now."""
    applied = _applied(trial)
    mine = Correction.objects.filter(pk__in=applied, signature__in=[str(failure), failure.of_any_exit])
    again = {str(pk) for pk in mine.values_list("pk", flat=True)} if applied else set()
    _judge(goal, sorted(again), worked=False)
    return [one for one in applied if one not in again]


def _broke(trial: dict[str, Any], failure: Signature, last: Attempt, kept: list[str]) -> list[str]:
    """The corrections whose programs could not start. Only how the task ends says whether that was the last word."""
    mine = trial.get("correction")
    broke = [*trial.get("broke", []), *([mine] if mine and _cannot_start(trial, failure, last) else [])]
    return [one for one in dict.fromkeys(broke) if one in kept]


def _cannot_start(trial: dict[str, Any], failure: Signature, last: Attempt) -> bool:
    ran, before = (str(params.get("command", "")) for params in (trial["params"], trial["before"]["params"]))
    return blame.broke(failure.exit_class, f"{last.stdout}\n{last.stderr}", ran=ran, before=before)


def _next_rung(task: Task, failure: Signature, *, is_same: bool, doubted: bool) -> ladder.Rung | None:
    tried = [ladder.Tried(*one) for one in (task.next_try or {}).get("tried", [])]
    known, base = _known(failure), _base(task, is_same)
    return ladder.next_rung(failure, **base, known=known, tried=tried, doubted=doubted)


def _base(task: Task, is_same: bool) -> dict[str, Any]:
    """What a fix is applied to: what ran; or, where that did not help, what ran before it."""
    return (task.next_try or {})["before"] if is_same else _ran(task)


def _applied(trial: dict[str, Any]) -> list[str]:
    """The corrections in what ran: that of the try itself, and those after which another failure came."""
    return [str(one) for one in (*trial.get("kept", []), trial.get("correction")) if one]


def failure_of(task: Task, last: Attempt) -> Signature:
    """The signature of a failed try."""
    ran = _ran(task)
    printed = "" if ran["actuator"] == http_client.NAME else last.stdout  # the body of an answer: its status says why
    return signature(
        ran["actuator"], exit_code=last.exit_code, error_code=last.error_code, stdout=printed, stderr=last.stderr,
        error=last.error, command=str(ran["params"].get("command", "")),
    )  # fmt: skip


def said(task: Task, goal: Goal, last: Attempt) -> str:
    """Why the task failed, for people: its error and what was tried against it."""
    if not _is_corrected(goal) or last.outcome != Attempt.Outcome.FAILED:
        return last.error
    if not effects.may_repeat(**_ran(task), last=last):
        return f"{last.error} {effects.WORDS}"
    tried = [ladder.Tried(*one) for one in (task.next_try or {}).get("tried", [])]
    return f"{last.error} {ladder.escalation(failure_of(task, last), tried)}".strip()


def last_words(goal: Goal) -> str:
    """What had failed and was to be tried again when a goal came to its end for another reason; "" for nothing."""
    waiting = Task.objects.filter(goal=goal, state=Task.State.DELAYED).order_by("position").first()
    return f" {waiting.name} had failed and was to be tried again: {waiting.error}" if waiting else ""


def _is_corrected(goal: Goal) -> bool:
    return goal.self_correct and goal.kind == Goal.Kind.GOAL


def _ran(task: Task) -> dict[str, Any]:
    trial = task.next_try or {}
    return {"actuator": trial.get("actuator", task.actuator), "params": trial.get("params", task.params)}


def _known(failure: Signature) -> list[ladder.Known]:
    """The account's corrections of this failure, those that were taught without its exit code too."""
    mine = Correction.objects.filter(signature__in=[str(failure), failure.of_any_exit])
    shipped = ladder.shipped_digests()
    own = mine.exclude(fix_digest__in=shipped).filter(retired_at=None).order_by("-rank", "-times_worked", "id")
    return [
        ladder.Known(
            id=one.pk, fix=one.fix, fix_id=one.fix_id, times_used=one.times_used, times_worked=one.times_worked,
            rank=one.rank, retired=one.retired_at is not None,
        )
        for one in (*own[:MOST_OWN], *mine.filter(fix_digest__in=shipped))
    ]  # fmt: skip


def _try_again(
    beat: Tick, task: Task, goal: Goal, last: Attempt, rung: ladder.Rung, about: dict[str, Any]
) -> None:  # fmt: skip
    """Put the task among the waiting ones again, or among the delayed ones."""
    correction = _correction_of(about["signature"], rung, goal)
    tried = [*(task.next_try or {}).get("tried", []), [rung.rung, fixes.digest(rung.fix) if rung.fix else ""]]
    task.next_try = {
        **about, "rung": rung.rung, "reason": rung.reason, "correction": correction, "actuator": rung.actuator,
        "params": rung.params, "wait": rung.wait_seconds, "tried": tried,
    }  # fmt: skip
    wait = rung.wait_seconds * (1 + JITTER * random.random())  # noqa: S311 - no secret
    task.state = Task.State.DELAYED if wait else Task.State.WAITING
    task.retry_at = beat.now + timedelta(seconds=wait) if wait else None
    task.runner, task.lease_until, task.released_at, task.error = None, None, None, last.error
    beat.writes.update(task, "state", "next_try", "retry_at", "runner", "lease_until", "released_at", "error")
    beat.work = None  # what waits has changed
    told = {"correction": correction, "fix": rung.fix_id}
    beat.tell(
        "correction.applied", goal=goal.pk, task=task.pk, attempt=last.number, rung=rung.rung, wait=round(wait, 3),
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


def _judge(goal: Goal, corrections: list[Any], *, worked: bool) -> None:
    """Count how corrections did."""
    for pk in filter(None, corrections):
        correction = Correction.objects.select_for_update().filter(pk=pk).first()
        if correction:  # else deleted meanwhile
            goal.fixes_worked += worked
            standing = after_use(correction.times_used, correction.times_worked, worked)
            learned.record_use(correction, standing)


def _doubt(corrections: list[Any]) -> None:
    """Count a task that failed with another failure than those that corrections are for."""
    for correction in Correction.objects.select_for_update().filter(pk__in=corrections).order_by("pk"):
        learned.record_undecided(correction)


def _register(goal: Goal, trial: dict[str, Any]) -> None:
    """A failure that time healed has a resolution too: waiting that long is its fix next time (E-R21)."""
    if trial.get("rung") != Attempt.Rung.BACKOFF or not trial.get("wait"):
        return
    fix = {"kind": "wait", "seconds": trial["wait"]}
    reason = f"After a wait of {trial['wait']:g} s the same command worked."
    Correction.objects.get_or_create(
        account_id=goal.account_id, signature=trial["signature"], fix_digest=fixes.digest(fix),
        defaults={
            "fix": fix, "reason": reason, "learned_from": goal.pk, "source": Correction.Source.LEARNED,
        },
    )  # fmt: skip
