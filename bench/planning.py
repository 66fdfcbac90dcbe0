"""What planning costs: a crystallized tree (shape and match) against the keyword planner, in this process."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from bench.goals import p
from goals import planning
from memory.trees import Shape, StoredTree, learn, match, shape_of

ROUNDS = 20
Stored = dict[str, list[StoredTree]]


def planned(goal: str) -> list[dict[str, Any]]:
    """The keyword planner's tasks, as the loop writes them."""
    return [
        {"name": step.name, "actuator": step.actuator, "params": dict(step.params), "dependsOn": list(step.depends_on)}
        for step in planning.plan(goal).tasks
    ]


def learned(goals: list[str]) -> Stored:
    """The trees of an account in which each of these goals succeeded once."""
    trees: Stored = {}
    for number, goal in enumerate(goals):
        shape = shape_of(goal, ())
        rows = trees.setdefault(shape.digest, [])
        new = learn(shape, planned(goal), rows, description=goal, path=(), planner="keyword")
        assert new is not None
        rows[:] = [row for row in rows if row.id not in {new.tree_id, new.drop}]
        rows.append(StoredTree(new.tree_id or str(number), json.loads(json.dumps(new.tree)), new.score))
    return trees


def times(call: Callable[[str], object], goals: list[str]) -> list[float]:
    """Seconds of each call, ROUNDS times over all goals."""
    samples = []
    for _ in range(ROUNDS):
        for goal in goals:
            began = time.perf_counter()
            call(goal)
            samples.append(time.perf_counter() - began)
    return samples


def measure() -> dict[str, Any]:
    """Milliseconds over the examples of the whole catalogue, every one a hit."""
    goals = [example for intent in planning.catalogue().intents for example in intent.examples]
    trees = learned(goals)

    def crystallized(goal: str) -> None:
        shape: Shape = shape_of(goal, ())
        assert match(shape, trees[shape.digest]) is not None, goal

    tree, shape, keyword = (
        times(call, goals) for call in (crystallized, lambda goal: shape_of(goal, ()), planning.plan)
    )
    return {
        "plan: crystallized, p50 ms": p(tree, 0.5),
        "plan: crystallized, p95 ms": p(tree, 0.95),
        "plan: its shape alone, p50 ms": p(shape, 0.5),
        "plan: its shape alone, p95 ms": p(shape, 0.95),
        "plan: keyword planner, p50 ms": p(keyword, 0.5),
        "plan: keyword planner, p95 ms": p(keyword, 0.95),
    }
