"""What is known of a goal while one follows it: built from its events, told as plain lines or as a picture. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from executor_one_client.cli import text

PLANNED = ("goal.planned", "goal.replanned")  # after these the goal has other tasks
NAME_WIDTH = 40  # of a task's name before a line that it printed
KEPT_LINES = 200
Data = dict[str, Any]


@dataclass
class Step:
    """A task: `state` is waiting, running, healed (it is tried again differently), completed, failed or cancelled."""

    name: str
    state: str = "waiting"
    began: datetime | None = None
    seconds: float | None = None
    healed: bool = False

    @property
    def short(self) -> str:
        """Its name, as it stands before what it printed."""
        return text.one_line(self.name, NAME_WIDTH)


class Story:
    """One goal. `hear` takes its events in order and answers what there is to say of each, in lines."""

    def __init__(self, goal: str) -> None:
        self.goal = goal
        self.description = ""
        self.state = "pending"
        self.began: datetime | None = None
        self.seconds: float | None = None
        self.error = ""
        self.steps: dict[str, Step] = {}
        self.printed: deque[tuple[str, str]] = deque(maxlen=KEPT_LINES)
        self._unfinished: dict[tuple[str, str], str] = {}  # (task, stream): the line that has no end yet
        self._tellers = {
            "goal.created": self._created, "goal.planned": self._planned, "goal.replanned": self._replanned,
            "goal.planner_fallback": self._fallback, "task.started": self._started, "task.output": self._output,
            "task.completed": self._task_ended, "task.failed": self._task_ended, "task.cancelled": self._task_ended,
            "task.lost": self._again, "task.lease_released": self._again, "correction.applied": self._corrected,
        }  # fmt: skip

    def plan(self, tasks: Iterable[Data]) -> None:
        """The goal's tasks as the API lists them, in order. What was heard of one of them stays."""
        before, self.steps = self.steps, {}
        for task in tasks:
            known = before.pop(task["id"], Step(task["name"]))
            known.name = task["name"] or known.name
            self.steps[task["id"]] = known
        self.steps |= {id: step for id, step in before.items() if step.state != "waiting"}

    def hear(self, type: str, data: Data, at: datetime | None = None) -> list[str]:
        """One event of the goal. Unknown types say nothing, so that a newer server is no fault."""
        at = at or datetime.now(UTC)
        self.began = self.began or at
        if type.startswith("goal.") and (state := type.partition(".")[2]) in ("completed", "failed", "cancelled"):
            return self._ended(state, data)
        teller = self._tellers.get(type)
        return teller(data, at) if teller else []

    def end(self, goal: Data) -> str:
        """The goal as the API answers it at the end; the sentence that says how it ended."""
        self.state = goal["state"]
        self.description = goal["description"]
        self.error = (goal.get("error") or {}).get("message", "")
        began, ended = text.moment(goal.get("createdAt")), text.moment(goal.get("finishedAt"))
        self.seconds = (ended - began).total_seconds() if began and ended else self.seconds
        took = f" in {text.duration(self.seconds)}" if self.seconds is not None else ""
        counts = f"{goal.get('tasksCompleted', 0)} of {goal.get('tasksTotal', 0)} tasks"
        return f"{self.state}{took}, {counts}" + (f": {text.one_line(self.error)}" if self.error else "")

    def _step(self, data: Data) -> Step:
        name = str(data.get("name") or "task")
        return self.steps.setdefault(str(data.get("task")), Step(name))

    def _created(self, data: Data, at: datetime) -> list[str]:
        self.began = at
        self.description = self.description or str(data.get("description", ""))
        return [f"goal {self.goal}: {text.one_line(self.description, 100)}"]

    def _planned(self, data: Data, at: datetime) -> list[str]:
        self.state = "executing"
        number = data.get("tasks")
        return [f"planned: {number} task{'' if number == 1 else 's'}"]

    def _replanned(self, data: Data, at: datetime) -> list[str]:
        return ["planned anew, because a task from memory failed"]

    def _fallback(self, data: Data, at: datetime) -> list[str]:
        return [f"the language model did not plan it ({text.one_line(data.get('reason'))}); the keyword planner does"]

    def _started(self, data: Data, at: datetime) -> list[str]:
        step = self._step(data)
        step.state, step.began, step.seconds = "running", at, None
        number = data.get("attempt", 1)
        return [f"started: {step.short}" + (f", try {number}" if number != 1 else "")]

    def _output(self, data: Data, at: datetime) -> list[str]:
        step, which = self._step(data), (str(data.get("task")), str(data.get("stream")))
        whole = text.clean(self._unfinished.pop(which, "") + str(data.get("text", "")))
        *lines, rest = whole.split("\n")
        if rest:
            self._unfinished[which] = rest
        return self._show(step, lines)

    def _show(self, step: Step, lines: list[str]) -> list[str]:
        self.printed.extend((step.short, line) for line in lines)
        return [f"{step.short} | {line}" for line in lines]

    def _finish_lines(self, data: Data) -> list[str]:
        step, task = self._step(data), str(data.get("task"))
        rests = [self._unfinished.pop((task, stream), "") for stream in ("stdout", "stderr")]
        return self._show(step, [rest for rest in rests if rest])

    def _task_ended(self, data: Data, at: datetime) -> list[str]:
        lines, step = self._finish_lines(data), self._step(data)
        step.state = "failed" if "code" in data else "completed" if "durationMs" in data else "cancelled"
        if "durationMs" in data:
            step.seconds = data["durationMs"] / 1000
        elif step.began:
            step.seconds = max(0.0, (at - step.began).total_seconds())
        took = f" ({text.duration(step.seconds)})" if step.seconds is not None else ""
        why = f": {text.one_line(data['message'])}" if data.get("message") else ""
        word = "healed" if step.healed and step.state == "completed" else step.state
        return [*lines, f"{word}: {step.short}{took}{why}"]

    def _again(self, data: Data, at: datetime) -> list[str]:
        lines, step = self._finish_lines(data), self._step(data)
        step.state, step.began = "waiting", None
        return [*lines, f"lost: {step.short}; its runner is gone, it is tried again"]

    def _corrected(self, data: Data, at: datetime) -> list[str]:
        lines, step = self._finish_lines(data), self._step(data)
        step.state, step.began, step.healed = "healed", None, True
        how = {"known_fix": "with a known fix", "backoff": "after a pause", "alternative": "in another way"}
        wait = f" in {text.duration(float(data['wait']))}" if data.get("wait") else ""
        rung = how.get(str(data.get("rung")), "differently")
        return [*lines, f"healing: {step.short} failed and is tried again {rung}{wait}"]

    def _ended(self, state: str, data: Data) -> list[str]:
        self.state = state
        self.error = str(data.get("message") or data.get("reason") or "")
        for step in self.steps.values():
            if step.state in ("waiting", "healed"):
                step.state = "skipped" if state != "completed" else step.state
        return []
