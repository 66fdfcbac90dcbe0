"""Task trees in the loop (E-R19): one takes the planner's place, and a goal's success writes one down.

What a tree is and when it knows a goal is decided by memory.trees; here it is read and written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from executor_one.kit import tenancy
from executor_one.kit.batch import Batch, columns, load
from goals.asking import is_for_model
from goals.effects import may_begin_anew
from goals.models import Goal, Task
from goals.planning import CannotPlan
from memory import trees
from memory.models import TaskTree
from memory.registry import CRYSTALLIZED

if TYPE_CHECKING:
    from goals.loop import Tick

MAX_TASKS = 200  # a larger plan is not kept
TREES = f"""
    SELECT {columns(TaskTree, "tree")} FROM memory_tasktree tree
    WHERE tree.account_id = $1 AND tree.shape = $2 ORDER BY tree.used_at DESC LIMIT 8"""  # noqa: S608 - names of ours
TASKS = f"""
    SELECT {columns(Task, "task")} FROM goals_task task
    WHERE task.account_id = $1 AND task.goal_id = $2 AND task.position >= $3
    ORDER BY task.position LIMIT {MAX_TASKS + 1}"""  # noqa: S608
# memory.trees.after_use for a tree that has been used or learned before, without reading it first.
USED = """
    UPDATE memory_tasktree SET times_used = times_used + 1, successes = successes + $3, failures = failures + 1 - $3,
        score = (score * least(successes + failures + 2, 6) + $3) / (least(successes + failures + 2, 6) + 1),
        used_at = now()
    WHERE account_id = $1 AND id = $2"""
# The plan that replaced this tree's succeeded where it had failed.
SUPERSEDED = "UPDATE memory_tasktree SET score = least(score, 0.5) WHERE account_id = $1 AND id = $2"
MAKE_ROOM = "DELETE FROM memory_tasktree WHERE account_id = $1 AND id = $2 AND NOT crystallized"


def add_trees(batch: Batch, shape: trees.Shape) -> None:
    """Ask for the trees that goals of this shape may use; `loaded` takes the rows."""
    batch.sql(TREES, tenancy.active_account_id(), shape.digest)


def loaded(rows: list[Any]) -> list[TaskTree]:
    return [load(TaskTree, row) for row in rows]


def crystallized_steps(beat: Tick, goal: Goal) -> list[Task]:
    """The tasks of the tree that knows this goal, its slots filled from the goal's own text; [] when none does."""
    return steps_by_tree(goal, beat.trees.get(goal.pk))


def steps_by_tree(goal: Goal, known: tuple[trees.Shape, list[TaskTree]] | None = None) -> list[Task]:
    """The same outside of a tick; `known` are the trees that may know it, where they were read already."""
    if goal.kind != Goal.Kind.GOAL or goal.task_tree:  # it was planned by a tree already, which failed
        return []
    shape, rows = known or _trees_of(goal)
    hit = trees.match(shape, [_stored(row) for row in rows])
    if hit is None:
        return []
    goal.planner, goal.task_tree = CRYSTALLIZED, hit.tree_id
    return [
        Task(
            account_id=goal.account_id, goal=goal, position=position, name=step["name"], actuator=step["actuator"],
            params=step["params"], depends_on=step["dependsOn"], timeout_ms=step["timeoutMs"],
            verify=step.get("verify"),
        )
        for position, step in enumerate(hit.tasks)
    ]  # fmt: skip


def remember(beat: Tick, goal: Goal) -> None:
    """What the end of a goal says about its tree, or the tree that its success is."""
    if goal.kind != Goal.Kind.GOAL or goal.state not in (Goal.State.COMPLETED, Goal.State.FAILED):
        return
    succeeded = goal.state == Goal.State.COMPLETED
    if goal.planner == CRYSTALLIZED:
        count_use(beat, goal, succeeded=succeeded)
    elif succeeded:
        _learn(beat, goal)


def count_use(beat: Tick, goal: Goal, *, succeeded: bool) -> None:
    """Raise or lower the score of the tree that this goal's tasks came from."""
    beat.writes.sql(USED, goal.account_id, goal.task_tree, int(succeeded))


def may_replan(beat: Tick, goal: Goal, plan_anew: Callable[[Goal], list[Task]]) -> bool:
    """Whether the goal's tasks came from a tree, and a fresh plan might do otherwise (E-R19, M1); once a goal."""
    if goal.planner != CRYSTALLIZED or not goal.self_correct or not may_begin_anew(goal):
        return False
    return is_for_model(goal, beat.plan) or not _is_same_plan(goal, plan_anew)


def replan(beat: Tick, goal: Goal) -> None:
    """The tree's plan failed: the goal is planned anew.

    What the tree's tasks did stays done; the new plan begins at its beginning.
    """
    count_use(beat, goal, succeeded=False)
    goal.state, goal.planner = Goal.State.PLANNING, ""
    goal.planned_from = Task.objects.filter(goal=goal).count()


def _is_same_plan(goal: Goal, plan_anew: Callable[[Goal], list[Task]]) -> bool:
    """Whether planning again would change nothing; also when nothing can be planned."""
    try:
        fresh = [_step(task, 0) for task in plan_anew(goal)]
    except CannotPlan:
        return True
    finally:
        goal.planner = CRYSTALLIZED
    tasks = Task.objects.filter(goal=goal).order_by("position")
    return fresh == [_step(task, 0) for task in tasks]


def _learn(beat: Tick, goal: Goal) -> None:
    shape = trees.shape_of(goal.description, goal.semantic_path)
    if not shape.usable:
        return
    reading = Batch()
    add_trees(reading, shape)
    reading.sql(TASKS, goal.account_id, goal.pk, goal.planned_from)
    found, tasks = reading.run()
    if len(tasks) > MAX_TASKS:
        return
    rows = loaded(found)
    learned = trees.learn(
        shape, [_step(load(Task, row), goal.planned_from) for row in tasks], [_stored(row) for row in rows],
        description=goal.description, path=goal.semantic_path, planner=goal.planner,
    )  # fmt: skip
    if learned:
        _write(beat, goal, rows, learned)


def _write(beat: Tick, goal: Goal, rows: list[TaskTree], learned: trees.Learned) -> None:
    if learned.drop:
        beat.writes.sql(MAKE_ROOM, goal.account_id, learned.drop)
    if goal.task_tree and goal.task_tree != learned.tree_id:
        beat.writes.sql(SUPERSEDED, goal.account_id, goal.task_tree)
    row = next((row for row in rows if row.pk == learned.tree_id), None)
    is_new = row is None
    row = row or TaskTree(account_id=goal.account_id, shape=learned.shape, learned_from=goal.pk)
    row.description, row.tree, row.planner = learned.description, learned.tree, learned.planner
    row.successes, row.failures, row.score, row.used_at = learned.successes, learned.failures, learned.score, beat.now
    if is_new:
        beat.writes.insert(row)
    else:
        beat.writes.update(row, "description", "tree", "successes", "failures", "score", "used_at")


def _trees_of(goal: Goal) -> tuple[trees.Shape, list[TaskTree]]:
    shape = trees.shape_of(goal.description, goal.semantic_path)
    batch = Batch()
    add_trees(batch, shape)
    return shape, loaded(batch.run()[0])


def _stored(row: TaskTree) -> trees.StoredTree:
    return trees.StoredTree(
        id=row.pk, tree=row.tree, score=row.score, crystallized=row.crystallized, successes=row.successes,
        failures=row.failures,
    )  # fmt: skip


def _step(task: Task, start: int) -> dict[str, Any]:
    """A task as trees keep it; `start` is the position of its plan's first task."""
    return {
        "name": task.name,
        "actuator": task.actuator,
        "params": task.params,
        "dependsOn": [position - start for position in task.depends_on],
        "timeoutMs": task.timeout_ms,
        **({"verify": task.verify} if task.verify else {}),
    }
