"""What the recall box of the dashboard asks: recall by meaning where the installation has a model, else by prefix."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from executor_one.kit.errors import NotBuilt
from memory.models import Memory
from memory.queries import QUICKLY, Wanted, recall
from memory.semantic import recall_by_meaning


@dataclass(frozen=True)
class Shown:
    """A memory and why it is there: reasons as GET /api/memory?mode=semantic gives them."""

    memory: Memory
    why: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Answer:
    """One page, best first. `total` is at least so many where it is not `exact`."""

    hits: list[Shown]
    total: int
    exact: bool
    only_keys: str = ""  # why a question found no more than the beginnings of keys


def ask(question: str, wanted: Wanted) -> Answer:
    """What the account remembers that answers a question; without one, everything by relevance."""
    why_not = ""
    if question:
        try:
            meant = recall_by_meaning(question, wanted, wakes=False)
            return Answer([Shown(one.memory, one.why) for one in meant.page], meant.total, meant.exact)
        except NotBuilt as error:
            why_not = error.message
    found = recall(wanted, QUICKLY)
    why: list[dict[str, Any]] = [{"by": "prefix"}] if question else []
    if question and wanted.tags:
        why.append({"by": "tags", "tags": list(wanted.tags)})
    return Answer([Shown(memory, why) for memory in found.memories], found.total, found.exact, why_not)
