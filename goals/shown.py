"""Goals, tasks and logs in the words and shapes of their pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from goals.models import Goal, Task
from goals.record import Chosen, Chunk, printed_by

WORDS = {
    Task.State.RELEASED: "queued",
    Task.State.DELAYED: "trying again soon",
    Task.State.ENDED: "checking",
}
PLANNERS = {
    "path": "planned from its steps",
    "keyword": "planned from its words",
    "llm": "planned by the language model",
    "crystallized": "planned from memory",
    "direct": "run directly",
}
HEALED = "healed"
OUTPUT = "task.output"
SAID_BY = ("message", "error", "reason", "outcome", "planner")  # of an event's data, the first that is there
SLOTS = 1000  # the width of a timeline, in its own units


@dataclass(frozen=True)
class ShownGoal:
    """A row of the list."""

    goal: Goal
    who: str
    fresh: bool

    @property
    def share(self) -> str:
        """Its progress in words."""
        return f"{self.goal.tasks_completed} of {self.goal.tasks_total}" if self.goal.tasks_total else ""


def shown_goals(goals: Sequence[Goal], names: Mapping[str, str], *, fresh: int) -> list[ShownGoal]:
    """Rows of the list; those younger than `fresh` seconds have just appeared."""
    now = timezone.now()
    return [
        ShownGoal(goal, names.get(goal.created_by, ""), goal.created_at > now - timedelta(seconds=fresh))
        for goal in goals
    ]


@dataclass(frozen=True)
class ShownTask:
    """A task as the lists and the graph show it."""

    position: int
    name: str
    actuator: str
    state: str
    word: str
    depends_on: list[int]
    started_at: Any
    finished_at: Any
    taken_over: bool
    in_plan: bool

    @classmethod
    def of(cls, task: Task, goal: Goal) -> ShownTask:
        state: str = task.state
        if state == Task.State.COMPLETED and task.next_try:
            state = HEALED
        taken = state == Task.State.COMPLETED and task.started_at is None
        return cls(
            task.position, task.name, task.actuator, state,
            "taken over" if taken else WORDS.get(Task.State(task.state), state), task.depends_on, task.started_at,
            task.finished_at, taken, task.position >= goal.planned_from,
        )  # fmt: skip

    @property
    def number(self) -> int:
        """As people count."""
        return self.position + 1

    @property
    def after(self) -> str:
        """What it depends on, as people count: "1, 2"."""
        return ", ".join(str(position + 1) for position in self.depends_on)

    @property
    def needs(self) -> str:
        """The same for the graph."""
        return " ".join(str(position) for position in self.depends_on)


@dataclass(frozen=True)
class Spent:
    """Where the time of an ended goal went, in ms: `running` is when one of its tasks ran, or several at once."""

    running: float
    waiting: float


def spent(goal: Goal, tasks: Sequence[Task]) -> Spent | None:
    """The same, from when it was stated to when it ended; None while it is open, and of one of which nothing ran."""
    end = goal.finished_at
    ran = sorted((one.started_at, one.finished_at or end) for one in tasks if one.started_at and end)
    if not ran or end is None:
        return None
    running, until = timedelta(0), goal.created_at
    for began, ended in ran:
        running += max(min(ended, end) - max(began, until), timedelta(0))
        until = max(until, ended)
    whole, busy = ((part.total_seconds() * 1000) for part in (end - goal.created_at, running))
    return Spent(busy, max(whole - busy, 0))


@dataclass(frozen=True)
class Bar:
    """A task on the timeline: x and width in SLOTS of the goal's time."""

    task: ShownTask
    x: int
    width: int


def timeline(goal: Goal, tasks: Sequence[Task]) -> list[Bar]:
    """When each task ran, from the goal's start to its end (or to now)."""
    if not goal.started_at:
        return []
    ran = [(task, task.started_at, task.finished_at) for task in tasks if task.started_at]
    start = min([goal.started_at, *(began for _, began, _ in ran)])
    end = max([goal.finished_at or timezone.now(), *(ended or start for _, _, ended in ran)])
    whole = max((end - start).total_seconds(), 0.001)
    bars = []
    for task, began, ended in ran:
        x, to = (round((at - start).total_seconds() / whole * SLOTS) for at in (began, ended or end))
        bars.append(Bar(ShownTask.of(task, goal), min(x, SLOTS - 4), max(to - x, 4)))
    return bars


@dataclass
class ShownEvent:
    """A line of what happened to a goal; pieces of output that follow each other are one line."""

    at: datetime
    type: str
    task: Task | None
    words: str
    pieces: int = 1


def happened_to(history: Iterable[tuple[int, str, Any, datetime]], tasks: Sequence[Task]) -> list[ShownEvent]:
    """The events of a goal (goals.record.history_of), in the order in which they happened."""
    known = {str(task.pk): task for task in tasks}
    lines: list[ShownEvent] = []
    for _, type, data, at in history:
        task = known.get(str(data.get("task")))
        last = lines[-1] if lines else None
        if type == OUTPUT and last and (last.type, last.task) == (type, task):
            last.pieces += 1
        else:
            words = next((str(data[name]) for name in SAID_BY if data.get(name)), "")
            lines.append(ShownEvent(at, type, task, words))
    return lines


@dataclass(frozen=True)
class Log:
    """What a try printed; `name` tells one log from another: `<position>.<try>`."""

    name: str
    task: Task
    number: int
    chunks: list[Chunk]
    is_done: bool
    truncated: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, chosen: Chosen) -> Log:
        attempt = chosen.attempt
        cut = {"stdout": attempt.stdout_truncated, "stderr": attempt.stderr_truncated} if attempt else {}
        return cls(
            f"{chosen.task.position}.{chosen.number}", chosen.task, chosen.number, chosen.printed,
            attempt is not None, [stream for stream, was in cut.items() if was],
        )  # fmt: skip

    def _end(self, stream: str) -> int:
        return max((one.offset + len(one.text) for one in self.chunks if one.stream == stream), default=0)

    @property
    def stdout_end(self) -> int:
        """How many characters of stdout are in it."""
        return self._end("stdout")

    @property
    def stderr_end(self) -> int:
        """How many characters of stderr are in it."""
        return self._end("stderr")


def goal_as_text(goal: Goal, position: int | None = None) -> str:
    """What every try of a goal printed, or of one of its tasks, with a headline each."""
    return "\n".join(_lines(goal, position)) + "\n"


def _lines(goal: Goal, position: int | None) -> Iterator[str]:
    yield f"# {' '.join(goal.description.split())}"
    yield f"# goal {goal.pk}: {goal.state}"
    for task, tries in printed_by(goal):
        if position is not None and task.position != position:
            continue
        yield ""
        yield f"== {task.position + 1}. {task.name}: {task.state}"
        for one in tries:
            code = "" if one.exit_code is None else f", exit code {one.exit_code}"
            why = f", {one.reason}" if one.reason else ""
            yield f"-- try {one.number}: {one.outcome}{code}, {one.duration_ms} ms{why}"
            for stream, text, cut in (
                ("stdout", one.stdout, one.stdout_truncated),
                ("stderr", one.stderr, one.stderr_truncated),
            ):
                if text:
                    yield f"[{stream}]"
                    yield text.rstrip("\n")
                if cut:
                    yield f"[{stream}: output past 64 KiB was dropped]"
