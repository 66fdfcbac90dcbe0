"""Writes of what the executor learned: corrections, task trees, the registry; each with its event."""

from __future__ import annotations

from typing import Any, TypeVar

from django.utils import timezone

from events.actions import event, publish, told_last
from executor_one.kit import tenancy
from executor_one.kit.batch import Batch
from executor_one.kit.errors import Conflict
from memory import fixes
from memory.models import Correction, Tally, TaskTree
from memory.standing import UNDECIDED_TASKS, Standing, after_use

TALLY = """
    INSERT INTO memory_tally AS tally (account_id, kind, planner, succeeded, failed, cancelled, duration_ms,
        fixes_applied, fixes_worked)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (account_id, kind, planner) DO UPDATE SET
        succeeded = tally.succeeded + excluded.succeeded, failed = tally.failed + excluded.failed,
        cancelled = tally.cancelled + excluded.cancelled, duration_ms = tally.duration_ms + excluded.duration_ms,
        fixes_applied = tally.fixes_applied + excluded.fixes_applied,
        fixes_worked = tally.fixes_worked + excluded.fixes_worked"""
Row = TypeVar("Row", Correction, TaskTree)
MAX_CORRECTIONS = 10_000  # of one account, so that nobody's teaching fills our disks


def teach(*, signature: str, fix: dict[str, Any], reason: str, actor: str) -> tuple[Correction, bool]:
    """A customer's own fix for a failure; (correction, whether it is new). A retired one gets a new chance."""
    digest = fixes.digest(fix)
    known = Correction.objects.select_for_update().filter(signature=signature, fix_digest=digest).first()
    if known:
        known.reason, known.source = reason or known.reason, Correction.Source.CUSTOMER
        if known.retired_at:
            known.retired_at, known.times_used, known.times_worked, known.rank = None, 0, 0, 0.5
            known.times_undecided = 0
        known.save()
        return known, False
    if Correction.objects.count() >= MAX_CORRECTIONS:
        raise Conflict(f"An account keeps at most {MAX_CORRECTIONS:,} corrections; delete some first.")
    correction = Correction.objects.create(
        account_id=tenancy.active_account_id(), signature=signature, fix=fix, fix_digest=digest, reason=reason,
        source=Correction.Source.CUSTOMER,
    )  # fmt: skip
    publish(event("correction.taught", {"correction": str(correction.pk)}, actor=actor))
    return correction, True


def crystallize_correction(correction: Correction, *, actor: str) -> Correction:
    """Make it permanent (E-R18); again is fine."""
    return _crystallize(correction, "correction", actor)


def crystallize_tree(tree: TaskTree, *, actor: str) -> TaskTree:
    """Make it permanent (E-R18); again is fine."""
    return _crystallize(tree, "taskTree", actor)


def _crystallize(row: Row, name: str, actor: str) -> Row:
    if not row.crystallized:
        row.crystallized = True
        row.save(update_fields=["crystallized"])
        publish(event(f"{name}.crystallized", {name: str(row.pk)}, actor=actor))
    return row


@told_last()
def forget_correction(correction: Correction, *, actor: str) -> None:
    """Delete it, crystallized or not; what the catalogue knows of that failure is tried anew."""
    publish(event("correction.deleted", {"correction": str(correction.pk)}, actor=actor))
    correction.delete()


@told_last()
def forget_tree(tree: TaskTree, *, actor: str) -> None:
    """Delete it, crystallized or not; the next such goal is planned."""
    publish(event("taskTree.deleted", {"taskTree": str(tree.pk)}, actor=actor))
    tree.delete()


@told_last()
def record_use(correction: Correction, standing: Standing) -> None:
    """Write how a correction stands after a use; auto-crystallized (E-R31) and retired ones are events."""
    told = {"correction": str(correction.pk)}
    correction.times_used, correction.times_worked = standing.times_used, standing.times_worked
    correction.rank, correction.last_used_at = standing.rank, timezone.now()
    if standing.crystallize and not correction.crystallized:
        correction.crystallized = True
        publish(event("correction.crystallized", told))
    if standing.retire and not correction.retired_at:
        publish(event("correction.retired", told))
    correction.retired_at = correction.last_used_at if standing.retire else None
    correction.save(update_fields=["times_used", "times_worked", "rank", "last_used_at", "crystallized", "retired_at"])


def record_undecided(correction: Correction) -> None:
    """Write that a task failed otherwise after a correction: nobody knows whether it healed or only brought that error.

    Until it has worked once, UNDECIDED_TASKS of them count as one failure, so that it is not applied for ever. The
    catalogue's are known to heal, and the crystallized ones to somebody: there the other error is the task's own.
    """
    if correction.times_worked or correction.fix_id or correction.crystallized:
        return
    correction.times_undecided += 1
    correction.save(update_fields=["times_undecided"])
    if correction.times_undecided % UNDECIDED_TASKS == 0:
        record_use(correction, after_use(correction.times_used, correction.times_worked, worked=False))


def tally_in(batch: Batch, ended: Tally) -> None:
    """Add what came of one goal to the learning registry, as a part of a batch; `ended` holds its numbers."""
    batch.sql(
        TALLY, ended.account_id, ended.kind, ended.planner, ended.succeeded, ended.failed, ended.cancelled,
        ended.duration_ms, ended.fixes_applied, ended.fixes_worked,
    )  # fmt: skip
