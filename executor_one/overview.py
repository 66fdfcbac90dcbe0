"""/dashboard: the whole account at a glance. It looks into several rooms, so it stands above them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.pages import PageView
from billing.limits import add_counts, counts
from billing.models import Plan
from billing.queries import advice
from events.models import Event
from executor_one.health import heartbeat, runner, status_of
from executor_one.kit.batch import columns, load
from executor_one.kit.snapshot import Snapshot
from executor_one.kit.templatetags.look import duration
from executor_one.sentences import Sentence, said
from executor_one.usage import METERS
from goals import formulas
from goals.models import ExecutorState, Goal, Pulse
from goals.queries import NOW_FIRST, OPEN_TASK, RECENT
from goals.sampling import Point, add_samples, history
from memory.learned_views import shown, tree_shown
from memory.models import Correction, TaskTree
from memory.registry import CRYSTALLIZED
from runners.models import Runner, heard_since

OPEN_SHOWN, ENDED_SHOWN, TOLD, LEARNED = 6, 30, 12, 3
RUN_HEIGHT, RUN_LEAST = 32, 3  # of the bar of an ended goal
SPARK = (288, 32)  # the box of a gauge's history
LOOKED_BACK = 3_000  # events among which those to tell are looked for
NEARLY = 0.8  # of a limit: from here on the page says what lifts it
OPEN = "state IN ('pending', 'planning', 'executing')"

PULSE = f"SELECT {columns(Pulse, 'pulse')} FROM goals_pulse pulse WHERE id = 1"  # noqa: S608 - names of ours
RUNNERS = f"SELECT {columns(Runner, 'runner')} FROM runners_runner runner WHERE seen_at >= $1"  # noqa: S608
STATE = f"SELECT {columns(ExecutorState, 'one')} FROM goals_executorstate one WHERE account_id = $1"  # noqa: S608
PRESSING = f"SELECT priority, deadline FROM goals_goal WHERE account_id = $1 AND {OPEN}"  # noqa: S608
PLANNERS = f"""
    SELECT planner FROM goals_goal WHERE account_id = $1 AND kind = 'goal' ORDER BY created_at DESC LIMIT {RECENT}
"""  # noqa: S608
ACTIVE = "SELECT count(*) FROM goals_task WHERE account_id = $1 AND state IN ('released', 'running')"
OPENED = f"""
    SELECT {columns(Goal, "goal")}, (SELECT task.name FROM goals_task task WHERE task.goal_id = goal.id
        AND {OPEN_TASK} ORDER BY {NOW_FIRST} LIMIT 1) AS current_task
    FROM goals_goal goal WHERE goal.account_id = $1 AND {OPEN} ORDER BY created_at DESC LIMIT {OPEN_SHOWN}
"""  # noqa: S608
ENDED = f"""
    SELECT {columns(Goal, "goal")} FROM goals_goal goal WHERE goal.account_id = $1 AND NOT ({OPEN})
    ORDER BY created_at DESC, id DESC LIMIT {ENDED_SHOWN}"""  # noqa: S608
PLANS = f"SELECT {columns(Plan, 'plan')} FROM billing_plan plan WHERE is_public ORDER BY rank"  # noqa: S608
HAPPENED = f"""
    SELECT *, (SELECT goal.description FROM goals_goal goal
        WHERE goal.account_id = $1 AND goal.id = CASE WHEN data->>'goal' ~ '^[0-9a-f-]{{36}}$'
            THEN (data->>'goal')::uuid END) AS goal_description
    FROM (SELECT {columns(Event, "event")} FROM events_event event WHERE account_id = $1
        ORDER BY id DESC LIMIT {LOOKED_BACK}) lately
    WHERE type NOT LIKE 'task.%' AND type NOT IN ('goal.planned', 'goal.progress') ORDER BY id DESC LIMIT {TOLD}
"""  # noqa: S608
CORRECTIONS = f"""
    SELECT {columns(Correction, "one")} FROM memory_correction one WHERE account_id = $1
    ORDER BY last_used_at DESC, id DESC LIMIT {LEARNED}"""  # noqa: S608
TREES = f"""
    SELECT {columns(TaskTree, "one")} FROM memory_tasktree one WHERE account_id = $1
    ORDER BY used_at DESC, id DESC LIMIT {LEARNED}"""  # noqa: S608
KEPT = f"""
    SELECT key FROM memory_memorytag WHERE account_id = $1 AND tag = '' AND rank <= 1e300 AND crystallized
    ORDER BY rank DESC, memory_id DESC LIMIT {LEARNED}"""  # noqa: S608


@dataclass(frozen=True)
class Gauge:
    """One of the four values, and what it is made of."""

    name: str
    value: float
    means: str
    sentence: str
    line: str = ""  # its last 24 hours, as the path of an SVG that is SPARK wide and high
    told: str = ""  # the same in words
    window: str = ""  # the time that the line shows


@dataclass(frozen=True)
class Run:
    """An ended goal among the last ones: its word, how long it took, and that as a share of the longest of them."""

    goal: Goal
    state: str
    took_ms: float | None
    share: float

    @property
    def height(self) -> float:
        """Of its bar, in RUN_HEIGHT."""
        return round(max(RUN_LEAST, RUN_HEIGHT * self.share), 1)

    @property
    def top(self) -> float:
        return RUN_HEIGHT - self.height

    @property
    def told(self) -> str:
        """What it was, in words."""
        took = "it did not begin" if self.took_ms is None else duration(self.took_ms)
        return f"{self.state.capitalize()}, {took}: {self.goal.description[:80]}"


def runs(goals: Sequence[Goal]) -> list[Run]:
    """These goals, the oldest first. Durations differ by powers of ten, so the bars do by their logarithm."""
    took = [
        (goal.finished_at - goal.started_at).total_seconds() * 1000 if goal.started_at and goal.finished_at else None
        for goal in goals
    ]
    most = max((math.log1p(ms) for ms in took if ms), default=1.0)
    return [
        Run(goal, "healed" if goal.state == Goal.State.COMPLETED and goal.fixes_worked else goal.state, ms,
            math.log1p(ms or 0) / most)
        for goal, ms in zip(reversed(goals), reversed(took), strict=True)
    ]  # fmt: skip


@dataclass(frozen=True)
class Meter:
    """How much of a limit is used; None is unlimited."""

    name: str
    used: int
    limit: int | None
    resets_at: datetime | None
    lifted_by: str  # the plan that allows more, where the limit is near

    @property
    def share(self) -> float:
        return min(1.0, self.used / self.limit) if self.limit else 0.0

    @property
    def is_near(self) -> bool:
        return self.limit is not None and self.used >= NEARLY * self.limit

    @property
    def is_single(self) -> bool:
        """Whether there is one and it is in use: as it should be, and no reason to warn."""
        return self.limit == 1 == self.used

    @property
    def is_full(self) -> bool:
        return self.limit is not None and self.used >= self.limit


class Overview(PageView):
    """Health, heartbeat, state, goals, usage and what was learned, as of one moment: one query of its own."""

    permissions = {"GET": "state.view goals.view usage.view learning.view memory.view"}
    section = "overview"
    template = "overview/page.html"
    fragment = "overview/_board.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        now = timezone.now()
        seen = Seen(self.caller.account_id, self.caller.plan, now)
        sensed = seen.sensed()
        past = history(seen.samples, seen.state, sensed.values(), now)
        return self.page({
            "health": health_said(seen.pulse, seen.runners, now, seen.plan),
            "ticks": seen.state.tick_count,
            "gauges": [with_history(gauge, past) for gauge in gauges(sensed, seen.plan)],
            "spark": SPARK,
            "open": seen.open,
            "more_open": len(sensed.opened) - len(seen.open),
            "ended": seen.ended,
            "history": runs(seen.ended),
            "plan": seen.plan,
            "meters": list(seen.meters()),
            "happened": seen.told(),
            "corrections": [shown(one, self.caller) for one in seen.corrections],
            "trees": [tree_shown(one) for one in seen.trees],
            "kept": seen.kept,
            "is_new": not seen.open and not seen.ended,
            "now": now,
        })  # fmt: skip


def health_said(pulse: Pulse | None, runners: Sequence[Runner], now: datetime, plan: Plan) -> dict[str, str]:
    """Whether goals move, in a sentence: what is broken and what that means for them. /status has the parts.

    How many tasks run at a time is what the plan allows this account, where the runners have room for it.
    """
    status = status_of([heartbeat(pulse, now), *runner(runners)])
    if status == "healthy":
        slots = min(plan.parallel_tasks, sum(one.slots for one in runners))
        room = "One task of yours runs at a time" if slots == 1 else f"Up to {slots} tasks of yours run at a time, each"
        return {"status": status, "words": f"Everything works. {room} in its sandbox."}
    broken = list(broken_said(pulse, runners, now))
    if status == "degraded":
        return {"status": status, "words": f"Something is missing: {' and '.join(broken)}."}
    rest = "They go on where they are once it is back."
    return {"status": status, "words": f"Goals do not move: {' and '.join(broken)}. {rest}"}


def broken_said(pulse: Pulse | None, runners: Sequence[Runner], now: datetime) -> Iterator[str]:
    """What does not work, each as a half of a sentence."""
    if pulse is None:
        yield "the heartbeat has not begun yet"
    elif not heartbeat(pulse, now)["ok"]:
        yield f"the heartbeat has been silent for {duration((now - pulse.pulsed_at).total_seconds() * 1000)}"
    if not runners:
        yield "no runner is there to run their tasks"
    elif problem := next((one.problem for one in runners if one.sandbox == "unavailable"), ""):
        yield f"the sandbox does not work, so no command runs ({problem})"
    elif any(one.sandbox == "off" for one in runners):
        yield "commands run without a sandbox"


class Seen:
    """All that the page reads, in one query."""

    def __init__(self, account: str, plan: Plan, now: datetime) -> None:
        self.account, self.plan, self.now = account, plan, now
        rows = self._read()
        self.pulse = load(Pulse, rows[0][0]) if rows[0] else None
        self.runners = [load(Runner, row) for row in rows[1]]
        self.state = load(ExecutorState, rows[2][0]) if rows[2] else ExecutorState(assessed_at=now)
        self.pressing, self.planners, self.active = rows[3], [row[0] for row in rows[4]], rows[5][0][0]
        self.open = [self._open(row) for row in rows[6]]
        self.ended = [load(Goal, row) for row in rows[7]]
        self.plans = [load(Plan, row) for row in rows[8]]
        self.events = [(load(Event, row[:-1]), row[-1]) for row in rows[9]]
        self.corrections = [load(Correction, row) for row in rows[10]]
        self.trees = [load(TaskTree, row) for row in rows[11]]
        self.kept = [row[0] for row in rows[12]]
        self.samples = rows[13]
        self.counters = counts(plan, rows[14:])

    def _read(self) -> list[list[Sequence[Any]]]:
        account, reading = self.account, Snapshot()
        reading.sql(PULSE)
        reading.sql(RUNNERS, heard_since(self.now))
        for statement in (STATE, PRESSING, PLANNERS, ACTIVE, OPENED, ENDED):
            reading.sql(statement, account)
        reading.sql(PLANS)
        for statement in (HAPPENED, CORRECTIONS, TREES, KEPT):
            reading.sql(statement, account)
        add_samples(reading, self.now)
        add_counts(reading)
        return reading.run()

    @staticmethod
    def _open(row: Sequence[Any]) -> Goal:
        goal = load(Goal, row[:-1])
        goal.current_task = row[-1]
        return goal

    def sensed(self) -> formulas.Sensed:
        """What the four values come from: the same as GET /api/state reckons with."""
        return formulas.Sensed(
            opened=[(priority, (due - self.now).total_seconds() if due else None) for priority, due in self.pressing],
            succeeded=self.state.succeeded,
            failed=self.state.failed,
            novel=sum(planner != CRYSTALLIZED for planner in self.planners),
            recent=len(self.planners),
            active=self.active,
            fatigue=self.state.fatigue,
            busy_share=self.state.busy_share,
            seconds=(self.now - self.state.assessed_at).total_seconds(),
        )

    def meters(self) -> Iterator[Meter]:
        """What is used of the plan, as GET /api/auth/usage answers it."""
        for name, (label, field) in METERS.items():
            counter = self.counters[name]
            meter = Meter(label, counter["used"], counter["limit"], counter["resets_at"], "")
            better = advice(self.plan, field, self.plans) if meter.is_near else None
            yield replace(meter, lifted_by=better.name) if better else meter

    def told(self) -> list[tuple[Event, Sentence]]:
        """The recent events that have a sentence, the newest first."""
        named = {str(event.data.get("goal")): description for event, description in self.events if description}
        sentences = ((event, said(event.type, event.data, named)) for event, _ in self.events)
        return [(event, sentence) for event, sentence in sentences if sentence]


def gauges(sensed: formulas.Sensed, plan: Plan) -> Iterator[Gauge]:
    """The four values, each with a sentence made of the numbers behind it."""
    values = sensed.values()
    yield Gauge("Urgency", values["urgency"], "how pressing the open goals are", urgency_said(sensed.opened))
    ended = sensed.succeeded + sensed.failed
    yield Gauge(
        "Confidence", values["confidence"], "how likely the next goal succeeds",
        f"{sensed.succeeded} of {ended} goals succeeded." if ended else "No goal has ended yet; it begins at 0.65.",
    )  # fmt: skip
    slots = plan.parallel_tasks
    busy = min(sensed.active, slots)
    yield Gauge(
        "Fatigue", values["fatigue"], "how busy it has been lately",
        f"{busy} of {slots} {'slot' if slots == 1 else 'slots'} busy now.",
    )  # fmt: skip
    yield Gauge("Curiosity", values["curiosity"], "how much is new to it", curiosity_said(sensed.novel, sensed.recent))


def with_history(gauge: Gauge, past: Sequence[Point | None]) -> Gauge:
    """The gauge with its last 24 hours: a line from 0 at the bottom to 1 at the top, broken where nothing is known.

    Of a new account it begins at the left with the first that is known: what it has not lived yet is not drawn.
    Fewer than two points are no line.
    """
    name = gauge.name.lower()
    values = [None if point is None else getattr(point, name) for point in past]
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return gauge
    first = next(at for at, value in enumerate(values) if value is not None)
    window = window_said(past[first:])
    told = f"{gauge.name} in the {window}: between {min(known):.2f} and {max(known):.2f}, now {known[-1]:.2f}"
    return replace(gauge, line=path_of(values[first:]), told=told, window=window)


def window_said(past: Sequence[Point | None]) -> str:
    """What a line shows, from its first point on: "last 24 h", of a new account "last 40 min"."""
    first, last = past[0], past[-1]
    seconds = (last.at - first.at).total_seconds() if first and last else 0
    if seconds >= 23.5 * 3600:
        return "last 24 h"
    minutes = max(1, round(seconds / 60))
    return f"last {minutes} min" if minutes < 60 else f"last {round(minutes / 60)} h"


def path_of(values: Sequence[float | None]) -> str:
    """The path through these values; a run of equal ones is two points, and a single one is seen as a dash."""
    width, height = SPARK
    step = width / max(1, len(values) - 1)
    parts: list[str] = []
    for at, value in enumerate(values):
        if value is None:
            continue
        before = values[at - 1] if at else None
        after = values[at + 1] if at + 1 < len(values) else None
        if value == before == after:
            continue
        x, y = at * step, 1 + (1 - value) * (height - 2)
        parts.append(f"{'M' if before is None else 'L'}{x:.1f} {y:.1f}")
        if before is None and after is None:
            parts.append(f"h{'-' if at else ''}{step:.1f}")
    return "".join(parts)


def urgency_said(opened: Sequence[tuple[str, float | None]]) -> str:
    """Which open goal presses most, and why."""
    if not opened:
        return "Nothing is open."
    priority, left = max(opened, key=lambda one: formulas.WEIGHTS[one[0]] * formulas.nearness(one[1]))
    if left is None:
        due = "no deadline"
    else:
        due = f"a deadline in {duration(left * 1000)}" if left > 0 else "a deadline that has passed"
    count = "1 goal is open" if len(opened) == 1 else f"{len(opened)} goals are open; the most pressing"
    return f"{count}{', with' if len(opened) == 1 else ' has'} {priority} priority and {due}."


def curiosity_said(novel: int, recent: int) -> str:
    """How many of the last goals had no tree."""
    if not recent:
        return "No goal yet; it begins at 0.3."
    if recent == 1:
        return "The one goal so far " + ("had to be planned." if novel else "was answered by a task tree.")
    known = recent - novel
    return f"{novel} of the last {recent} goals had to be planned; {known} came from a task tree."
