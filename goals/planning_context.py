"""What an account knows that may help a language model to plan: never a secret."""

from __future__ import annotations

from typing import Any

from goals.models import Goal
from goals.planning.by_model import Context
from goals.planning.hiding import mask
from goals.planning.taskplan import shorten
from memory.models import Correction

MAX_FIXES = 5
LOOKED_AT = 50  # the corrections used last, among which the best are
WORTH_TELLING = 0.5  # success rate above which a correction is told


def context_for(goal: Goal) -> Context:
    """The context of a goal of the active account."""
    return Context(fixes=_fixes())


def _fixes() -> tuple[dict[str, Any], ...]:
    """The corrections that worked best of those used last."""
    latest = Correction.objects.filter(retired_at=None).order_by("-last_used_at", "-id")[:LOOKED_AT]
    worked = [one for one in latest if (one.success_rate or 0) > WORTH_TELLING]
    worked.sort(key=lambda one: -one.rank)
    return tuple({"failure": shorten(mask(one.signature), 200), "fix": mask(one.fix)} for one in worked[:MAX_FIXES])
