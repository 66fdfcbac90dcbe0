"""One goal as people look at it: its tasks, the task they chose, the tries of that task, and what a try printed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from events.queries import seek
from executor_one.kit import tenancy
from executor_one.kit.batch import Batch, columns, load
from executor_one.kit.errors import NotFound
from executor_one.kit.snapshot import Snapshot
from goals.models import Attempt, Goal, Task
from goals.queries import GOAL_NOW
from memory.fixes import shown_command
from memory.models import Correction, TaskTree
from memory.registry import CRYSTALLIZED
from memory.trees import shape_of

ACTORS = 100  # people, and keys, that a list can be filtered by
TASKS = f"""
    SELECT {columns(Task, "task")} FROM goals_task task
    WHERE task.account_id = $1 AND task.goal_id = $2 ORDER BY task.position"""  # noqa: S608 - names of ours
# $3 is the try whose output is wanted, or with $4, where none has this number, the last. No other one's is read.
OF_WANTED = r"CASE WHEN wanted THEN \1 ELSE '' END AS \1,"
TRIES = f"""
    SELECT {re.sub(r"try.(stdout|stderr),", OF_WANTED, columns(Attempt, "try"))} FROM (
        SELECT *, number = coalesce(
            max(number) FILTER (WHERE number = $3) OVER (), CASE WHEN $4 THEN max(number) OVER () END) AS wanted
        FROM goals_attempt WHERE account_id = $1 AND task_id = $2) try ORDER BY number"""  # noqa: S608
FIXES = f"""
    SELECT {columns(Correction, "fix")} FROM memory_correction fix WHERE fix.account_id = $1 AND fix.id IN (
        SELECT correction FROM goals_attempt WHERE account_id = $1 AND task_id = $2)"""  # noqa: S608
TREE = f"""
    SELECT {columns(TaskTree, "tree")} FROM memory_tasktree tree WHERE account_id = $1 AND id = $2::uuid
    UNION ALL SELECT {columns(TaskTree, "tree")} FROM memory_tasktree tree
    WHERE account_id = $1 AND shape = $3 AND learned_from = $4::uuid LIMIT 1"""  # noqa: S608 - names of ours
PEOPLE = "SELECT id, coalesce(nullif(name, ''), email) AS name FROM accounts_user WHERE id = ANY($1::uuid[])"
KEYS = "SELECT id, name FROM accounts_apikey WHERE account_id = $1 AND id = ANY($2::varchar[])"
EVERYBODY = f"""
    SELECT member.user_id AS id, coalesce(nullif(person.name, ''), person.email) AS name
    FROM accounts_membership member JOIN accounts_user person ON person.id = member.user_id
    WHERE member.account_id = $1 ORDER BY person.email LIMIT {ACTORS}"""  # noqa: S608
EVERY_KEY = f"""
    SELECT id, name, revoked_at IS NOT NULL AS is_revoked FROM accounts_apikey
    WHERE account_id = $1 AND $2 ORDER BY revoked_at DESC NULLS FIRST, name, id LIMIT {ACTORS}"""  # noqa: S608
# What a try that still runs has printed: there is no other record of it. It is told every 0.25 s, so it stands among
# the account's last events; in a busy account only the end of a long try does.
PRINTED = """
    SELECT data->>'stream', data->>'text', (data->>'offset')::int, created_at FROM (
        SELECT id, type, data, created_at FROM events_event WHERE account_id = $1 ORDER BY id DESC LIMIT 5000) lately
    WHERE type = 'task.output' AND data->>'task' = $2 AND data->>'attempt' = $3 ORDER BY id"""
# The events of a goal, without looking at what is older than it.
HISTORY = f"""
    WITH RECURSIVE {seek("$3")}
    SELECT id, type, data::text, created_at FROM events_event
    WHERE account_id = $1 AND id > (SELECT max(low) FROM seek) AND data->>'goal' = $2 AND created_at < $4
    ORDER BY id LIMIT 10000"""  # noqa: S608 - texts of ours
MARGIN = timedelta(minutes=1)  # events are told a little before and after what they tell


@dataclass(frozen=True)
class Chunk:
    """A piece of what a try printed; `offset` counts the characters of its stream before it."""

    stream: str
    text: str
    offset: int = 0
    at: datetime | None = None

    @property
    def html(self) -> SafeString:
        """The text for an HTML page, where a bare carriage return would become the end of a line."""
        return mark_safe(conditional_escape(self.text).replace("\r", "&#13;"))  # noqa: S308 - escaped right here


@dataclass
class Chosen:
    """The task that somebody looks at, and one of its tries; `attempt` is None while that try runs."""

    task: Task
    attempts: list[Attempt]
    number: int = 0
    attempt: Attempt | None = None
    correction: Correction | None = None
    printed: list[Chunk] = field(default_factory=list)

    @property
    def is_running(self) -> bool:
        """Whether the chosen try still runs."""
        return self.attempt is None and self.task.state == Task.State.RUNNING

    @property
    def took_ms(self) -> float | None:
        """How long it ran: as its runner measured it, else from when it began until it was given up."""
        one = self.attempt
        if one is None or one.duration_ms or not one.started_at:
            return one.duration_ms if one else None
        return (one.finished_at - one.started_at).total_seconds() * 1000

    @property
    def runner(self) -> UUID | None:
        """Who runs it, or ran it."""
        return self.attempt.runner if self.attempt else self.task.runner

    @property
    def params(self) -> dict[str, Any]:
        """What the chosen try runs, with what a fix has set and may be a secret hidden."""
        params = dict((self.attempt.params if self.attempt else None) or self.task.params)
        if isinstance(params.get("command"), str):
            params["command"] = shown_command(params["command"], self.task.secrets_set)
        return params

    @property
    def healed_by(self) -> Attempt | None:
        """The try after which a failed task succeeded."""
        last = self.attempts[-1] if self.attempts else None
        healed = last is not None and last.outcome == Attempt.Outcome.SUCCEEDED and last.rung != Attempt.Rung.FIRST
        return last if healed else None


@dataclass
class Record:
    """A goal with its tasks."""

    goal: Goal
    tasks: list[Task]


def record_or_404(goal_id: UUID) -> Record:
    """A goal of the active account with its tasks in order, as of one moment; NotFound when there is none."""
    account = tenancy.active_account_id()
    reading = Snapshot()
    reading.sql(GOAL_NOW, account, goal_id)
    reading.sql(TASKS, account, goal_id)
    found, rows = reading.run()
    if not found:
        raise NotFound("There is no goal with this id.")
    goal = load(Goal, found[0][:-1])
    goal.current_task = found[0][-1]
    return Record(goal, [load(Task, row) for row in rows])


def choose(tasks: Sequence[Task], position: int | None) -> Task | None:
    """The task at a position; without one that runs, else the one that failed, else the last that began."""
    if not tasks:
        return None
    wanted = [task for task in tasks if task.position == position]
    running = [task for task in tasks if task.state in (Task.State.RUNNING, Task.State.RELEASED, Task.State.ENDED)]
    failed = [task for task in tasks if task.state in (Task.State.FAILED, Task.State.DELAYED)]
    begun = [task for task in tasks if task.started_at]
    return [*wanted, *running, *failed, *reversed(begun), *tasks][0]


@dataclass
class Details:
    """What else a goal's page shows: the chosen task, the task tree of an ended goal, what its maker is called."""

    chosen: Chosen | None
    tree: TaskTree | None
    names: dict[str, str]


def details(goal: Goal, task: Task | None, number: int | None = None) -> Details:
    """One query, and one more where the try still runs. Of the task's tries the output of `number`, else the last."""
    reading = Snapshot()
    reading.sql(TREE, goal.account_id, *_tree_of(goal))
    add_names(reading, [goal.created_by])
    if task:
        falls_back = number is not None or task.state != Task.State.RUNNING
        reading.sql(TRIES, task.account_id, task.pk, -1 if number is None else number, falls_back)
        reading.sql(FIXES, task.account_id, task.pk)
    trees, people, keys, *of_task = reading.run()
    chosen = None
    if task:
        tries, fixes = [load(Attempt, row) for row in of_task[0]], [load(Correction, row) for row in of_task[1]]
        chosen = _chosen(task, tries, fixes, number)
    return Details(chosen, load(TaskTree, trees[0]) if trees else None, named(people, keys))


def _chosen(task: Task, tries: list[Attempt], fixes: list[Correction], number: int | None) -> Chosen:
    numbers = [*(one.number for one in tries), *([task.epoch] if task.state == Task.State.RUNNING else [])]
    found = Chosen(task, tries, number if number in numbers else (numbers[-1] if numbers else 0))
    found.attempt = next((one for one in tries if one.number == found.number), None)
    if found.attempt:
        both = (("stdout", found.attempt.stdout), ("stderr", found.attempt.stderr))
        found.printed = [Chunk(name, text) for name, text in both if text]
    elif found.number:
        found.printed = _told(task, found.number)
    by = found.attempt or found.healed_by
    found.correction = next((fix for fix in fixes if by and fix.pk == by.correction), None)
    return found


def _told(task: Task, number: int) -> list[Chunk]:
    batch = Batch()
    batch.sql(PRINTED, task.account_id, str(task.pk), str(number))
    return [Chunk(*row) for row in batch.run()[0]]


def _tree_of(goal: Goal) -> tuple[UUID | None, str, UUID | None]:
    """The tree that the tasks of an ended goal came from, or the shape and goal of the one that it taught."""
    if not goal.is_finished:
        return None, "", None
    if goal.planner == CRYSTALLIZED and goal.task_tree:
        return goal.task_tree, "", None
    if goal.state != Goal.State.COMPLETED or goal.kind != Goal.Kind.GOAL:
        return None, "", None
    shape = shape_of(goal.description, goal.semantic_path)
    return (None, shape.digest, goal.pk) if shape.usable else (None, "", None)


def printed_by(goal: Goal) -> Iterable[tuple[Task, list[Attempt]]]:
    """The tasks of a goal in order, each with its tries and all that they printed."""
    for task in goal.tasks.prefetch_related("attempts").order_by("position"):
        yield task, list(task.attempts.all())


def history_of(goal: Goal) -> Iterator[tuple[int, str, Any, datetime]]:
    """What happened to a goal, in order: id, type, data and time; at most 10,000 events."""
    batch = Batch()
    until = (goal.finished_at or timezone.now()) + MARGIN
    batch.sql(HISTORY, goal.account_id, str(goal.pk), goal.created_at - MARGIN, until)
    for id, type, data, at in batch.run()[0]:
        yield id, type, json.loads(data), at


def names_of(actors: Iterable[str]) -> dict[str, str]:
    """What people call who did something: `user:...` by their name or address, `key:...` by the key's name."""
    reading = Snapshot()
    add_names(reading, actors)
    return named(*reading.run())


def add_names(reading: Snapshot, actors: Iterable[str]) -> None:
    """Ask for the names of these; `named` takes the two answers."""
    ids: dict[str, set[str]] = {}
    for actor in {*actors}:
        kind, _, id = actor.partition(":")
        ids.setdefault(kind, set()).add(id)
    reading.sql(PEOPLE, [*ids.get("user", ())])
    reading.sql(KEYS, tenancy.active_account_id(), [*ids.get("key", ())])


def named(people: Sequence[Sequence[Any]], keys: Sequence[Sequence[Any]]) -> dict[str, str]:
    """{actor: name} of the answers to `add_names`."""
    found = {f"user:{id}": name for id, name in people} | {f"key:{id}": f"key {name}" for id, name in keys}
    return {"executor": "executor.one", **found}


def names_and_actors(actors: Iterable[str], *, keys: bool) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """The names of these, and who else can have stated goals: people, and `keys`, revoked ones at the end."""
    reading = Snapshot()
    add_names(reading, actors)
    reading.sql(EVERYBODY, tenancy.active_account_id())
    reading.sql(EVERY_KEY, tenancy.active_account_id(), keys)
    people, used, members, made = reading.run()
    found = [(f"user:{id}", name) for id, name in members]
    found += [(f"key:{id}", f"key {name}{' (revoked)' if is_revoked else ''}") for id, name, is_revoked in made]
    return named(people, used), found
