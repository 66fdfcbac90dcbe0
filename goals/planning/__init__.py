"""The PLAN step as an algorithm over plain values: a stated goal in, a TaskPlan out.

No Django, no network, no clock; the only reading is that of the catalogue's own files, once.
"""

from __future__ import annotations

from collections.abc import Sequence

from goals.planning import keyword, path
from goals.planning.intents import Catalogue, CatalogueError, catalogue
from goals.planning.path import is_command
from goals.planning.taskplan import CannotPlan, PlannedTask, Planner, Step, TaskPlan

__all__ = [
    "KEYWORD_PLANNER",
    "PATH_PLANNER",
    "CannotPlan",
    "Catalogue",
    "CatalogueError",
    "PlannedTask",
    "Planner",
    "Step",
    "TaskPlan",
    "catalogue",
    "is_command",
    "plan",
]

PATH_PLANNER: Planner = path
KEYWORD_PLANNER: Planner = keyword


def plan(description: str, semantic_path: Sequence[Step] = ()) -> TaskPlan:
    """Plan a goal from its path when it has one, else from its description; or CannotPlan."""
    chosen = PATH_PLANNER if semantic_path else KEYWORD_PLANNER
    return chosen.plan(description, semantic_path)
