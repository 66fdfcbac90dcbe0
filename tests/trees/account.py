"""An account's trees in a list: what the loop does with them, on the real planners, without database and sandbox."""

import json

from goals.planning import CannotPlan, plan
from memory.trees import StoredTree, after_use, learn, match, shape_of

TIMEOUT_MS = 60_000


def planned(description, path=()):
    """Which planner made which tasks, as the loop makes them."""
    tree = plan(description, path)
    tasks = [
        {
            "name": step.name[:200],
            "actuator": step.actuator,
            "params": dict(step.params),
            "dependsOn": list(step.depends_on),
            "timeoutMs": TIMEOUT_MS,
        }
        for step in tree.tasks
    ]
    return tree.source, tasks


def can_plan(description, path=()):
    try:
        plan(description, path)
    except CannotPlan:
        return False
    return True


class Account:
    """The trees of one account; `drive` runs a goal that succeeds."""

    def __init__(self):
        self.rows = {}
        self.planner_calls = 0

    def trees(self, description, path=()):
        return list(self.rows.get(shape_of(description, path).digest, {}).values())

    def hit(self, description, path=()):
        return match(shape_of(description, path), self.trees(description, path))

    def drive(self, description, path=()):
        """The tasks of a goal and whether a tree gave them; a planned success is learned."""
        hit = self.hit(description, path)
        if hit:
            self.used(hit.tree_id, True)
            return hit.tasks, True
        source, tasks = planned(description, path)
        self.planner_calls += 1
        self.learn(description, path, tasks, planner=source)
        return tasks, False

    def learn(self, description, path, tasks, planner="llm"):
        """What the verified success of these tasks teaches, stored as JSON stores it."""
        shape = shape_of(description, path)
        rows = self.rows.setdefault(shape.digest, {})
        new = learn(shape, tasks, list(rows.values()), description=description, path=path, planner=planner)
        if new is None:
            return None
        key = new.tree_id or f"tree-{sum(map(len, self.rows.values()))}-{len(rows)}"
        rows.pop(new.drop, None)
        crystallized = rows[key].crystallized if key in rows else False
        rows[key] = StoredTree(
            key, json.loads(json.dumps(new.tree)), new.score, crystallized, new.successes, new.failures
        )
        return new

    def used(self, key, succeeded):
        """A goal that came from this tree has ended."""
        for rows in self.rows.values():
            if key in rows:
                row = rows[key]
                successes, failures, score = after_use(row.successes, row.failures, succeeded, score=row.score)
                rows[key] = StoredTree(key, row.tree, score, row.crystallized, successes, failures)
