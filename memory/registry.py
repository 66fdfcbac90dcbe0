"""The learning registry, read."""

from __future__ import annotations

from typing import Any

from memory.models import Tally

CRYSTALLIZED = "crystallized"  # the planner of a goal whose tasks came from a tree


def learning() -> list[dict[str, Any]]:
    """What came of the active account's goals, one entry a kind (learned_serializers.Learning)."""
    kinds: dict[str, list[Tally]] = {}
    for tally in Tally.objects.order_by("kind", "planner"):
        kinds.setdefault(tally.kind, []).append(tally)
    return [
        {**_sums(tallies), "kind": kind, "planners": [{**_sums([one]), "planner": one.planner} for one in tallies]}
        for kind, tallies in kinds.items()
    ]


def _sums(tallies: list[Tally]) -> dict[str, Any]:
    succeeded, failed = sum(one.succeeded for one in tallies), sum(one.failed for one in tallies)
    ended, took = succeeded + failed, sum(one.duration_ms for one in tallies)
    return {
        "succeeded": succeeded,
        "failed": failed,
        "cancelled": sum(one.cancelled for one in tallies),
        "success_rate": round(succeeded / ended, 4) if ended else None,
        "mean_duration_ms": round(took / succeeded) if succeeded else None,
        "fixes_applied": sum(one.fixes_applied for one in tallies),
        "fixes_worked": sum(one.fixes_worked for one in tallies),
        "plans_skipped": sum(
            one.succeeded + one.failed + one.cancelled for one in tallies if one.planner == CRYSTALLIZED
        ),
    }
